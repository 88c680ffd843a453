-- The day on which the post really took a document, once its plant said so: delays run from it where it is later than the
-- day the document bears.
ALTER TABLE document ADD COLUMN deposited_on date;
-- A consignation by télépaiement is told with the payments (CPP 529-10).
ALTER TABLE payment DROP CONSTRAINT payment_means_check;
ALTER TABLE payment ADD CONSTRAINT payment_means_check CHECK (means IN ('paper', 'remote', 'consignation'));
