-- Every envelope has a kind, an owner, an answer or the reason why none is needed.
ALTER TABLE courrier DROP CONSTRAINT courrier_kind_check;
ALTER TABLE courrier ALTER COLUMN contestation DROP NOT NULL;
ALTER TABLE courrier
    -- The sender's own id: of a contestation, also its id.
    ADD COLUMN id             uuid,
    ADD COLUMN avis           bigint,
    ADD COLUMN received_day   date,
    ADD COLUMN posted_day     date,
    -- The kind as the mail room or the portal said it; `kind` is what it is dealt with as.
    ADD COLUMN coded          text,
    ADD COLUMN owner          text,
    ADD COLUMN outcome        text,
    -- How it was answered, or why no answer is needed.
    ADD COLUMN outcome_detail text,
    ADD COLUMN outcome_at     timestamptz,
    ADD COLUMN outcome_by     text,
    -- The last day of the answer, where the law names one.
    ADD COLUMN answer_until   date,
    ADD COLUMN undelivered    text
               CHECK (undelivered IN ('PND_INCONNU', 'PND_ADRESSAGE', 'PND_REFUSE', 'PND_NON_RECLAME')),
    ADD COLUMN scan_lot       bytea CHECK (octet_length(scan_lot) = 32),
    ADD COLUMN scan_sha256    bytea CHECK (octet_length(scan_sha256) = 32),
    ADD COLUMN scan_bytes     integer CHECK (scan_bytes > 0),
    ADD COLUMN scan_media     text,
    -- Whether the life of its avis knows of a letter that came back.
    ADD COLUMN lived          boolean NOT NULL DEFAULT true;
UPDATE courrier k SET
    id = c.id, avis = c.avis_number, received_day = c.received_day, posted_day = c.received_day,
    coded = 'requete',
    owner = CASE WHEN k.kind = 'unidentifiable' THEN 'mail_room' ELSE 'omp' END,
    outcome = CASE WHEN k.is_duplicate THEN 'none_needed' WHEN c.state = 'decided' THEN 'answered' ELSE 'open' END,
    outcome_detail = CASE WHEN k.is_duplicate THEN 'the same envelope again' WHEN c.state = 'decided' THEN 'decided' END,
    outcome_at = CASE WHEN k.is_duplicate OR c.state = 'decided' THEN k.received_at END,
    outcome_by = CASE WHEN k.is_duplicate OR c.state = 'decided' THEN 'contestation' END
FROM contestation c WHERE c.id = k.contestation;
ALTER TABLE courrier
    ALTER COLUMN id SET NOT NULL,
    ALTER COLUMN received_day SET NOT NULL,
    ALTER COLUMN coded SET NOT NULL,
    ALTER COLUMN owner SET NOT NULL,
    ALTER COLUMN outcome SET NOT NULL,
    ADD CHECK (kind IN ('requete', 'reclamation', 'designation', 'npai', 'photo_request', 'pv_request',
                        'address_change', 'payment', 'time_request', 'data_protection', 'unidentifiable')),
    ADD CHECK (owner IN ('omp', 'cnt', 'comptable', 'dpo', 'mail_room')),
    ADD CHECK (outcome IN ('open', 'answered', 'none_needed')),
    ADD CHECK ((outcome = 'open') = (outcome_detail IS NULL)),
    ADD CHECK ((outcome_detail IS NULL) = (outcome_at IS NULL)),
    ADD CHECK ((outcome_detail IS NULL) = (outcome_by IS NULL)),
    ADD CHECK ((coded = 'npai') = (undelivered IS NOT NULL)),
    ADD CHECK ((scan_lot IS NULL) = (scan_sha256 IS NULL)),
    ADD CHECK (owner <> 'omp' OR contestation IS NOT NULL);
-- An id is one envelope, whatever comes under it later.
CREATE UNIQUE INDEX courrier_id ON courrier (id) WHERE NOT is_duplicate;
CREATE INDEX courrier_owner ON courrier (owner, received_day, id) WHERE NOT is_duplicate;
CREATE INDEX courrier_unlived ON courrier (received_day, id) WHERE NOT lived;
CREATE INDEX courrier_avis ON courrier (avis);

-- Who looked at which envelope. Never changed.
CREATE TABLE courrier_consultation (
    at   timestamptz NOT NULL,
    who  text        NOT NULL,
    what text        NOT NULL CHECK (what IN ('read', 'scan')),
    id   uuid        NOT NULL
);
CREATE INDEX courrier_consultation_id ON courrier_consultation (id, at);

ALTER TABLE contestation
    -- Day of the postmark, or of the portal; none when it cannot be read.
    ADD COLUMN posted_day      date,
    -- What a contestation on paper has; none of those of the portal.
    ADD COLUMN pieces          text[],
    ADD COLUMN consigned_cents bigint NOT NULL DEFAULT 0 CHECK (consigned_cents >= 0);
UPDATE contestation SET posted_day = received_day;
