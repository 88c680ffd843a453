-- Number of the recommended letter with acknowledgement of receipt, of folds that go by one (CPP R49-18).
ALTER TABLE fold ADD COLUMN recommended text CHECK (recommended <> '');
