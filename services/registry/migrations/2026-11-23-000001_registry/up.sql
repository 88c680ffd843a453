-- Versions of the registry; each is an immutable lot of kind `registry`.
CREATE TABLE version (
    version     bigint      PRIMARY KEY CHECK (version > 0),
    lot_id      bytea       NOT NULL CHECK (octet_length(lot_id) = 32),
    cause       text        NOT NULL,
    legal_at    timestamptz NOT NULL,
    made_at     timestamptz NOT NULL DEFAULT now()
);

-- The registry as it is now, whole: the JSON of the newest snapshot, which the next change starts from.
CREATE TABLE current_snapshot (
    only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    version     bigint      NOT NULL REFERENCES version,
    body        bytea       NOT NULL
);

-- The legal clock: seconds by which it is ahead of the real one. It never goes back.
CREATE TABLE clock (
    only_row        boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    offset_seconds  bigint      NOT NULL CHECK (offset_seconds >= 0),
    moved_at        timestamptz NOT NULL DEFAULT now()
);
INSERT INTO clock (offset_seconds) VALUES (0);
