DROP TABLE courrier_consultation;
ALTER TABLE contestation DROP COLUMN posted_day, DROP COLUMN pieces, DROP COLUMN consigned_cents;
DROP INDEX courrier_id, courrier_owner, courrier_unlived, courrier_avis;
DELETE FROM courrier WHERE contestation IS NULL;
UPDATE courrier SET kind = CASE WHEN kind = 'unidentifiable' THEN kind ELSE 'requete' END;
ALTER TABLE courrier
    DROP COLUMN id, DROP COLUMN avis, DROP COLUMN received_day, DROP COLUMN posted_day, DROP COLUMN coded,
    DROP COLUMN owner, DROP COLUMN outcome, DROP COLUMN outcome_detail, DROP COLUMN outcome_at,
    DROP COLUMN outcome_by, DROP COLUMN answer_until, DROP COLUMN undelivered, DROP COLUMN scan_lot,
    DROP COLUMN scan_sha256, DROP COLUMN scan_bytes, DROP COLUMN scan_media, DROP COLUMN lived,
    DROP CONSTRAINT courrier_kind_check;
ALTER TABLE courrier
    ALTER COLUMN contestation SET NOT NULL,
    ADD CONSTRAINT courrier_kind_check CHECK (kind IN ('requete', 'unidentifiable'));
