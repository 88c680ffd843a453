-- Certificates that the registry issued.
CREATE TABLE certificate (
    authority   text        NOT NULL,
    number      text        NOT NULL,
    holder      text        NOT NULL,
    use         text        NOT NULL CHECK (use IN ('signature', 'authentication', 'connection', 'seal')),
    not_after   timestamptz NOT NULL,
    pem         text        NOT NULL,
    PRIMARY KEY (authority, number)
);
CREATE INDEX certificate_holder ON certificate (holder);

-- Who did what to which card or station; only ever appended to.
CREATE TABLE journal (
    seq         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_at     timestamptz NOT NULL DEFAULT now(),
    legal_at    timestamptz NOT NULL,
    actor       text        NOT NULL CHECK (length(actor) BETWEEN 1 AND 100),
    act         text        NOT NULL,
    subject     text        NOT NULL,
    detail      jsonb       NOT NULL,
    version     bigint      NOT NULL REFERENCES version
);
CREATE INDEX journal_subject ON journal (subject, seq);
CREATE INDEX journal_version ON journal (version);

CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is only ever appended to';
END
$$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- When the revocation lists are to be signed anew, seconds since the epoch on either clock.
CREATE TABLE lists_due (
    only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    legal_s     bigint      NOT NULL,
    real_s      bigint      NOT NULL
);
