# shellcheck shell=bash disable=SC2154
# Readiness of the master: prints a line of reason, and fails when the server takes no writes. Uses volume.sh.
ready() {
  local read_only free
  read_only=$(probe_sql 'SELECT @@GLOBAL.read_only') || {
    echo "not ready: $read_only"
    return 1
  }
  if [ "$read_only" != 0 ]; then
    echo "not ready: the master is read-only"
    return 1
  fi
  # On a full disk MySQL makes a commit wait until somebody frees space. Clients are better refused than left hanging.
  free=$(free_mebibytes)
  if ((free < 16)); then
    echo "not ready: $free MiB are free in $volume, and commits need some"
    return 1
  fi
  echo "ready: takes writes"
}
