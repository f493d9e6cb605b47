# shellcheck shell=bash
# Asking the servers, as the account for backups.
account=(--no-defaults --user=pod_backup --ssl-mode=VERIFY_IDENTITY --ssl-ca="$MYSQL_CA")

# at_master COMMAND ARGUMENT..., at_slave COMMAND ARGUMENT...: runs a client of MySQL on one of them.
at_master() {
  MYSQL_PWD=$MYSQL_BACKUP_PASSWORD "$1" "${account[@]}" --host="$MYSQL_MASTER_SERVICE_HOST" --port="$MYSQL_MASTER_SERVICE_PORT" "${@:2}"
}
at_slave() {
  MYSQL_PWD=$MYSQL_BACKUP_PASSWORD "$1" "${account[@]}" --host="$MYSQL_SLAVE_SERVICE_HOST" --port="$MYSQL_SLAVE_SERVICE_PORT" "${@:2}"
}

# ask_master QUERY
ask_master() { at_master mysql --batch --skip-column-names --connect-timeout=10 --execute="$1"; }
