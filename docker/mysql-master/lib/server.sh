# shellcheck shell=bash
# Running one mysqld under the entrypoint: used by master and slaves.
# shellcheck source=SCRIPTDIR/volume.sh
. "${BASH_SOURCE[0]%/*}/volume.sh"
runtime=/run/mysqld
socket=$runtime/mysqld.sock
defaults=/etc/mysql-server/my.cnf
# Whom the entrypoint is at the socket.
admin=pod_admin
mysqld_pid=
command_pid=
stopping=
waiting_message=
waiting_since=0
waiting_logged=0

log() { TZ=UTC0 printf '%(%FT%TZ)T entrypoint: %s\n' -1 "$*" >&2; }

# What fails after a request to stop fails because of it.
die() {
  [ -n "$stopping" ] || log "ERROR: $*"
  stop_mysqld
  exit 1
}

# Logs a state that lasts: at once, and then every 30 s with how long it has lasted.
log_waiting() {
  if [ "$1" != "$waiting_message" ]; then
    waiting_message=$1
    waiting_since=$SECONDS
    log "$1"
  elif ((SECONDS - waiting_logged >= 30)); then
    log "$1 (for $((SECONDS - waiting_since)) s)"
  else
    return 0
  fi
  waiting_logged=$SECONDS
}

# What the entrypoint is doing, for the probes.
phase() { echo "$1" >"$runtime/phase"; }

require_env() {
  local name
  for name in "$@"; do
    [ -n "${!name-}" ] || die "the environment variable $name is not set"
  done
}

# The IPv4 address of the pod as a 32-bit number: unique among the pods that live at one time.
server_id() {
  local a b c d rest octet
  IFS=. read -r a b c d rest <<<"$1"
  for octet in "$a" "$b" "$c" "$d"; do
    [[ $octet =~ ^(0|[1-9][0-9]{0,2})$ ]] && ((octet <= 255)) || return 1
  done
  [ -z "$rest" ] && [ "$1" != 0.0.0.0 ] || return 1
  echo $((a << 24 | b << 16 | c << 8 | d))
}

quote_string() {
  local s=${1//\\/\\\\}
  printf "'%s'" "${s//\'/\\\'}"
}

quote_name() { printf '%s' "\`${1//\`/\`\`}\`"; }

# What a program complains of, as lines of the log.
as_log() {
  local line
  while IFS= read -r line; do log "$line"; done
}

sql() {
  mysql --no-defaults --socket="$socket" --user="$admin" --default-character-set=utf8mb4 \
    --batch --skip-column-names "$@" 2> >(as_log)
}

# query STATEMENT: for what writes no data. Bounded, so that a server that hangs does not keep the entrypoint from hearing
# a request to stop. In this shell's process group: as_log is a child of `timeout`, and when the end of a leader of another
# group leaves it behind, the kernel sends SIGHUP and SIGCONT to all of this group, if one of it was stopped (setpgid(2)).
query() { timeout --foreground 5 mysql --no-defaults --socket="$socket" --user="$admin" --connect-timeout=3 \
  --batch --skip-column-names --execute="$1" 2> >(as_log); }

# A command that runs is worth nothing without the rest, but mysqld gets the time to shut down cleanly: unless its files
# were deleted, when there is nothing to bring to the disk, and it would hang over that.
on_stop() {
  stopping=yes
  log "asked to stop"
  [ -z "$command_pid" ] || kill -KILL "$command_pid" 2>/dev/null
  [ -n "$mysqld_pid" ] || exit 143
  if data_complete; then
    # Ends the connections of clients and slaves; a shutdown waits ten seconds for those of idle slaves.
    query 'SET GLOBAL offline_mode = ON' >&2
    kill -TERM "$mysqld_pid" 2>/dev/null
  else
    log "$data is not there: ending the server without a shutdown"
    kill -KILL "$mysqld_pid" 2>/dev/null
  fi
}

# await_end PID: waits for a process of this shell, whatever signals interrupt the waiting; returns its exit code.
await_end() {
  local code
  while
    wait "$1" 2>/dev/null
    code=$?
    kill -0 "$1" 2>/dev/null
  do :; done
  return "$code"
}

# Runs a command that a request to stop ends; its exit code is that of the command.
run() {
  local code
  [ -z "$stopping" ] || return 143
  "$@" <&0 &
  command_pid=$!
  await_end "$command_pid"
  code=$?
  command_pid=
  return "$code"
}

# pause SECONDS: until the next look at something. A request to stop ends it, and the entrypoint.
pause() {
  run sleep "$1"
  [ -z "$stopping" ] || {
    stop_mysqld
    exit
  }
}

wait_mysqld() {
  local code
  await_end "$mysqld_pid"
  code=$?
  mysqld_pid=
  return "$code"
}

stop_mysqld() {
  [ -n "$mysqld_pid" ] || return 0
  kill -TERM "$mysqld_pid" 2>/dev/null
  wait_mysqld
}

# start_mysqld OPTION...: returns when the server answers at its socket; fails with mysqld's code when it ended first.
start_mysqld() {
  local code
  # They outlive a killed container in the same pod, and the lock names a process id that may be in use again.
  rm -f "$socket" "$socket.lock"
  mysqld --defaults-file="$defaults" "$@" &
  mysqld_pid=$!
  until mysqladmin --no-defaults --socket="$socket" --user="$admin" --connect-timeout=3 ping >/dev/null 2>&1; do
    kill -0 "$mysqld_pid" 2>/dev/null || {
      wait_mysqld
      code=$?
      [ -z "$stopping" ] || exit "$code"
      return $((code == 0 ? 1 : code))
    }
    sleep 0.2
  done
}

# die_at_start CODE: for a server that ended before it answered.
die_at_start() {
  die "mysqld ended with code $1 before it took connections; $(free_mebibytes) MiB are free in $volume; the lines above say why"
}

# Sets the array pod_options: what the configuration files cannot know.
# shellcheck disable=SC2034
pod_options() {
  local id
  id=$(server_id "$POD_IP") || die "POD_IP is '$POD_IP', which is not an IPv4 address: the server-id is derived from it"
  pod_options=(
    --server-id="$id"
    --report-host="$POD_IP"
    --innodb-buffer-pool-size="${MYSQL_INNODB_BUFFER_POOL_SIZE:-128M}"
    --init-file=/usr/local/lib/mysql-server/local-accounts.sql
    --binlog-expire-logs-seconds="${MYSQL_BINLOG_EXPIRE_SECONDS:-259200}"
    --max-binlog-size="$(binlog_file_mebibytes "$binlog_max_mebibytes")M"
  )
}

# initialise DIRECTORY: an empty server, whose root has no password and can only come in at the socket.
initialise() {
  local code free
  run mysqld --defaults-file="$defaults" --initialize-insecure --datadir="$1" && return
  code=$?
  free=$(free_mebibytes)
  rm -rf "$1"
  die "initialisation failed with code $code when $free MiB were free in $volume; the lines above say why. Nothing was kept"
}

trap on_stop TERM INT
