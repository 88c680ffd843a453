-- Photographs handed in, by collectivity. Their bytes lie in the object store under their hash. Instants are
-- microseconds since the epoch, on the legal clock.
CREATE TABLE photo (
    siren          integer NOT NULL,
    sha256         bytea   NOT NULL CHECK (octet_length(sha256) = 32),
    received_at_us bigint  NOT NULL,
    PRIMARY KEY (siren, sha256)
);

-- Photographs that accepted MIFs name: those that came are taken out when their time is over, those that did not are
-- told to the collectivity, and remembered, so that a late one is refused.
CREATE TABLE photo_awaited (
    siren     integer     NOT NULL,
    sha256    bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    reception uuid        NOT NULL,
    id_mif    uuid        NOT NULL,
    until_us  bigint      NOT NULL,
    is_missed boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (siren, sha256, reception)
);
CREATE INDEX photo_awaited_due ON photo_awaited (until_us) WHERE NOT is_missed;
