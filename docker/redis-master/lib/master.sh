# shellcheck shell=sh
# What the master's entrypoint does beside the server.

# judge: the state of a serving master by `answer`.
judge() {
  if [ -z "$(field role)" ]; then
    echo "not ready: the server does not answer"
  elif [ "$(field role)" != master ]; then
    echo "not ready: the role is $(field role)"
  elif [ "$(field aof_last_write_status)" != ok ]; then
    echo "not ready: the append-only file cannot be written"
  else
    echo "ready: takes writes"
  fi
}

# The server's memory is the best copy of files that are gone: the clean stop hands the last writes to the slaves, from
# which the next start takes the data. Without a slave that follows it is the only copy, and is kept.
heal() {
  ! slave_follows || die "the append-only file in /data is gone: stopping, the next start takes the data from a slave"
  state "not ready: the append-only file in /data is gone and no slave follows; the only copy of the data is in this pod's memory: do not delete it before a slave is ready"
}

watch_master() {
  await_loaded
  settle
  while :; do
    ask self
    if files_lost "$1"; then heal; else state "$(judge)"; fi
    follow_certificate
    sleep 1
  done
}
