DROP TABLE declared_address;
DROP TABLE named_driver;
DROP TABLE receipt;
DROP TABLE document_consultation;
DROP TABLE document;
