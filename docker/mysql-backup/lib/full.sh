# shellcheck shell=bash
# A full backup. Uses repository.sh and servers.sh.

# take_full AFTER: stores a dump of a slave that has at least the transactions AFTER.
take_full() {
  local start=$SECONDS
  log "backing up all databases, from the slave at $MYSQL_SLAVE_SERVICE_HOST"
  # As the command of restic, which stores nothing when it fails; at the end of a pipe, half a dump would look whole.
  BACKUP_AFTER=$1 use backup --host "$BACKUP_STACK" --tag mysql-full --stdin-filename mysql.sql --stdin-from-command -- dump >&2 ||
    die "no full backup was stored; the lines above say why. The backups from before are still there"
  log "all databases are backed up, in $((SECONDS - start)) s"
}
