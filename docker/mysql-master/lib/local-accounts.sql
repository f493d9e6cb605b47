SET SESSION sql_log_bin = OFF;
CREATE USER IF NOT EXISTS 'pod_admin'@'localhost' IDENTIFIED WITH auth_socket AS 'dbserver';
GRANT ALL ON *.* TO 'pod_admin'@'localhost' WITH GRANT OPTION;
CREATE USER IF NOT EXISTS 'pod_probe'@'localhost' IDENTIFIED WITH auth_socket AS 'dbserver';
GRANT SELECT ON performance_schema.* TO 'pod_probe'@'localhost';
CREATE USER IF NOT EXISTS 'pod_exporter'@'localhost' IDENTIFIED WITH auth_socket AS 'exporter' WITH MAX_USER_CONNECTIONS 3;
GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'pod_exporter'@'localhost';
GRANT SELECT ON performance_schema.* TO 'pod_exporter'@'localhost';
