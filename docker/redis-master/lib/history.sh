# shellcheck shell=sh
# The identity of the data. A history is what one first start began: its id is kept in a library of functions, which is
# persisted and replicated like keys but outlives FLUSHALL and is no key. `FCALL_RO history 0` answers the id and the
# run, the number of times that a master has started on it: offsets of replication are comparable within a run only.

# function_of ID RUN: the command that stores both, as a line for redis-cli.
function_of() {
  printf '%s' 'FUNCTION LOAD REPLACE "#!lua name=history_' "$1" '\n' \
    "redis.register_function{function_name='history', callback=function() return '$1 $2' end, " \
    "flags={'no-writes', 'allow-stale'}}" '"'
  echo
}

new_id() { od -An -v -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# follower ID: the account with which slaves of a history log in. A master has that of its own history alone, so a
# slave never copies data of another one, whenever it connects.
follower() { echo "history_$1"; }

# store_history ID RUN: on the disk, whatever the fsync policy is.
store_history() {
  reply=$({
    function_of "$1" "$2"
    echo "WAITAOF 1 0 10000"
  } | client 15 self 0)
  [ "$(echo "$reply" | sed -n '1p;2p' | tr '\n' ' ')" = "history_$1 1 " ] || {
    log "storing the history: ${reply:-no answer}"
    return 1
  }
}

# open_history ID RUN: from here on the master takes slaves and writes.
open_history() {
  order self CONFIG SET min-replicas-to-write 0 &&
    store_history "$1" "$2" &&
    printf '>%s' "$REDIS_PASSWORD" | order self -x ACL SETUSER "$(follower "$1")" on +psync +replconf +ping &&
    order self CONFIG SET min-replicas-to-write "${REDIS_MIN_SLAVES:-1}"
}
