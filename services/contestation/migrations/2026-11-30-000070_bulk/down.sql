DROP TABLE bulk_file, bulk;
