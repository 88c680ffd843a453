-- In whose name a file was read: the journal of an OMP is read by it, and not file by file.
ALTER TABLE consultation ADD COLUMN omp text;
UPDATE consultation t SET omp = c.omp FROM contestation c WHERE c.id = t.id;
ALTER TABLE consultation ALTER COLUMN omp SET NOT NULL;
DROP INDEX consultation_at;
CREATE INDEX consultation_omp ON consultation (omp, at);
ALTER TABLE file_act ADD COLUMN omp text;
UPDATE file_act t SET omp = c.omp FROM contestation c WHERE c.id = t.contestation;
ALTER TABLE file_act ALTER COLUMN omp SET NOT NULL;
CREATE INDEX file_act_omp ON file_act (omp, at);
-- An OMP sees what was done in its name, and whatever was done with the files that are its own now.
ALTER POLICY console ON consultation
    USING (omp = (SELECT s.omp FROM console_session() s) OR EXISTS (SELECT 1 FROM contestation c WHERE c.id = consultation.id))
    WITH CHECK (omp = (SELECT s.omp FROM console_session() s) AND EXISTS (SELECT 1 FROM contestation c WHERE c.id = consultation.id));
ALTER POLICY console ON file_act
    USING (omp = (SELECT s.omp FROM console_session() s) OR EXISTS (SELECT 1 FROM contestation c WHERE c.id = file_act.contestation))
    WITH CHECK (omp = (SELECT s.omp FROM console_session() s) AND EXISTS (SELECT 1 FROM contestation c WHERE c.id = file_act.contestation));

-- The list of an OMP's open files has the order of its queue. A claim must not be planned over it: it would pass over all
-- files that are held, which are the first. The expression keeps the planner from seeing the same order in it.
DROP INDEX contestation_open;
CREATE INDEX contestation_open ON contestation (omp, (rank::integer), prescription, received_at, id)
    WHERE state IN ('queued', 'claimed');

-- Who holds what.
CREATE INDEX contestation_held ON contestation (omp, claimed_by) WHERE state = 'claimed';

-- How many files are open, by what the pages count: nobody counts millions of rows to show a figure. Changes are only ever
-- added, so that no two transactions wait for each other at a counter; they are folded in later, and both are summed.
CREATE TABLE open_files (
    omp          text   NOT NULL,
    ground       text   NOT NULL,
    prescription date   NOT NULL,
    files        bigint NOT NULL,
    PRIMARY KEY (omp, ground, prescription)
);
CREATE TABLE open_change (
    n            bigint   PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    omp          text     NOT NULL,
    ground       text     NOT NULL,
    prescription date     NOT NULL,
    files        smallint NOT NULL CHECK (files IN (-1, 1))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
INSERT INTO open_files
    SELECT omp, ground, prescription, count(*) FROM contestation WHERE state IN ('queued', 'claimed') GROUP BY 1, 2, 3;
CREATE FUNCTION open_files_keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = contestation, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state IN ('queued', 'claimed') THEN
            INSERT INTO open_change (omp, ground, prescription, files) VALUES (OLD.omp, OLD.ground, OLD.prescription, -1);
        END IF;
    END IF;
    IF NEW.state IN ('queued', 'claimed') THEN
        INSERT INTO open_change (omp, ground, prescription, files) VALUES (NEW.omp, NEW.ground, NEW.prescription, 1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER open_files_in AFTER INSERT ON contestation
    FOR EACH ROW WHEN (NEW.state IN ('queued', 'claimed')) EXECUTE FUNCTION open_files_keep();
-- A claim moves nothing.
CREATE TRIGGER open_files_moved AFTER UPDATE ON contestation
    FOR EACH ROW WHEN ((OLD.state IN ('queued', 'claimed')) IS DISTINCT FROM (NEW.state IN ('queued', 'claimed'))
        OR OLD.omp IS DISTINCT FROM NEW.omp OR OLD.ground <> NEW.ground OR OLD.prescription IS DISTINCT FROM NEW.prescription)
    EXECUTE FUNCTION open_files_keep();
CREATE VIEW open_count WITH (security_invoker = true) AS
    SELECT omp, ground, prescription, files FROM open_files
    UNION ALL SELECT omp, ground, prescription, files FROM open_change;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['open_files', 'open_change'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY console ON %I FOR SELECT TO cnt_console USING (omp = (SELECT s.omp FROM console_session() s))', guarded);
        EXECUTE format('CREATE POLICY reconcile ON %I FOR SELECT TO cnt_reconcile USING (true)', guarded);
        EXECUTE format('GRANT SELECT ON %I TO cnt_console', guarded);
    END LOOP;
END
$$;
GRANT SELECT ON open_count TO cnt_console;

-- Each way of the search by its own statement, planned for what is looked for.
CREATE OR REPLACE FUNCTION console_search(wanted text, most integer) RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = contestation, pg_temp
AS $$
DECLARE
    own text := (SELECT s.omp FROM console_session() s);
    words tsquery := websearch_to_tsquery('french', wanted);
    sought_plate text := upper(replace(wanted, ' ', ''));
BEGIN
    IF wanted ~ '^[0-9][0-9 ]{0,12}$' THEN
        RETURN QUERY EXECUTE 'SELECT c.id FROM contestation c WHERE c.avis_number = $1 AND c.omp = $2 LIMIT $3'
            USING replace(wanted, ' ', '')::bigint, own, most;
        RETURN;
    END IF;
    IF sought_plate ~ '^[A-Z0-9-]{4,12}$' AND sought_plate ~ '[0-9]' THEN
        RETURN QUERY EXECUTE
            'SELECT c.id FROM avis a JOIN contestation c ON c.avis_number = a.avis WHERE a.plate = $1 AND c.omp = $2 LIMIT $3'
            USING sought_plate, own, most;
        IF FOUND THEN RETURN; END IF;
    END IF;
    IF numnode(words) > 0 THEN
        -- Of words that many files bear, as many as are shown; their order is that of the pages.
        RETURN QUERY EXECUTE
            'SELECT w.contestation FROM file_words w WHERE w.words @@ $1 LIMIT $2'
            USING words && quote_literal('@' || own)::tsquery, most;
    END IF;
END
$$;
