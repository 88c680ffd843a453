-- What documents are searched by. Rows of earlier versions are filled by `cnt archive rebuild`.
ALTER TABLE document
    -- The plate's letters and digits, in capitals without accents.
    ADD COLUMN plate_key text,
    -- The words of the addressee's name, in capitals without accents, sorted, without civility.
    ADD COLUMN names     text[] NOT NULL DEFAULT '{}',
    ADD COLUMN omp       text   NOT NULL DEFAULT '',
    ADD COLUMN service   text   NOT NULL DEFAULT '',
    -- The member id of the document it replaces.
    ADD COLUMN replaces  text;
UPDATE document SET plate_key = upper(regexp_replace(plate, '[^A-Za-z0-9]', '', 'g')) WHERE plate IS NOT NULL;
DROP INDEX document_plate;
-- Pages are read along (offence_day, avis): each index gives them in this order.
CREATE INDEX document_plate ON document (plate_key, offence_day, avis) WHERE plate_key IS NOT NULL;
CREATE INDEX document_day ON document (offence_day, avis);
CREATE INDEX document_siren ON document (siren, offence_day, avis);
CREATE INDEX document_omp ON document (omp, offence_day, avis);
CREATE INDEX document_postcode ON document (postcode, offence_day, avis);
CREATE INDEX document_names ON document USING gin (names);

-- Searches are consultations too: what was asked, and whose files were shown.
ALTER TABLE consultation
    ADD COLUMN role     text NOT NULL DEFAULT '',
    ADD COLUMN criteria text,
    ADD COLUMN shown    bigint[],
    ALTER COLUMN avis DROP NOT NULL,
    ADD CONSTRAINT consultation_of_something CHECK (avis IS NOT NULL OR criteria IS NOT NULL);
CREATE INDEX consultation_shown ON consultation USING gin (shown) WHERE shown IS NOT NULL;
