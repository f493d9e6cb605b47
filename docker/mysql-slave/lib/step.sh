# shellcheck shell=bash
# Whether a slave without a connection to the master is the only one, and its data too old to be read. A master that is
# away for everybody makes no slave unready. Uses server.sh, peers.sh and replication.sh.
# shellcheck source=SCRIPTDIR/../../mysql-master/lib/peers.sh disable=SC2154
disconnected_at=
step_seen_at=0

# reachable REASON: whether a server that gave no answer refused it itself: a connection (111) or the account (ER_..., of
# four digits that begin with 1 or 3). Then at least the network is there.
reachable() { [[ $1 = *'(111)'* || $1 =~ ERROR\ [13][0-9]{3}\  ]]; }

# out_of_step LISTED SECONDS LIMIT: of the peers' lines on standard input, prints why this slave, which has had no connection
# to the master for SECONDS, is out of step; nothing if it is not. LISTED says whether the list of peers could be read.
out_of_step() {
  local name read_only uuid channel reached='' running=''
  while IFS='|' read -r name read_only uuid channel _; do
    [ -n "$name" ] || continue
    if [ -n "$read_only" ] || reachable "$uuid"; then reached=yes; fi
    [ "$channel" != ON ] || running=$name
  done
  if [ -z "$1" ] && [ -z "$reached" ]; then
    echo "cut off: neither the master, nor the cluster's DNS, nor any other server answers"
  elif [ -n "$running" ] && (($2 > $3)); then
    echo "out of step: not connected to the master, which $running follows"
  fi
}

# keep_step RECEIVER: given the state of the receiver, corrects what the probes are told.
keep_step() {
  local listed='' reason
  if [ "$1" = ON ]; then
    disconnected_at=
    case $replication_state in
    waiting) replication following ;;
    'cut off: '* | 'out of step: '*)
      log "connected to the master again"
      replication following
      ;;
    esac
    # Whom to ask when the list can't be read any more.
    ((SECONDS - step_seen_at < 30)) || {
      step_seen_at=$SECONDS
      list_peers || :
    }
    return
  fi
  case $replication_state in
  following | waiting | 'cut off: '* | 'out of step: '*) ;;
  *) return ;;
  esac
  : "${disconnected_at:=$SECONDS}"
  # A master that restarts is back before this.
  ((SECONDS - disconnected_at >= 3 && SECONDS - step_seen_at >= 3)) || return 0
  if list_peers; then listed=yes; fi
  read_passwords
  reason=$(ask_all "${peers[@]}" | out_of_step "$listed" $((SECONDS - disconnected_at)) "${MYSQL_MAX_LAG_SECONDS:-30}")
  step_seen_at=$SECONDS
  [ -z "$reason" ] || [ "$reason" = "$replication_state" ] || log "$reason"
  replication "${reason:-waiting}"
}
