DROP INDEX consultation_shown;
DELETE FROM consultation WHERE avis IS NULL;
ALTER TABLE consultation
    DROP CONSTRAINT consultation_of_something,
    ALTER COLUMN avis SET NOT NULL,
    DROP COLUMN shown,
    DROP COLUMN criteria,
    DROP COLUMN role;
DROP INDEX document_names;
DROP INDEX document_postcode;
DROP INDEX document_omp;
DROP INDEX document_siren;
DROP INDEX document_day;
DROP INDEX document_plate;
ALTER TABLE document
    DROP COLUMN replaces,
    DROP COLUMN service,
    DROP COLUMN omp,
    DROP COLUMN names,
    DROP COLUMN plate_key;
CREATE INDEX document_plate ON document (plate, offence_day) WHERE plate IS NOT NULL;
