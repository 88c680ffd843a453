DROP TABLE clock; DROP TABLE current_snapshot; DROP TABLE version;
