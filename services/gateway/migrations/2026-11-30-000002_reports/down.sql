DROP TABLE report_asked;
