# shellcheck shell=bash
# Copying another server with the CLONE plugin. Uses server.sh and passwords.sh.
# shellcheck source=SCRIPTDIR/server.sh disable=SC2154
copy=$volume/work.copy

# The donor must be a server of the stack (clone-ssl-ca); CLONE can't verify that the certificate has its address.
#
# clone_from HOST PORT: copies a server into the directory $copy, by the server that runs, whose own data stays as it is.
clone_from() {
  local start=$SECONDS
  read_passwords
  rm -rf "$copy"
  log "cloning $1:$2"
  run sql <<SQL || return
SET GLOBAL clone_valid_donor_list = $(quote_string "$1:$2");
CLONE INSTANCE FROM $(quote_string "$MYSQL_REPLICATION_USER")@$(quote_string "$1"):$2
  IDENTIFIED BY $(quote_string "$MYSQL_REPLICATION_PASSWORD") DATA DIRECTORY = $(quote_string "$copy") REQUIRE SSL;
SQL
  # The list of pages to warm up with is not cloned, and mysqld logs an error when it is missing.
  : >"$copy/ib_buffer_pool"
  log "cloned $(du -sm "$copy" | cut -f1) MiB in $((SECONDS - start)) s"
}
