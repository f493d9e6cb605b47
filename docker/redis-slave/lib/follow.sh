# shellcheck shell=sh
# What the slave's entrypoint does beside the server: which history it follows, and whether it is in sync.

# Written when the data of a first synchronisation is also in the append-only file: from then on the slave has it after
# a restart too.
synchronised=/data/.synchronised
# Seconds without a word from the master after which a slave does not hear it.
max_silence=10

# word NUMBER TEXT
word() { echo "$2" | cut -d' ' -f"$1"; }

# may_follow OWN MASTER: the history to follow, nothing when there is none. OWN and MASTER are in the words of
# `describe`. Data is only followed by the same history; a slave without data takes any.
may_follow() {
  case "$1+$2" in
  data*) word 2 "$1" ;;
  "empty+master none "*) ;;
  "empty+master "*) word 2 "$2" ;;
  esac
}

# contradicts OWN MASTER: whether the master takes writes on another history, or none, than this slave's data.
contradicts() {
  case "$1+$2" in
  "data "*"+master "*) [ "$(word 2 "$1")" != "$(word 2 "$2")" ] ;;
  *) return 1 ;;
  esac
}

# linked: whether the slave of `answer` hears its master. A link to a server that went silently is up for a minute.
linked() {
  [ "$(field role) $(field master_link_status)" = "slave up" ] &&
    [ "$(field master_last_io_seconds_ago)" -le "$max_silence" ]
}

# in_sync WRITING: the state of a slave that hears the master. WRITING is 00 unless the append-only file is being
# written anew.
in_sync() {
  if [ -e "$synchronised" ]; then
    echo "ready: in sync"
  elif [ "$1" != 00 ]; then
    echo "not ready: writing the master's data to the append-only file"
  else
    touch "$synchronised" && echo "ready: in sync"
  fi
}

# cut_off OWN MASTER OTHERS: the state of a slave that does not hear the master. OTHERS is what the others are to it:
# `ahead WHY` when one may have writes that it lacks, `even` when none has, `unheard` when neither DNS nor any pod answers.
cut_off() {
  if contradicts "$1" "$2"; then
    echo "not ready: not following, the master has another history"
  elif [ ! -e "$synchronised" ]; then
    echo "not ready: never synchronised with the master"
  else
    case $3 in
    ahead*) echo "not ready: no link to the master, which ${3#ahead }" ;;
    unheard) echo "not ready: cut off, nobody answers" ;;
    *) echo "ready: no slave has a link to the master" ;;
    esac
  fi
}

# by_master: sets `others` by the `answer` of the master. One that has just come back takes no writes before a slave
# follows it: until then all are as good as this one, and without them nobody could read.
by_master() {
  if slave_follows; then
    others="ahead another slave has"
  elif [ "$(slaves_needed)" = 0 ]; then
    others="ahead takes writes without a slave"
  else
    others=even
  fi
}

# by_peers: sets `others` by what the other pods say of a master that does not answer. The list of the last time serves
# when DNS is away.
by_peers() {
  if list_peers; then others=even; else others=unheard; fi
  for peer in $peers; do
    ask "$peer"
    if linked; then
      others="ahead the slave $peer has"
      return
    fi
    [ -z "$(field role)" ] || others=even
  done
}

# login HISTORY: with which account the server connects to the master from now on.
login() {
  [ "$1" != "$account" ] || return 0
  order self CONFIG SET masteruser "$(follower "$1")" || return 0
  account=$1
  log "following the history $1"
}

# warn_of OWN MASTER: every 30 seconds, what a person has to know about a slave that does not follow.
warn_of() {
  now=$(date +%s)
  [ $((now - warned)) -ge 30 ] || return 0
  warned=$now
  log "WARNING: this slave keeps its data (history $(word 2 "$1")) and does not follow the master at $REDIS_MASTER_SERVICE_HOST (history $(word 2 "$2")). Restore the master's data, or delete this pod to give its data up"
}

# connect_to_master: gives an address to the server that it does not have yet, or it would keep its attempt.
connect_to_master() {
  order self REPLICAOF 127.0.0.1 1 &&
    order self REPLICAOF "$REDIS_MASTER_SERVICE_HOST" "$REDIS_MASTER_SERVICE_PORT"
}

# unanswered PORT FILE: whether a connection to that port waits for its first answer, by the kernel's table.
unanswered() {
  awk -v port="$(printf '%04X' "$1")" 'split($3, remote, ":") == 2 && remote[2] == port && $4 == "02" { found = 1 } END { exit !found }' "$2"
}

# without_link OWN: the state of a slave that has no link, after a look at the others.
without_link() {
  ask "$REDIS_MASTER_SERVICE_HOST" "$REDIS_MASTER_SERVICE_PORT"
  master=$(describe)
  history=$(may_follow "$1" "$master")
  [ -z "$history" ] || login "$history"
  if [ "$master" = silent ]; then by_peers; else by_master; fi
  if contradicts "$1" "$master"; then
    warn_of "$1" "$master"
  elif unanswered "$REDIS_MASTER_SERVICE_PORT" /proc/net/tcp; then
    # It went to a pod that is no more, and would wait for its answer for a minute.
    connect_to_master
  fi
  state "$(cut_off "$1" "$master" "$others")"
}

# A master that recovers has made this slave a master to copy its data, which takes no writes; nobody else does. When
# it has its copy and answers, or has ended without one, this one follows again.
give_data() {
  state "ready: gives its data to the master"
  if [ "$(field connected_slaves)" != 0 ]; then
    idle=0
    return
  fi
  idle=$((idle + 1))
  ask "$REDIS_MASTER_SERVICE_HOST" "$REDIS_MASTER_SERVICE_PORT"
  if [ "$idle" -ge 5 ] || [ "$(describe)" != silent ]; then
    order self REPLICAOF "$REDIS_MASTER_SERVICE_HOST" "$REDIS_MASTER_SERVICE_PORT" || :
  fi
}

watch_slave() {
  await_loaded
  peers=
  account=unknown
  idle=0 warned=0
  while :; do
    ask self
    own=$(describe)
    if linked && files_lost "$1"; then
      die "the append-only file in /data is gone: stopping, the next start takes the data from the master"
    fi
    case $own in
    silent) state "not ready: the server does not answer" ;;
    loading) state "not ready: loading the data" ;;
    *)
      if [ "$(field role)" = master ]; then
        give_data
      else
        idle=0
        if linked; then
          state "$(in_sync "$(field aof_rewrite_in_progress)$(field aof_rewrite_scheduled)")"
        else
          without_link "$own"
        fi
      fi
      ;;
    esac
    follow_certificate
    sleep 1
  done
}
