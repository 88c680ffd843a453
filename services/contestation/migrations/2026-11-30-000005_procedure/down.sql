DROP TABLE inquiry;
DROP TABLE procedural_act;
DROP TABLE comptable_notice;
DROP TABLE admission;
DROP INDEX avis_plate, avis_person;
ALTER TABLE avis DROP COLUMN person;
