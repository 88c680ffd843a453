DROP TABLE designation;
DELETE FROM decision WHERE kind = 'redesignation';
ALTER TABLE decision DROP CONSTRAINT decision_kind_check;
ALTER TABLE decision ADD CONSTRAINT decision_kind_check
    CHECK (kind IN ('inadmissible', 'classement', 'fine_maintained', 'prosecution'));
