DO $$
DECLARE
    guarded record;
BEGIN
    FOR guarded IN SELECT tablename AS name FROM pg_policies WHERE schemaname = 'contestation' AND policyname = 'console' LOOP
        EXECUTE format('DROP POLICY console ON %I', guarded.name);
        EXECUTE format('DROP POLICY reconcile ON %I', guarded.name);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', guarded.name);
        EXECUTE format('REVOKE ALL ON %I FROM cnt_console', guarded.name);
    END LOOP;
END
$$;
DROP INDEX consultation_at, decision_omp;
ALTER TABLE decision DROP COLUMN omp;
DROP FUNCTION console_operators();
DROP FUNCTION console_search(text, integer);
DROP FUNCTION console_seen();
DROP FUNCTION console_session();
DROP TRIGGER file_words_keep ON contestation;
DROP FUNCTION file_words_keep();
DROP TABLE file_words;
DROP FUNCTION file_words_of(text, text);
DROP TABLE draft, file_act, operator_entry, operator_session, operator;
DROP INDEX contestation_decided, contestation_asleep, contestation_open, contestation_queue;
ALTER TABLE contestation DROP COLUMN snoozed_until, DROP COLUMN desk, DROP COLUMN rank;
CREATE INDEX contestation_queue ON contestation (omp, prescription, received_at, id) WHERE state = 'queued';
