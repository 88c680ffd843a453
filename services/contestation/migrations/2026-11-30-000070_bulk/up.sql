-- One decision on many files, signed file by file: it is taken when the time to undo it is over. Until then its files are
-- held by the officer.
CREATE TABLE bulk (
    id           uuid        PRIMARY KEY,
    omp          text        NOT NULL,
    who          text        NOT NULL,
    -- The decision, as JSON.
    word         text        NOT NULL,
    asked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at       timestamptz NOT NULL,
    cancelled_at timestamptz
);
CREATE INDEX bulk_omp ON bulk (omp, asked_at DESC);
CREATE TABLE bulk_file (
    bulk         uuid    NOT NULL REFERENCES bulk,
    contestation uuid    NOT NULL REFERENCES contestation (id),
    -- The version under which the officer holds it.
    version      integer NOT NULL,
    signature    text    NOT NULL,
    -- What came of it; none while it waits.
    outcome      text    CHECK (outcome IN ('decided', 'refused', 'cancelled')),
    detail       text,
    PRIMARY KEY (bulk, contestation)
);
CREATE INDEX bulk_file_waiting ON bulk_file (bulk) WHERE outcome IS NULL;
ALTER TABLE bulk ENABLE ROW LEVEL SECURITY;
ALTER TABLE bulk_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY console ON bulk TO cnt_console USING (omp = (SELECT s.omp FROM console_session() s))
    WITH CHECK (omp = (SELECT s.omp FROM console_session() s));
CREATE POLICY console ON bulk_file TO cnt_console USING (EXISTS (SELECT 1 FROM bulk b WHERE b.id = bulk_file.bulk))
    WITH CHECK (EXISTS (SELECT 1 FROM contestation c WHERE c.id = bulk_file.contestation));
CREATE POLICY reconcile ON bulk FOR SELECT TO cnt_reconcile USING (true);
CREATE POLICY reconcile ON bulk_file FOR SELECT TO cnt_reconcile USING (true);
GRANT SELECT, INSERT ON bulk, bulk_file TO cnt_console;
GRANT UPDATE (cancelled_at) ON bulk TO cnt_console;
GRANT UPDATE (outcome) ON bulk_file TO cnt_console;
