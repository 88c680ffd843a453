-- Every lot that was announced and opened. A verdict lot is registered as a whole: its members are not listed here.
CREATE TABLE lot (
    lot_id        bytea       PRIMARY KEY CHECK (octet_length(lot_id) = 32),
    kind          text        NOT NULL CHECK (kind IN ('verdict', 'document', 'courrier', 'registry', 'spool')),
    members       integer     NOT NULL CHECK (members >= 0),
    bytes         bigint      NOT NULL CHECK (bytes > 0),
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row per document: what it is found by, and where its bytes lie.
CREATE TABLE document (
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
    -- What it is about.
    id_mif        uuid        NOT NULL,
    siren         integer     NOT NULL,
    plate         text,
    addressee     text        NOT NULL,
    offence_day   date        NOT NULL,
    avis_date     date        NOT NULL,
    natinf        integer     NOT NULL,
    commune       text        NOT NULL,
    postcode      text        NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (avis, kind, issue)
);
CREATE INDEX document_plate ON document (plate, offence_day) WHERE plate IS NOT NULL;

-- Who read which personal file, and why. Written before anything is given out.
CREATE TABLE consultation (
    id      bigserial   PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    who     text        NOT NULL CHECK (who <> ''),
    purpose text        NOT NULL CHECK (purpose <> ''),
    avis    bigint      NOT NULL,
    what    text        NOT NULL
);
CREATE INDEX consultation_avis ON consultation (avis, at);
