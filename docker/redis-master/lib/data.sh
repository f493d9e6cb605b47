# shellcheck shell=sh
# The files in /data before the server starts on them, and whether they are still there while it runs.

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
  # Held by the server too, as long as it lives.
  exec 9>>/data/.lock
  flock -n 9 || {
    state "not ready: another server still uses /data: waiting for it to end"
    # In the background: a shell runs its traps between commands and in `wait`, not while a command runs.
    flock 9 &
    wait $!
  }
  # Copies from other servers, received whole or in part: what was taken over is in the append-only file.
  rm -f /data/received.rdb /data/temp-*.rdb
  if [ -e /data/appendonlydir ]; then
    usable /data/appendonlydir -r -w -x
    if [ ! -e /data/appendonlydir/appendonly.aof.manifest ] && holds_keys /data/appendonlydir/*; then
      die "/data/appendonlydir has keys but no appendonly.aof.manifest, and Redis would start empty: restore the manifest, or move the directory away. Nothing was changed"
    fi
  elif [ -e /data/dump.rdb ] || [ -e /data/appendonly.aof ]; then
    die "/data has dump.rdb or appendonly.aof but no appendonlydir, and Redis would start empty: load it in a redis-server with 'appendonly no' and give that CONFIG SET appendonly yes, or move it away. Nothing was changed"
  fi
}

missed=0

# files_kept PID: whether the append-only file that the server writes still lies where the next start looks for it. A
# deleted or moved one has another name among the open files.
files_kept() {
  [ -e /data/appendonlydir/appendonly.aof.manifest ] &&
    [ -n "$(find "/proc/$1/fd" -lname '/data/appendonlydir/*' ! -lname '* (deleted)' 2>/dev/null)" ]
}

# files_lost PID: whether three looks in a row did not find them: while the server changes from one file to the next,
# one look can miss.
files_lost() {
  if files_kept "$1"; then missed=0; else missed=$((missed + 1)); fi
  [ "$missed" -ge 3 ]
}
