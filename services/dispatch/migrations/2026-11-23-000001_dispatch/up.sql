-- A spool: one postal lot of one plant and one day, closed and written as an object of kind spool.
CREATE TABLE spool (
    spool_id      bytea       PRIMARY KEY CHECK (octet_length(spool_id) = 32),
    plant         text        NOT NULL,
    day           date        NOT NULL,
    folds         integer     NOT NULL CHECK (folds > 0),
    sheets        bigint      NOT NULL,
    weight_g      bigint      NOT NULL,
    postage_cents bigint      NOT NULL,
    bytes         bigint      NOT NULL,
    closed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The plant's acknowledgement: the true day of deposit, and when we were told.
    deposited_on  date,
    deposited_at  timestamptz,
    CHECK ((deposited_on IS NULL) = (deposited_at IS NULL))
);
CREATE INDEX spool_closed ON spool (closed_at DESC);

-- One row per document to be sent: a fold.
CREATE TABLE fold (
    avis          bigint      NOT NULL,
    kind          text        NOT NULL,
    issue         smallint    NOT NULL CHECK (issue > 0),
    lot_id        bytea       NOT NULL CHECK (octet_length(lot_id) = 32),
    member_id     text        NOT NULL,
    -- The member's location in the lot object: the index of the lot is not needed to read it.
    frame_offset  bigint      NOT NULL,
    frame_length  bigint      NOT NULL,
    frame_size    bigint      NOT NULL,
    inner_offset  bigint      NOT NULL,
    size          bigint      NOT NULL,
    forme         integer,
    sha256        bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    -- Where it goes, when, and for how much.
    plant         text        NOT NULL,
    day           date        NOT NULL,
    postcode      text        NOT NULL,
    sheets        integer     NOT NULL CHECK (sheets > 0),
    weight_g      integer     NOT NULL CHECK (weight_g > 0),
    tariff_cents  integer     NOT NULL CHECK (tariff_cents > 0),
    state         text        NOT NULL DEFAULT 'waiting'
                  CHECK (state IN ('waiting', 'spooled', 'deposited', 'emailed', 'withdrawn')),
    -- Why a waiting fold is not taken into a spool, until an operator releases it.
    held          text        CHECK (held IS NULL OR state = 'waiting'),
    waiting_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    spool_id      bytea       REFERENCES spool,
    position      integer     CHECK (position > 0),
    PRIMARY KEY (avis, kind, issue),
    CHECK ((spool_id IS NOT NULL) = (state IN ('spooled', 'deposited'))),
    CHECK ((spool_id IS NULL) = (position IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX fold_waiting ON fold (plant, day, waiting_since, avis) WHERE state = 'waiting' AND held IS NULL;
CREATE INDEX fold_held ON fold (lot_id) WHERE held IS NOT NULL;
CREATE INDEX fold_spool ON fold (spool_id) WHERE spool_id IS NOT NULL;
CREATE INDEX fold_elsewhere ON fold (state) WHERE state IN ('emailed', 'withdrawn');
