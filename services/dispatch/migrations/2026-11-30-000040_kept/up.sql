-- Documents that are kept in the file or put at their addressee's disposal are folds that never go by post.
ALTER TABLE fold DROP CONSTRAINT fold_state_check;
ALTER TABLE fold ADD CONSTRAINT fold_state_check
    CHECK (state IN ('waiting', 'spooled', 'deposited', 'emailed', 'withdrawn', 'kept'));
DROP INDEX fold_elsewhere;
CREATE INDEX fold_elsewhere ON fold (state) WHERE state IN ('emailed', 'withdrawn', 'kept');
