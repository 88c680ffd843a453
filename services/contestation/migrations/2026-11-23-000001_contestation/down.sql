DROP TABLE consultation;
DROP TABLE courrier;
DROP TABLE contestation;
DROP TABLE avis;
