-- The officer's signature over each decision, a compact JWS by their certificate; none of decisions before it was asked for.
ALTER TABLE decision ADD COLUMN signature text;
ALTER TABLE admission ADD COLUMN signature text;
-- The officer's statement that the key is the OMP's.
ALTER TABLE omp_signer ADD COLUMN signature text;

-- Files handed over to the tribunal de police, each by a bordereau that holds its pieces. Never changed.
CREATE TABLE hand_over (
    avis         bigint      NOT NULL,
    issue        smallint    NOT NULL CHECK (issue > 0),
    contestation uuid        NOT NULL UNIQUE REFERENCES contestation (id),
    request_lot  bytea       NOT NULL CHECK (octet_length(request_lot) = 32),
    asked_at     timestamptz NOT NULL,
    PRIMARY KEY (avis, issue)
);
ALTER TABLE decision ADD COLUMN is_handed_over boolean NOT NULL DEFAULT false;
CREATE INDEX decision_to_hand_over ON decision (avis)
    WHERE kind = 'prosecution' AND request_lot IS NOT NULL AND NOT is_handed_over;
