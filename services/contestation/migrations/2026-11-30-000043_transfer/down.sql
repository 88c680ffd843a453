DROP INDEX contestation_avis;
DROP TABLE transfer;
