-- What an officer decided, on each file that the decision answers. Never changed.
CREATE TABLE decision (
    contestation uuid        PRIMARY KEY REFERENCES contestation (id),
    avis         bigint      NOT NULL,
    kind         text        NOT NULL
                 CHECK (kind IN ('inadmissible', 'classement', 'fine_maintained', 'prosecution')),
    -- An inadmissibility is by its grounds alone (CPP 530-1).
    grounds      text[]      NOT NULL,
    detail       text,
    day          date        NOT NULL,
    decided_by   text        NOT NULL,
    decided_at   timestamptz NOT NULL,
    -- The letter asked for; one for all files that the decision answers.
    request_lot  bytea       UNIQUE CHECK (octet_length(request_lot) = 32),
    CHECK ((kind = 'inadmissible') = (cardinality(grounds) > 0))
);
CREATE INDEX decision_avis ON decision (avis);
