DROP TABLE lists_due;
DROP TABLE journal;
DROP FUNCTION journal_is_append_only();
DROP TABLE certificate;
