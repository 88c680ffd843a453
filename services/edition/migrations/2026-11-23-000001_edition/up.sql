-- The next avis number that was never given out: one row. Whoever reserves numbers holds it.
CREATE TABLE number_block (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    next   bigint  NOT NULL CHECK (next BETWEEN 9900000000 AND 10000000000)
);

-- One row a verdict lot: reserved before rendering (numbers and printed date), then done. What is
-- reserved is what a second run prints again. A lot without any accepted MIF has a row that reserves nothing.
CREATE TABLE lot (
    verdict_lot     bytea       PRIMARY KEY CHECK (octet_length(verdict_lot) = 32),
    document_lot    bytea       UNIQUE CHECK (octet_length(document_lot) = 32),
    lot_bytes       bigint      NOT NULL DEFAULT 0 CHECK (lot_bytes >= 0),
    first_number    bigint      CHECK (first_number BETWEEN 9900000000 AND 10000000000),
    numbers         integer     NOT NULL DEFAULT 0 CHECK (numbers >= 0),
    avis_date       date,
    accepted        integer     NOT NULL CHECK (accepted >= 0),
    avis            integer     NOT NULL DEFAULT 0 CHECK (avis >= 0),
    not_transformed integer     NOT NULL DEFAULT 0 CHECK (not_transformed >= 0),
    reserved_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at         timestamptz,
    CHECK (accepted = 0 OR (first_number IS NOT NULL AND avis_date IS NOT NULL)),
    CHECK (done_at IS NULL OR accepted = avis + not_transformed),
    CHECK (done_at IS NULL OR (document_lot IS NULL) = (accepted = 0)),
    CHECK (avis <= numbers)
);
-- Reserved and not done: what is in progress, or was left by a crash.
CREATE INDEX lot_open ON lot (reserved_at) WHERE done_at IS NULL;
