# shellcheck shell=sh
# Running redis-server: used by the entrypoints of master and slaves.

log() { echo "$(date -u +%FT%TZ) entrypoint: $*" >&2; }

die() {
  log "ERROR: $*"
  exit 1
}

require_env() {
  for name in "$@"; do
    eval "[ -n \"\${$name-}\" ]" || die "the environment variable $name is not set"
  done
}

# A quoted argument of redis.conf for any value: each byte as \xHH.
quote() {
  printf '"'
  printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'
  printf '"'
}

# usable PATH TEST...: one line of error, with the two usual causes, when a test of a file fails.
usable() {
  path=$1
  shift
  for check in "$@"; do
    test "$check" "$path" || die "$path cannot be used by uid $(id -u): it is mounted read-only, or belongs to another user (on the node: chown -R 10001:10001 the directory). Nothing was changed"
  done
}

# holds_keys FILE...: a first start that was cut short leaves a base file too, but one without keys is under 96 bytes,
# and an empty file of increments.
holds_keys() {
  for file in "$@"; do
    case $file in
    *.base.*) least=96 ;;
    *) least=1 ;;
    esac
    [ ! -f "$file" ] || [ "$(wc -c <"$file")" -lt "$least" ] || return 0
  done
  return 1
}

# Refuses what redis-server would start empty over, and waits for another server on the same files to end.
prepare_data() {
  usable /data -w
  [ ! -e /data/.lock ] || usable /data/.lock -w
  touch /data/.lock || die "/data/.lock cannot be made, $(df -Pm /data | awk 'NR == 2 { print $4 }') MiB are free in /data"
  exec 9>>/data/.lock
  flock -n 9 || {
    log "another server still uses /data: waiting for it to end"
    flock 9
  }
  if [ -e /data/appendonlydir ]; then
    usable /data/appendonlydir -r -w -x
    if [ ! -e /data/appendonlydir/appendonly.aof.manifest ] && holds_keys /data/appendonlydir/*; then
      die "/data/appendonlydir has keys but no appendonly.aof.manifest, and Redis would start empty: restore the manifest, or move the directory away. Nothing was changed"
    fi
  elif [ -e /data/dump.rdb ] || [ -e /data/appendonly.aof ]; then
    die "/data has dump.rdb or appendonly.aof but no appendonlydir, and Redis would start empty: load it in a redis-server with 'appendonly no' and give that CONFIG SET appendonly yes, or move it away. Nothing was changed"
  fi
}

# serve MORE: becomes redis-server, with more lines of configuration. They go by a pipe: the password is neither in
# the list of processes nor in a file. The lock is held as long as the server lives.
serve() {
  exec redis-server - <<CONF
include /usr/local/etc/redis/redis.conf
requirepass $(quote "$REDIS_PASSWORD")
masterauth $(quote "$REDIS_PASSWORD")
maxmemory ${REDIS_MAXMEMORY:-0}
$1
CONF
}
