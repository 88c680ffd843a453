ALTER TABLE payment DROP CONSTRAINT payment_means_check;
ALTER TABLE payment ADD CONSTRAINT payment_means_check CHECK (means IN ('paper', 'remote'));
ALTER TABLE document DROP COLUMN deposited_on;
