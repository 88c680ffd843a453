DROP TABLE agent_report;
