DROP INDEX fold_elsewhere;
ALTER TABLE fold DROP CONSTRAINT fold_state_check;
ALTER TABLE fold ADD CONSTRAINT fold_state_check
    CHECK (state IN ('waiting', 'spooled', 'deposited', 'emailed', 'withdrawn'));
CREATE INDEX fold_elsewhere ON fold (state) WHERE state IN ('emailed', 'withdrawn');
