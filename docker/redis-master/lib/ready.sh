# shellcheck shell=sh
# Readiness of the master: prints a line of reason, and fails when the server takes no writes.
ready() {
  if [ "$(field role)" != master ]; then
    echo "not ready: the role is $(field role)"
  elif [ "$(field aof_last_write_status)" != ok ]; then
    echo "not ready: the append-only file cannot be written"
  else
    echo "ready: takes writes"
    return 0
  fi
  return 1
}
