CREATE INDEX CONCURRENTLY verdict_ordinal ON verdict (ordinal);
