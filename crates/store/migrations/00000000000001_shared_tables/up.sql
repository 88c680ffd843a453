-- Tables that every service has in its own schema. Names are unqualified: they are created in the
-- first schema of the role's search_path.

-- Where a consumer stands in a partition. The row moves by compare-and-swap in the transaction of
-- the lot. The topic's id, not its name, is the key: a topic created anew starts again at its first offset.
CREATE TABLE position (
    topic_id        uuid    NOT NULL,
    partition       integer NOT NULL CHECK (partition >= 0),
    topic           text    NOT NULL,
    previous_offset bigint  NOT NULL CHECK (previous_offset >= 0),
    next_offset     bigint  NOT NULL,
    PRIMARY KEY (topic_id, partition),
    CHECK (next_offset > previous_offset)
) WITH (fillfactor = 50);

-- Events of committed transactions that the broker has not acknowledged yet: one row a lot.
CREATE TABLE outbox (
    id         bigserial   PRIMARY KEY,
    topic      text        NOT NULL,
    partition  integer     CHECK (partition >= 0),
    key        bytea       NOT NULL,
    payload    bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Lots whose event was consumed: makes the consumers of lot events idempotent.
CREATE TABLE done_lot (
    stream text        NOT NULL,
    lot_id bytea       NOT NULL CHECK (octet_length(lot_id) = 32),
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream, lot_id)
);

-- Records that could not be handled, with their raw bytes and the reason.
CREATE TABLE quarantine (
    id            uuid        PRIMARY KEY,
    topic         text        NOT NULL,
    topic_id      uuid        NOT NULL,
    partition     integer     NOT NULL CHECK (partition >= 0),
    record_offset bigint      NOT NULL CHECK (record_offset >= 0),
    key           bytea,
    value         bytea,
    headers       jsonb       NOT NULL DEFAULT '{}',
    reason        text        NOT NULL,
    detail        text        NOT NULL DEFAULT '',
    state         text        NOT NULL DEFAULT 'waiting'
                  CHECK (state IN ('waiting', 'replay', 'replayed', 'discard', 'discarded')),
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at   timestamptz,
    UNIQUE (topic_id, partition, record_offset),
    CHECK ((resolved_at IS NOT NULL) = (state IN ('replayed', 'discarded')))
);
CREATE INDEX quarantine_open ON quarantine (state, at)
    WHERE state IN ('waiting', 'replay', 'discard');
