# shellcheck shell=bash
# The master's accounts and database, and their passwords. Uses server.sh and passwords.sh.
# shellcheck source=SCRIPTDIR/passwords.sh disable=SC2154
application() { printf "%s@'%%'" "$(quote_string "$MYSQL_USER")"; }

# Statements for accounts and database. Each can be run again, so a start cut short is simply repeated.
#
# The replication user needs REPLICATION SLAVE to follow, BACKUP_ADMIN, which MySQL demands of the user that a new slave
# clones with, and to see what a slave received. The application may discard the old one of its two passwords, and see
# how far a slave is, for its status page.
# Nobody gets in from another pod without TLS, whatever the server itself requires.
# Everything is written to the binary log: a changed password reaches the slaves.
account_statements() {
  local replication app database grant_database
  replication="$(quote_string "$MYSQL_REPLICATION_USER")@'%'"
  app=$(application)
  database=$(quote_name "$MYSQL_DATABASE")
  # In a GRANT, an underscore or a percent sign in the name of a database would stand for others as well.
  grant_database=${database//_/\\_}
  grant_database=${grant_database//%/\\%}
  cat <<SQL
CREATE DATABASE IF NOT EXISTS $database CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
CREATE USER IF NOT EXISTS $replication;
GRANT REPLICATION SLAVE, BACKUP_ADMIN ON *.* TO $replication;
GRANT SELECT ON performance_schema.replication_connection_status TO $replication;
CREATE USER IF NOT EXISTS $app IDENTIFIED BY $(quote_string "$MYSQL_PASSWORD");
ALTER USER $app REQUIRE SSL;
GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO $app;
GRANT ALL ON $grant_database.* TO $app;
GRANT SELECT ON performance_schema.replication_connection_status TO $app;
GRANT SELECT ON performance_schema.replication_applier_status TO $app;
GRANT SELECT ON performance_schema.replication_applier_status_by_worker TO $app;
SQL
  backup_account
}

# Who backs up reads everything, the binary logs too, and writes nothing. The account goes with its password.
backup_account() {
  if [ -n "$MYSQL_BACKUP_PASSWORD" ]; then
    cat <<SQL
CREATE USER IF NOT EXISTS 'pod_backup'@'%' IDENTIFIED BY $(quote_string "$MYSQL_BACKUP_PASSWORD") REQUIRE SSL;
GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'pod_backup'@'%';
GRANT FLUSH_TABLES, SHOW_ROUTINE ON *.* TO 'pod_backup'@'%';
SQL
  else
    echo "DROP USER IF EXISTS 'pod_backup'@'%';"
  fi
}

password_statements() {
  cat <<SQL
ALTER USER 'root'@'localhost' IDENTIFIED BY $(quote_string "$MYSQL_ROOT_PASSWORD");
ALTER USER $(quote_string "$MYSQL_REPLICATION_USER")@'%' IDENTIFIED BY $(quote_string "$MYSQL_REPLICATION_PASSWORD") REQUIRE SSL;
SQL
  [ -z "$MYSQL_BACKUP_PASSWORD" ] ||
    echo "ALTER USER IF EXISTS 'pod_backup'@'%' IDENTIFIED BY $(quote_string "$MYSQL_BACKUP_PASSWORD");"
}

# Whether MYSQL_PASSWORD is the application's password: 0 yes, 1 no, 2 unknown. Its login would not tell, for it
# succeeds with the retained old password as well; so an account with a copy of the current hash is tried.
application_password_is_current() {
  local hash answer
  hash=$(query "SELECT HEX(authentication_string) FROM mysql.user WHERE User = $(quote_string "$MYSQL_USER") AND Host = '%'") || return 2
  run sql <<SQL || return 2
SET SESSION sql_log_bin = OFF;
DROP USER IF EXISTS 'pod_check'@'localhost';
CREATE USER 'pod_check'@'localhost' IDENTIFIED WITH caching_sha2_password AS 0x$hash;
SQL
  answer=$(MYSQL_PWD=$MYSQL_PASSWORD mysql --no-defaults --socket="$socket" --user=pod_check --connect-timeout=3 \
    --execute='DO 1' 2>&1) || [[ $answer = *'ERROR 3032 '* ]] # offline mode, which is told to those who logged in
  set -- $?
  run sql --execute="SET SESSION sql_log_bin = OFF; DROP USER 'pod_check'@'localhost'" || return 2
  [ "$1" = 0 ] || [[ $answer = *'ERROR 1045 '* ]] || return 2
  return "$1"
}

# Gives the accounts the passwords that were read last, and then publishes the revision of these. The application's old
# password stays valid until `retire-password`, and whoever runs this again meanwhile must not drop it.
apply_passwords() {
  run sql < <(password_statements) || return
  application_password_is_current
  case $? in
  0) ;;
  1) run sql <<<"ALTER USER $(application) IDENTIFIED BY $(quote_string "$MYSQL_PASSWORD") RETAIN CURRENT PASSWORD" || return ;;
  *) return 1 ;;
  esac
  [ -n "$passwords_revision" ] || return 0
  [ "$(published_revision)" = "$passwords_revision" ] ||
    run sql <<<"ALTER USER $(application) ATTRIBUTE $(quote_string "{\"passwords\": \"$passwords_revision\"}")"
}

published_revision() {
  query "SELECT ATTRIBUTE->>'\$.passwords' FROM INFORMATION_SCHEMA.USER_ATTRIBUTES
    WHERE USER = $(quote_string "$MYSQL_USER") AND HOST = '%'"
}

# Takes changed passwords over.
follow_passwords() {
  local root=$MYSQL_ROOT_PASSWORD replication=$MYSQL_REPLICATION_PASSWORD app=$MYSQL_PASSWORD revision=$passwords_revision
  local backup=$MYSQL_BACKUP_PASSWORD
  read_passwords
  [ "$root $replication $app $backup $revision" != \
    "$MYSQL_ROOT_PASSWORD $MYSQL_REPLICATION_PASSWORD $MYSQL_PASSWORD $MYSQL_BACKUP_PASSWORD $passwords_revision" ] || return 0
  if apply_passwords; then
    log "the accounts have the changed passwords"
  else
    log_waiting "ERROR: the changed passwords could not be taken over; trying again"
    # As they were, so that the next look finds them changed.
    MYSQL_ROOT_PASSWORD=$root MYSQL_REPLICATION_PASSWORD=$replication MYSQL_PASSWORD=$app MYSQL_BACKUP_PASSWORD=$backup passwords_revision=$revision
  fi
}
