-- Salts lie in the objects too, so that these suffice; those of earlier versions are brought there at the next start.
ALTER TABLE evidence_lot ADD COLUMN salts_kept boolean NOT NULL DEFAULT false;
CREATE INDEX evidence_lot_unkept ON evidence_lot (first) WHERE NOT salts_kept;
