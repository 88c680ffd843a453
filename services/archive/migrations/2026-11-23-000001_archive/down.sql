DROP TABLE consultation;
DROP TABLE document;
DROP TABLE lot;
