-- Numbers lots before their rows are written, so that the rows of their MIFs can carry the number.
CREATE SEQUENCE lot_seq AS bigint;

-- One row per verdict lot.
CREATE TABLE lot (
    seq        bigint PRIMARY KEY,
    lot_id     bytea NOT NULL UNIQUE CHECK (octet_length(lot_id) = 32),
    lot_bytes  bigint NOT NULL CHECK (lot_bytes > 0),
    accepted   integer NOT NULL CHECK (accepted >= 0),
    rejected   integer NOT NULL CHECK (rejected >= 0),
    replayed   integer NOT NULL CHECK (replayed >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One row per MIF that occupies its ids: it is authentic, and the first with its id and its number.
-- No foreign key to lot: rows of a lot are written before the lot itself, in one transaction.
CREATE TABLE mif (
    siren          integer NOT NULL,
    id_mif         uuid NOT NULL,
    payload_sha256 bytea NOT NULL CHECK (octet_length(payload_sha256) = 32),
    service        text NOT NULL,
    pv_year        smallint NOT NULL,
    pv_number      text NOT NULL,
    verdict        smallint NOT NULL CHECK (verdict IN (1, 2)),
    reception      uuid NOT NULL,
    lot_seq        bigint NOT NULL,
    PRIMARY KEY (siren, id_mif),
    UNIQUE (service, pv_year, pv_number)
);
COMMENT ON COLUMN mif.verdict IS '1 accepted, 2 rejected';
