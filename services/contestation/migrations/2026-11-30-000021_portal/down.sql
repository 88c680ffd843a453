DELETE FROM consultation WHERE what = 'attachment';
ALTER TABLE consultation DROP CONSTRAINT consultation_what_check;
ALTER TABLE consultation ADD CONSTRAINT consultation_what_check CHECK (what IN ('read', 'claim'));
DROP TABLE attachment;
