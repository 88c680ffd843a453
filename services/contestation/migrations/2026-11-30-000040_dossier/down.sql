ALTER TABLE inquiry DROP COLUMN request_lot;
DROP INDEX courrier_copy_of_pv;
DROP TABLE proces_verbal;
DROP TABLE letter_request;
