DROP INDEX mif_ticket;
ALTER TABLE mif DROP COLUMN ticket, DROP COLUMN offence_at_s;
