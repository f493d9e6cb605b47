# shellcheck shell=sh
# Running redis-server as a child: used by the entrypoints of master and slaves.

# A quoted argument of redis.conf for any value: each byte as \xHH.
quote() {
  printf '"'
  printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'
  printf '"'
}

# start_server MORE: with more lines of configuration. They go by a pipe: the password is neither in the list of
# processes nor in a file.
start_server() {
  load_certificate
  redis-server - <<CONF &
include /usr/local/etc/redis/redis.conf
requirepass $(quote "$REDIS_PASSWORD")
masterauth $(quote "$REDIS_PASSWORD")
maxmemory ${REDIS_MAXMEMORY:-0}
appendfsync ${REDIS_APPENDFSYNC:-always}
$1
CONF
  server=$!
}

# ended PID: waits for a child and keeps its exit code in `code`. A signal interrupts the wait.
ended() {
  while :; do
    wait "$1"
    code=$?
    kill -0 "$1" 2>/dev/null || return 0
  done
}

stop_server() {
  kill -TERM "$watcher" 2>/dev/null || :
  state "not ready: stopping"
  kill -TERM "$server" 2>/dev/null || :
}

# serve WATCH MORE: runs the server, and WATCH with its process id beside it, until one of them ends; then the other is ended too. Ends
# with the server's exit code, or with that of WATCH when it gave up.
serve() {
  start_server "$2"
  (
    trap - TERM INT
    trap 'kill -TERM "$server" 2>/dev/null' EXIT
    "$1" "$server"
  ) &
  watcher=$!
  trap stop_server TERM INT
  ended "$server"
  result=$code
  kill -TERM "$watcher" 2>/dev/null || :
  ended "$watcher"
  # What our signal ended has given nothing up.
  [ "$code" = 143 ] || result=$code
  log "redis-server has ended with the code $result"
  exit "$result"
}
