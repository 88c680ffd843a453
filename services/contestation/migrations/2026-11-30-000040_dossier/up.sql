-- Letters asked from edition: one line for each request lot, whatever asked for it. Never changed.
CREATE TABLE letter_request (
    request_lot bytea       PRIMARY KEY CHECK (octet_length(request_lot) = 32),
    letters     integer     NOT NULL CHECK (letters > 0),
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO letter_request SELECT request_lot, avis, signed_at FROM titre;
INSERT INTO letter_request SELECT request_lot, 1, decided_at FROM decision WHERE request_lot IS NOT NULL
ON CONFLICT DO NOTHING;
INSERT INTO letter_request SELECT request_lot, count(*), now() FROM receipt GROUP BY request_lot ON CONFLICT DO NOTHING;

-- Procès-verbaux on paper (CPP A37-19-1): one for each contested file, and the copies that addressees asked for.
CREATE TABLE proces_verbal (
    avis        bigint   NOT NULL,
    issue       smallint NOT NULL CHECK (issue > 0),
    -- The envelope that asked for a copy.
    courrier    uuid,
    request_lot bytea    CHECK (octet_length(request_lot) = 32),
    PRIMARY KEY (avis, issue)
);
CREATE INDEX courrier_copy_of_pv ON courrier (avis, id) WHERE kind = 'pv_request' AND outcome = 'open' AND NOT is_duplicate;

-- The demand of a piece is a letter.
ALTER TABLE inquiry ADD COLUMN request_lot bytea CHECK (octet_length(request_lot) = 32);
