-- The key that verifies the signatures of an OMP.
CREATE TABLE omp_signer (
    omp           text        PRIMARY KEY,
    verifier      text        NOT NULL,
    registered_by text        NOT NULL,
    registered_at timestamptz NOT NULL
);

-- A titre exécutoire: the list of a day that an OMP has signed. Never changed.
CREATE TABLE titre (
    number      text        PRIMARY KEY,
    omp         text        NOT NULL,
    day         date        NOT NULL,
    avis        integer     NOT NULL CHECK (avis > 0),
    total_cents bigint      NOT NULL CHECK (total_cents > 0),
    list_sha256 bytea       NOT NULL CHECK (octet_length(list_sha256) = 32),
    -- What was signed, with the signature.
    note        text        NOT NULL,
    signed_by   text        NOT NULL,
    signed_at   timestamptz NOT NULL,
    -- The letters asked for.
    request_lot bytea       NOT NULL UNIQUE CHECK (octet_length(request_lot) = 32)
);
CREATE INDEX titre_omp ON titre (omp, day);
CREATE INDEX titre_signed ON titre (signed_at);

CREATE TABLE titre_avis (
    titre         text    NOT NULL REFERENCES titre (number),
    rank          bigint  NOT NULL CHECK (rank > 0),
    avis          bigint  NOT NULL,
    majoree_cents bigint  NOT NULL CHECK (majoree_cents > 0),
    PRIMARY KEY (titre, rank)
);
CREATE INDEX titre_avis_avis ON titre_avis (avis);
