# shellcheck shell=sh
# What a master does that has no history: where its data comes from.

# Seconds from the container's start before which nobody is taken for the last: after a restart of a node, slaves get
# their addresses late.
patience=5
# Seconds after which a master that cannot tell gives up.
limit=120

# choose OWN MODE: from what the peers are (stdin), for a master whose own data are `keys` or `nothing`:
#   wait REASON         not to be decided yet
#   stop REASON         not to be decided here
#   new                 begin a history
#   take ADDRESS ID     copy the data of that slave
choose() {
  awk -v own="$1" -v mode="$2" '
    $2 == "master" { masters = masters " " $1 }
    $2 == "loading" { loading = loading " " $1 }
    $2 == "silent" { silent = silent " " $1 }
    $2 == "data" {
      if ($3 != "unnamed") named = named " " $1 " (history " $3 ")"
      if (!($3 in seen)) { seen[$3] = 1; histories++ }
      all = all " " $1 " (history " $3 ", run " $4 ", offset " $5 ")"
      if (best == "" || $4 > run || ($4 == run && $5 > offset)) { best = $1 " " $3; run = $4 + 0; offset = $5 + 0 }
    }
    END {
      if (masters != "") print "wait another master has not ended yet:" masters
      else if (loading != "") print "wait still loading its data:" loading
      else if (silent != "" && mode == "complete") print "wait no answer from:" silent
      else if (own == "keys" && named != "") print "stop /data holds keys without a history, but slaves have one:" named ". To serve what lies in /data, delete these pods: that gives their data up. To take their data, move /data/appendonlydir away. Then delete this pod"
      else if (own == "keys") print "new"
      else if (histories > 1) print "stop the slaves hold data of different histories:" all ". No value of masterRecovery can choose between them: delete the pods whose data is to be given up"
      else if (best != "") print "take " best
      else print "new"
    }'
}

# give_up REASON: how a master ends that cannot tell.
give_up() {
  die "$1, for $limit seconds. Slaves that do not answer may hold the only copy of the data. Make them answer, or delete their pods; or take what the others have: pulumi config set masterRecovery available"
}

# decide OWN: asks the peers until there is a decision, and keeps it in `decision`.
decide() {
  began=$(date +%s)
  reason=
  while :; do
    if list_peers; then
      decision=$(survey | choose "$1" "${REDIS_RECOVERY:-complete}")
    else
      decision="wait this pod's address $POD_IP is not in DNS under $REDIS_PEERS"
    fi
    now=$(date +%s)
    case $decision in
    stop*) die "${decision#stop }" ;;
    wait*)
      [ $((now - began)) -lt "$limit" ] || give_up "${decision#wait }"
      if [ "$decision" != "$reason" ]; then
        reason=$decision
        since=$(date -u +%T)
      fi
      state "not ready: no data yet; since $since: ${decision#wait }"
      ;;
    *) [ $((now - began)) -lt "$patience" ] || return 0 ;;
    esac
    sleep 0.5
  done
}

# copied ID: whether the copy of that history is complete, in memory and on the disk, by `answer`.
copied() {
  [ "$(field master_link_status) $(field master_sync_in_progress) $(field loading)" = "up 0 0" ] &&
    [ "$(field aof_enabled) $(field aof_rewrite_in_progress) $(field aof_rewrite_scheduled)" = "1 0 0" ] &&
    [ "$(field aof_last_bgrewrite_status)" = ok ] &&
    [ "$(describe | cut -d' ' -f2)" = "$1" ]
}

# take_from ADDRESS ID: copies a slave's data. Until the copy is complete the append-only file stays as it was, so one
# that is cut short is begun anew by the next start.
take_from() {
  state "not ready: taking the data of the slave $1 (history $2)"
  # A slave whose own master is away lets nobody copy. As a master it takes no writes, and follows again by itself.
  order "$1" REPLICAOF NO ONE || die "the slave $1 does not give its data: starting over"
  order self REPLICAOF "$1" 6379 || die "the data of the slave $1 cannot be taken: starting over"
  idle=0
  while :; do
    ask self
    ! copied "$2" || break
    # A copy that is under way takes as long as it takes.
    case "$(field loading)$(field master_sync_in_progress)$(field master_link_status)" in
    *1*|*up) idle=0 ;;
    *) idle=$((idle + 1)) ;;
    esac
    [ "$idle" -lt 75 ] || die "the copy from the slave $1 does not go on: starting over"
    sleep 0.2
  done
  order self REPLICAOF NO ONE || die "the copy from the slave $1 cannot be served: starting over"
}

# own_history: sets id and run of the data that the master is to serve, its own or a slave's; id is `unnamed` where a
# history is to begin.
own_history() {
  # shellcheck disable=SC2046
  set -- $(describe)
  case $1 in
  data) id=$2 run=$3 ;;
  *) id=unnamed run=0 ;;
  esac
  [ "$id" = unnamed ] || return 0
  if [ "$1" = empty ]; then decide nothing; else decide keys; fi
  # shellcheck disable=SC2086
  set -- $decision
  [ "$1" = take ] || return 0
  take_from "$2" "$3"
  # shellcheck disable=SC2046
  set -- $(describe)
  id=$2 run=$3
}

# settle: decides which history the master serves, and opens it.
settle() {
  own_history
  if [ "$id" = unnamed ]; then
    id=$(new_id)
    log "beginning the history $id"
  fi
  open_history "$id" $((run + 1)) || die "the history $id cannot be opened"
  log "serving the history $id, run $((run + 1))"
}
