# shellcheck shell=bash
# Whether the master's data is what it should be, or another server has it. Uses server.sh, peers.sh and clone.sh.
# shellcheck source=SCRIPTDIR/peers.sh disable=SC2154
#
# A slave's own transactions (those with its own UUID) are no reason for anything: a slave takes no writes from clients.

# Seconds from the start during which slaves may still get their addresses, after a restart of a node.
observation=10
# Seconds that servers which do not answer are waited for: by a master that needs all of them, and by one that does not.
patience=120
short_patience=30
# And by one that has data already: a new pod is refused until the node's network policies know it.
first_patience=5
# What was seen when the data was chosen: the lines of all servers. The data must have it all.
seen=
# What MYSQL_RECOVERY may be, and `present`: with the servers that answer soon.
recovery=${MYSQL_RECOVERY:-complete}

# obstacle MODE WAITED: of peers' lines on standard input, prints why nothing can be decided yet; nothing if it can.
obstacle() {
  local name read_only reason silent=
  while IFS='|' read -r name read_only reason _; do
    [ -n "$name" ] || continue
    case $read_only in
    0)
      echo "$name takes writes, and there can be one master only"
      return
      ;;
    '') silent+="${silent:+; }$name does not answer: $reason" ;;
    esac
  done
  case $1 in
  complete) ;;
  available) (($2 >= short_patience)) && return ;;
  present) (($2 >= first_patience)) && return ;;
  esac
  echo "$silent"
}

# all_empty: whether the peers' lines on standard input show no transaction at all.
all_empty() {
  local executed received
  while IFS='|' read -r _ _ _ _ executed received; do
    [ -z "$executed$received" ] || return 1
  done
}

# compare: computes with the running server, for peers' lines on standard input, lines "NAME|DATA|PENDING|OWN|LACKS":
# whether it has data, whether it has received what it has not applied, its own transactions, and what it lacks of others.
compare() {
  local name read_only uuid executed received rows=
  while IFS='|' read -r name read_only uuid _ executed received; do
    [ -n "$read_only" ] || continue
    rows+="${rows:+ UNION ALL }SELECT $(quote_string "$name") AS name, $(quote_string "$uuid") AS uuid,
      $(quote_string "$executed") AS executed, $(quote_string "$received") AS received"
  done
  [ -n "$rows" ] || return 0
  sql --raw <<SQL
SET SESSION group_concat_max_len = 1000000;
WITH told AS ($rows),
  server AS (SELECT name, executed, received, CONCAT(uuid, ':1-9223372036854775806') AS own,
    GTID_SUBTRACT(CONCAT(executed, ',', received), CONCAT(uuid, ':1-9223372036854775806')) AS needed FROM told)
SELECT CONCAT_WS('|', one.name, one.needed <> '', NOT GTID_SUBSET(one.received, one.executed),
  REPLACE(GTID_SUBTRACT(one.executed, GTID_SUBTRACT(one.executed, one.own)), '\n', ''),
  COALESCE((SELECT GROUP_CONCAT(CONCAT(one.name, ' lacks ',
      REPLACE(GTID_SUBTRACT(other.needed, one.executed), '\n', ''), ' of ', other.name) SEPARATOR '; ')
    FROM server AS other WHERE NOT GTID_SUBSET(other.needed, one.executed)), '')) FROM server AS one;
SQL
}

# choose: of the lines of compare on standard input, prints "none", "from NAME" for the server that has all there is,
# "wait REASON", or "differ LACKS".
choose() {
  local name has_data pending own lacks all='' all_own='' some='' waiting='' differences=''
  while IFS='|' read -r name has_data pending own lacks; do
    [ "$has_data" = 1 ] || continue
    some=yes
    if [ -z "$lacks" ]; then
      # The first, but rather one whose own transactions would not come along.
      if [ -z "$all" ] || { [ -n "$all_own" ] && [ -z "$own" ]; }; then
        all=$name all_own=$own
      fi
    else
      differences+="${differences:+; }$lacks"
    fi
    [ "$pending" = 0 ] || waiting+="${waiting:+; }$name is applying what it has received"
  done
  if [ -z "$some" ]; then
    echo none
  elif [ -n "$all" ]; then
    echo "from $all"
  elif [ -n "$waiting" ]; then
    echo "wait $waiting"
  else
    echo "differ $differences"
  fi
}

# consult MODE [LINE]: asks the peers until it is clear who has all the data, counting LINE among them, and sets choice
# to "none" or to the name of that server. Ends when it does not become clear.
consult() {
  local mode=$1 here=${2-} since=$SECONDS lines answers before='' problem verdict remedy
  while :; do
    read_passwords
    remedy="If its data can be given up, delete the pod that does not answer, or let the master go on with what the others have: pulumi config set masterRecovery available"
    if ! list_peers && { [ "$mode" != present ] || ((SECONDS - since < first_patience)); }; then
      problem="$peers_error"
      remedy="The setting masterRecovery does not help here: without the list nobody can be asked"
    else
      lines=$(ask_all "${peers[@]}")
      problem=$(obstacle "$mode" $((SECONDS - since)) <<<"$lines")
      if [ -z "$problem" ] && { [ "$mode" = present ] || ((SECONDS >= observation)); }; then
        answers=${here:+$here$'\n'}$lines
        if all_empty <<<"$answers"; then
          verdict=none
        else
          [ -n "$mysqld_pid" ] || start_scratch
          verdict=$(compare <<<"$answers" | choose)
        fi
        case $verdict in
        none)
          choice=none
          return
          ;;
        from\ *)
          choice=${verdict#from }
          seen=$answers
          return
          ;;
        wait\ *)
          problem=${verdict#wait }
          # However long that takes, while it goes on.
          [ "$answers" = "$before" ] || since=$SECONDS
          before=$answers
          ;;
        differ\ *)
          die "no server has all transactions: ${verdict#differ }. Delete the pods whose transactions can be given up; the setting masterRecovery does not choose between them. Nothing was changed"
          ;;
        *) problem="the GTID sets could not be compared" ;;
        esac
      fi
    fi
    [ -z "$problem" ] || {
      log_waiting "waiting to know who has the data: $problem"
      ((SECONDS - since < patience)) ||
        die "cannot tell whether other servers have the data: $problem. $remedy. Nothing was changed"
    }
    pause 1
  done
}

# An empty server to clone with, in which nobody gets in.
start_scratch() {
  start_mysqld --datadir="$scratch" --skip-networking "${pod_options[@]}" || die_at_start $?
}

# replace_data NAME: puts a clone of a peer in the place of the data, which is kept aside. Stops the server that runs.
replace_data() {
  local aside
  clone_from "$1" "$port" || die "$1 could not be cloned; nothing was changed"
  stop_mysqld
  if [ -e "$data" ]; then
    aside=$(unused_damaged)
    mv -T "$data" "$aside" || die "$data could not be renamed to $aside"
    log "the data that was here is kept in $aside; delete it when it is not wanted"
  fi
  adopt "$copy"
}

# For a volume without complete data: takes it from the slave that has all there is, or starts anew if none has any.
recover() {
  scratch=$volume/work.scratch
  phase recovering
  if [ -e "$data" ]; then
    log "$data lacks mysql.ibd or ibdata1: looking for its data on the slaves"
  else
    log "$volume is empty: initialising, and looking for data on the slaves"
  fi
  initialise "$scratch"
  consult "$recovery"
  if [ "$choice" != none ]; then
    log "taking the data from the slave $choice, which has all there is"
    replace_data "$choice"
  elif [ -e "$data" ]; then
    rm -rf "$scratch"
    die "$data lacks mysql.ibd or ibdata1, so it is no complete data directory, and no slave has its data: restore it, or move it away to start anew. Nothing was changed"
  elif [ -e "$volume/damaged" ]; then
    rm -rf "$scratch"
    die "there is no $data and no slave has data, but $volume/damaged is there: rename it to data, or move it away to start anew. Nothing was changed"
  else
    stop_mysqld
    adopt "$scratch"
    log "initialised: no slave has data"
  fi
  rm -rf "$scratch"
}

# Whether the data of the running server can be served. If it is older than a slave's, it is replaced by a clone, and the
# server is stopped; nobody is waited for long who does not answer.
up_to_date() {
  local executed here
  # A clone of a slave has its channel.
  sql --execute="RESET REPLICA ALL" || die "the settings of a slave could not be removed"
  executed=$(query "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')") || die "the data's GTID set could not be read"
  # The UUID is nobody's, so all transactions count.
  here="here|1|00000000-0000-0000-0000-000000000000||$executed|"
  [ -z "$seen" ] || [ "$(compare <<<"$here"$'\n'"$seen" | choose)" = "from here" ] ||
    die "the clone lacks transactions: it has $executed; before it was made there were $seen"
  seen=
  consult present "$here"
  case $choice in
  none | here) return 0 ;;
  esac
  log "the data here is older than that of $choice, which has transactions that are missing here: replacing it"
  phase recovering
  replace_data "$choice"
  return 1
}
