-- The place of a file in its queue, besides its prescription: urgent ones (rank 0) come first; one may be for a single desk
-- (a login, or '@officer' when it was escalated); one may sleep until a day.
ALTER TABLE contestation
    ADD COLUMN rank smallint NOT NULL DEFAULT 1 CHECK (rank IN (0, 1)),
    ADD COLUMN desk text NOT NULL DEFAULT '',
    ADD COLUMN snoozed_until date,
    ADD CHECK (snoozed_until IS NULL OR state = 'queued');
DROP INDEX contestation_queue;
CREATE INDEX contestation_queue ON contestation (omp, desk, rank, prescription, received_at, id)
    WHERE state = 'queued' AND snoozed_until IS NULL;
-- What an OMP sees as its open files, in the order of work.
CREATE INDEX contestation_open ON contestation (omp, rank, prescription, received_at, id)
    WHERE state IN ('queued', 'claimed');
CREATE INDEX contestation_asleep ON contestation (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX contestation_decided ON contestation (omp, received_at DESC) WHERE state = 'decided';

-- What was written, to be searched: its words, and the OMP as one more of them, so that one index serves both. Apart from
-- the files themselves, whose rows change with every claim.
CREATE TABLE file_words (
    contestation uuid     PRIMARY KEY REFERENCES contestation (id),
    words        tsvector NOT NULL
);
CREATE INDEX file_words_words ON file_words USING gin (words);
CREATE FUNCTION file_words_of(motivation text, omp text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('french', motivation) || array_to_tsvector(ARRAY['@' || coalesce(omp, '')]);
CREATE FUNCTION file_words_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO file_words VALUES (NEW.id, file_words_of(NEW.motivation, NEW.omp))
    ON CONFLICT (contestation) DO UPDATE SET words = excluded.words;
    RETURN NULL;
END
$$;
CREATE TRIGGER file_words_keep AFTER INSERT OR UPDATE OF omp ON contestation
    FOR EACH ROW EXECUTE FUNCTION file_words_keep();
INSERT INTO file_words SELECT id, file_words_of(motivation, omp) FROM contestation;

-- Who may work at the console. Nobody but the service reads passwords and secrets.
CREATE TABLE operator (
    login        text        PRIMARY KEY CHECK (login ~ '^[a-z][a-z0-9._-]{1,40}$'),
    name         text        NOT NULL,
    omp          text        NOT NULL,
    role         text        NOT NULL CHECK (role IN ('officer', 'clerk', 'supervisor', 'auditor')),
    -- Argon2id, in PHC form.
    password     text        NOT NULL,
    totp_secret  bytea       NOT NULL CHECK (octet_length(totp_secret) >= 20),
    -- The last step of time whose code was used: a code counts once (RFC 6238 §5.2).
    totp_step    bigint      NOT NULL DEFAULT 0,
    -- SHA-256 of the card's authentication certificate.
    certificate  bytea       UNIQUE CHECK (octet_length(certificate) = 32),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at  timestamptz
);

-- A session is known by the hash of its token; the token lies in the browser alone.
CREATE TABLE operator_session (
    token_sha256 bytea       PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    login        text        NOT NULL REFERENCES operator,
    opened_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    idle         interval    NOT NULL,
    ends_at      timestamptz NOT NULL,
    ended_at     timestamptz
);
CREATE INDEX operator_session_login ON operator_session (login) WHERE ended_at IS NULL;
-- Whoever may read every table reads no row of these: they have no policy, and their owner needs none.
ALTER TABLE operator ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_session ENABLE ROW LEVEL SECURITY;

-- Who came and went. Never changed.
CREATE TABLE operator_entry (
    n     bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    login text        NOT NULL,
    what  text        NOT NULL CHECK (what IN ('entered', 'refused', 'left'))
);

-- What was done with a file besides deciding it. Never changed.
CREATE TABLE file_act (
    n            bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    contestation uuid        NOT NULL REFERENCES contestation (id),
    who          text        NOT NULL,
    what         text        NOT NULL CHECK (what IN ('assigned', 'escalated', 'snoozed', 'urgent', 'not_urgent', 'released')),
    reason       text        NOT NULL CHECK (reason <> ''),
    detail       text
);
CREATE INDEX file_act_file ON file_act (contestation, n);

-- Who decided for which OMP: what an OMP has done, day by day.
ALTER TABLE decision ADD COLUMN omp text;
UPDATE decision d SET omp = c.omp FROM contestation c WHERE c.id = d.contestation;
ALTER TABLE decision ALTER COLUMN omp SET NOT NULL;
CREATE INDEX decision_omp ON decision (omp, day);
CREATE INDEX consultation_at ON consultation (at);

-- What an operator is writing; gone with the decision.
CREATE TABLE draft (
    contestation uuid        PRIMARY KEY REFERENCES contestation (id),
    who          text        NOT NULL,
    note         text        NOT NULL,
    saved_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Whose session it is that the transaction speaks for: the database itself knows the token, so that no statement of the
-- console's role sees another OMP's rows, whatever it says.
CREATE FUNCTION console_session() RETURNS TABLE (login text, name text, omp text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = contestation, pg_temp
AS $$
    SELECT o.login, o.name, o.omp, o.role
    FROM operator_session s JOIN operator o ON o.login = s.login
    WHERE s.token_sha256 = sha256(convert_to(coalesce(current_setting('cnt.session', true), ''), 'UTF8'))
      AND s.ended_at IS NULL AND s.ends_at > clock_timestamp() AND s.seen_at + s.idle > clock_timestamp()
      AND o.disabled_at IS NULL
$$;
-- The session was used.
CREATE FUNCTION console_seen() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = contestation, pg_temp
AS $$
    UPDATE operator_session s SET seen_at = clock_timestamp()
    WHERE s.token_sha256 = sha256(convert_to(coalesce(current_setting('cnt.session', true), ''), 'UTF8'))
      AND s.seen_at < clock_timestamp() - interval '30 seconds'
$$;
-- Files of the OMP whose words, avis or plate are looked for: by indexes that a policy would forbid to use.
CREATE FUNCTION console_search(wanted text, most integer) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = contestation, pg_temp
AS $$
    SELECT found.id FROM (
        (SELECT c.id FROM console_session() s, file_words w JOIN contestation c ON c.id = w.contestation
         WHERE w.words @@ (websearch_to_tsquery('french', wanted) && quote_literal('@' || s.omp)::tsquery)
           AND numnode(websearch_to_tsquery('french', wanted)) > 0 AND c.omp = s.omp LIMIT most)
        UNION
        SELECT c.id FROM contestation c, console_session() s
        WHERE c.omp = s.omp AND wanted ~ '^[0-9][0-9 ]{0,12}$'
          AND c.avis_number = CASE WHEN wanted ~ '^[0-9][0-9 ]{0,12}$' THEN replace(wanted, ' ', '')::bigint END
        UNION
        SELECT c.id FROM avis a JOIN contestation c ON c.avis_number = a.avis, console_session() s
        WHERE c.omp = s.omp AND a.plate = upper(replace(wanted, ' ', ''))
    ) found LIMIT most
$$;
-- The OMP's operators, to whom files can be assigned.
CREATE FUNCTION console_operators() RETURNS TABLE (login text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = contestation, pg_temp
AS $$
    SELECT o.login, o.name, o.role FROM operator o JOIN console_session() s ON s.omp = o.omp
    WHERE o.disabled_at IS NULL ORDER BY o.name
$$;
REVOKE ALL ON FUNCTION console_session(), console_seen(), console_search(text, integer), console_operators() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION console_session(), console_seen(), console_search(text, integer), console_operators() TO cnt_console;

-- Row by row, the console sees what is the session's OMP's. The service itself owns the tables; the reconciliation reads all.
DO $$
DECLARE
    guarded record;
BEGIN
    FOR guarded IN
        SELECT * FROM (VALUES
            ('contestation', 'omp = (SELECT s.omp FROM console_session() s)'),
            ('avis', 'omp = (SELECT s.omp FROM console_session() s) OR EXISTS (SELECT 1 FROM contestation c WHERE c.avis_number = avis.avis)'),
            ('life', 'omp = (SELECT s.omp FROM console_session() s) OR EXISTS (SELECT 1 FROM contestation c WHERE c.avis_number = life.avis)'),
            ('life_step', 'EXISTS (SELECT 1 FROM life l WHERE l.avis = life_step.avis)'),
            ('life_consultation', 'EXISTS (SELECT 1 FROM life l WHERE l.avis = life_consultation.avis)'),
            ('document', 'EXISTS (SELECT 1 FROM life l WHERE l.avis = document.avis)'),
            ('document_consultation', 'EXISTS (SELECT 1 FROM life l WHERE l.avis = document_consultation.avis)'),
            ('designation', 'EXISTS (SELECT 1 FROM life l WHERE l.avis = designation.avis OR l.avis = designation.new_avis)'),
            ('courrier', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = courrier.contestation)'),
            ('consultation', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = consultation.id)'),
            ('attachment', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = attachment.contestation)'),
            ('decision', 'omp = (SELECT s.omp FROM console_session() s)'),
            ('admission', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = admission.contestation)'),
            ('inquiry', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = inquiry.contestation)'),
            ('named_driver', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = named_driver.contestation)'),
            ('transfer', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = transfer.contestation)'),
            ('file_act', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = file_act.contestation)'),
            ('draft', 'EXISTS (SELECT 1 FROM contestation c WHERE c.id = draft.contestation)')
        ) AS t(name, rule)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.name);
        EXECUTE format('CREATE POLICY console ON %I TO cnt_console USING (%s) WITH CHECK (%s)', guarded.name, guarded.rule, guarded.rule);
        EXECUTE format('CREATE POLICY reconcile ON %I FOR SELECT TO cnt_reconcile USING (true)', guarded.name);
        EXECUTE format('GRANT SELECT ON %I TO cnt_console', guarded.name);
    END LOOP;
END
$$;
GRANT INSERT ON consultation, life_consultation, document_consultation, file_act TO cnt_console;
GRANT INSERT, UPDATE, DELETE ON draft TO cnt_console;
GRANT UPDATE (state, claimed_by, lease_until, version, rank, desk, snoozed_until) ON contestation TO cnt_console;
