# shellcheck shell=bash
# Semi-synchronous replication on the master: a commit is acknowledged when enough slaves have it. Uses server.sh.
semi_sync_acks=${MYSQL_SEMI_SYNC_ACKS:-1}
semi_sync_timeout=${MYSQL_SEMI_SYNC_TIMEOUT_SECONDS:-10}
semi_sync=ON
semi_sync_seen_at=0

# When no slave answers in time, MySQL goes on without until one has caught up.
semi_sync_statements() {
  ((semi_sync_acks > 0)) || return 0
  cat <<SQL
SET GLOBAL rpl_semi_sync_source_wait_point = 'AFTER_SYNC',
  GLOBAL rpl_semi_sync_source_wait_for_replica_count = $semi_sync_acks,
  GLOBAL rpl_semi_sync_source_timeout = $((semi_sync_timeout * 1000)),
  GLOBAL rpl_semi_sync_source_wait_no_replica = ON,
  GLOBAL rpl_semi_sync_source_enabled = ON;
SQL
}

# Logs when commits are no longer confirmed by slaves, and when they are again.
watch_semi_sync() {
  local status
  ((semi_sync_acks > 0 && SECONDS - semi_sync_seen_at >= 5)) || return 0
  semi_sync_seen_at=$SECONDS
  status=$(query "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_status'") || return 0
  case $semi_sync$status in
  ONOFF) log "WARNING: semi-synchronous replication is off: fewer than $semi_sync_acks slaves confirmed a commit within $semi_sync_timeout s. Until they have caught up, commits are acknowledged without them" ;;
  OFFON) log "semi-synchronous replication is on again" ;;
  esac
  semi_sync=$status
}
