# shellcheck shell=bash
# Readiness of the master: prints a line of reason, and fails when the server takes no writes.
ready() {
  local read_only
  read_only=$(probe_sql 'SELECT @@GLOBAL.read_only') || return
  if [ "$read_only" != 0 ]; then
    echo "not ready: the master is read-only"
    return 1
  fi
  echo "ready: takes writes"
}
