# shellcheck shell=sh
# The repository of backups, by restic: which one, with which password, comes from restic's own variables. Snapshots are
# kept apart by BACKUP_STACK, as restic's host, and by their first tag, which says what they hold.

# Times are compared as text.
export TZ=UTC0
export RESTIC_CACHE_DIR=/tmp/restic
# Authorities of S3-compatible storage; not every base image has them.
export SSL_CERT_FILE=/usr/local/lib/backup/ca-certificates.crt

log() { echo "$(date -u +%FT%TZ) backup: $*" >&2; }

die() {
  log "ERROR: $*"
  exit 1
}

# use ARGUMENT...: restic, which waits for whoever has locked the repository.
use() { restic --quiet --retry-lock 10m "$@"; }

# change_password FILE: makes the password that is wanted the repository's, if the one in FILE opens it.
change_password() {
  said=$(use --password-file "$1" key passwd --new-password-file "$RESTIC_PASSWORD_FILE" 2>&1) || return
  log "$RESTIC_REPOSITORY has the new password; the former one no longer opens it"
}

# open_repository [make]: fails, with a message, unless the repository can be read with this password.
open_repository() {
  # Storage that is not there, or has no such bucket, would be asked for a quarter of an hour.
  said=$(timeout 60 restic --quiet cat config 2>&1 >/dev/null)
  case $? in
  0)
    # What killed Jobs have left, and nobody holds any more.
    restic --quiet unlock || :
    ;;
  10)
    [ "${1-}" = make ] || die "there are no backups in $RESTIC_REPOSITORY. Next: compare backup.storage with that of the stack that made them"
    log "making a repository in $RESTIC_REPOSITORY"
    said=$(restic --quiet init 2>&1) && return
    # Another Job may have been quicker.
    sleep 2
    said=$(restic --quiet cat config 2>&1 >/dev/null) || die "no repository can be made in $RESTIC_REPOSITORY: $said"
    ;;
  12)
    former=${RESTIC_PASSWORD_FILE%/*}/formerPassword
    # Of Jobs that change it at once, all but one find it changed.
    { [ -f "$former" ] && { change_password "$former" || restic --quiet cat config >/dev/null 2>&1; }; } ||
      die "wrong password for $RESTIC_REPOSITORY: its backups were made with another backupPassword. Next: set that one, here or as backupFormerPassword to change it; without it nobody can read them"
    ;;
  124) die "$RESTIC_REPOSITORY does not answer, or its bucket does not exist${said:+: $said}. Next: compare backup.storage" ;;
  *) die "$RESTIC_REPOSITORY cannot be opened: $said" ;;
  esac
}

# snapshots_of WHAT: a line for each of the stack's snapshots, oldest first: END START ID TAG...; times to the nanosecond.
snapshots_of() {
  json=$(use snapshots --json --host "$BACKUP_STACK" --tag "$1") || die "the backups in $RESTIC_REPOSITORY cannot be listed"
  printf '%s' "$json" | snapshot_lines
}

# snapshot_lines: the lines of snapshots_of, from restic's JSON.
snapshot_lines() {
  sed 's/{"time":/\
&/g' | awk '
    function value(name,   rest) {
      if (!match($0, "\"" name "\":\"[^\"]*\"")) return ""
      rest = substr($0, RSTART, RLENGTH)
      gsub("\"" name "\":\"|\"$", "", rest)
      return rest
    }
    function fixed(time) {
      sub(/Z$/, "", time)
      if (time !~ /\./) time = time "."
      while (length(time) < 29) time = time "0"
      return time "Z"
    }
    /^[{]"time":/ {
      tags = ""
      if (match($0, /"tags":\[[^]]*\]/)) {
        tags = substr($0, RSTART + 8, RLENGTH - 9)
        gsub(/","/, " ", tags)
        gsub(/"/, "", tags)
      }
      print fixed(value("backup_end")), fixed(value("time")), value("short_id"), tags
    }' | sort
}

# newest BEFORE: of the lines of snapshots_of, the last one that ended at BEFORE or earlier; of all, when it is empty.
newest() { awk -v before="$1" 'NF && (before == "" || $1 <= before) { line = $0 } END { if (line != "") print line }'; }

# first_after MOMENT: of the lines of snapshots_of, the first one that began at MOMENT or later; none, when it is empty.
first_after() { awk -v moment="$1" 'NF && moment != "" && $2 >= moment { print; exit }'; }

# moment TIME: an ISO 8601 time as those of snapshots_of are.
moment() { date -u -d "$1" +%FT%T.%NZ; }

# forget WHAT OPTION...: removes the stack's snapshots that the options do not keep.
forget() {
  what=$1
  shift
  use forget --host "$BACKUP_STACK" --tag "$what" --group-by host "$@" ||
    die "old backups of $what cannot be removed"
}
