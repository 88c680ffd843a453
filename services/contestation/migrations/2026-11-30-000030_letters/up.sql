-- Every document about an avis, as document lots announced them: what its addressee may fetch. Never changed.
CREATE TABLE document (
    avis      bigint   NOT NULL,
    kind      text     NOT NULL,
    issue     smallint NOT NULL CHECK (issue > 0),
    day       date     NOT NULL,
    lot_id    bytea    NOT NULL CHECK (octet_length(lot_id) = 32),
    member_id text     NOT NULL,
    PRIMARY KEY (avis, kind, issue)
);
-- Of letters taken in before, only the avis themselves are known.
INSERT INTO document SELECT avis, split_part(member_id, '/', 2), issue, avis_date, lot_id, member_id FROM avis;

-- Who fetched which document. Never changed.
CREATE TABLE document_consultation (
    at    timestamptz NOT NULL,
    who   text        NOT NULL,
    avis  bigint      NOT NULL,
    kind  text        NOT NULL,
    issue smallint    NOT NULL
);
CREATE INDEX document_consultation_avis ON document_consultation (avis, at);

-- The accusé d'enregistrement of each contestation that came through the portal (CPP A37-20).
CREATE TABLE receipt (
    contestation uuid     PRIMARY KEY REFERENCES contestation (id),
    avis         bigint   NOT NULL,
    issue        smallint NOT NULL CHECK (issue > 0),
    request_lot  bytea    NOT NULL CHECK (octet_length(request_lot) = 32),
    UNIQUE (avis, issue)
);

-- The driver whom the addressee names on the portal (CPP 529-10, R49-16).
CREATE TABLE named_driver (
    contestation uuid   PRIMARY KEY REFERENCES contestation (id),
    last_name    text   NOT NULL,
    first_names  text   NOT NULL,
    address      text[] NOT NULL,
    birth        date   NOT NULL,
    birth_place  text   NOT NULL,
    licence      text   NOT NULL
);

-- Addresses that addressees declared, each with its envelope. The last one is where letters go. Never changed.
CREATE TABLE declared_address (
    courrier    uuid        PRIMARY KEY,
    avis        bigint      NOT NULL,
    address     text[]      NOT NULL,
    declared_at timestamptz NOT NULL
);
CREATE INDEX declared_address_avis ON declared_address (avis, declared_at);
