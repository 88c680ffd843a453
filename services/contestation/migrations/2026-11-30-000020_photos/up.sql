-- What addressees asked to see: the photographs of their avis, third parties masked.
CREATE TABLE photo_request (
    id          uuid        PRIMARY KEY,
    avis        bigint      NOT NULL,
    omp         text        NOT NULL,
    asked_at    timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by text,
    CHECK ((answered_at IS NULL) = (answered_by IS NULL))
);
CREATE INDEX photo_request_open ON photo_request (omp, asked_at, id) WHERE answered_at IS NULL;

-- What they were given: copies, by the hash of the copy. The original stays with the file.
CREATE TABLE photo_given (
    request  uuid  NOT NULL REFERENCES photo_request (id),
    original bytea NOT NULL CHECK (octet_length(original) = 32),
    given    bytea NOT NULL CHECK (octet_length(given) = 32),
    PRIMARY KEY (request, original)
);

-- Who saw which photograph of which avis, original or copy. Never changed.
CREATE TABLE photo_consultation (
    at   timestamptz NOT NULL,
    who  text        NOT NULL,
    avis bigint      NOT NULL,
    seen bytea       NOT NULL CHECK (octet_length(seen) = 32)
);
CREATE INDEX photo_consultation_avis ON photo_consultation (avis, at);
