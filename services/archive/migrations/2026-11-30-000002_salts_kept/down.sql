ALTER TABLE evidence_lot DROP COLUMN salts_kept;
