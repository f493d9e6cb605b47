# shellcheck shell=sh disable=SC2154
# Questions to servers. Each has a time limit, and the password goes by the environment.

# client SECONDS ADDRESS PORT ARGUMENT...: redis-cli with a server, for so many seconds at most. The own one, `self`, is asked at its
# socket; of any other it is verified that it is a server of the stack.
client() {
  if [ "$2" = self ]; then where="-s /run/redis/redis.sock"; else where="-h $2 -p $3 --tls --cacert $tls/ca.crt"; fi
  seconds=$1
  shift 3
  # shellcheck disable=SC2086
  REDISCLI_AUTH=$REDIS_PASSWORD timeout "$seconds" redis-cli $where "$@" 2>&1
}

# asked: the lines of an answer that somebody here asks for, and all that are no line of INFO. A shell takes milliseconds
# to find a field in the whole of INFO, and the entrypoints look for some each second.
asked() {
  awk '
    { sub(/\r$/, "") }
    !/^[a-z_]+[0-9]*:/ ||
      /^(role|loading|connected_slaves|slave[0-9]+|db[0-9]+|slave_repl_offset|master_repl_offset):/ ||
      /^(master_link_status|master_last_io_seconds_ago|master_sync_in_progress):/ ||
      /^aof_(enabled|rewrite_in_progress|rewrite_scheduled|last_bgrewrite_status|last_write_status):/'
}

# ask ADDRESS [PORT]: keeps what is to know of a server in `answer`; what does not answer has no role in it.
ask() {
  answer=$(
    printf '%s\n' "INFO replication persistence keyspace" "FCALL_RO history 0" "CONFIG GET min-replicas-to-write" |
      client 2 "$1" "${2-6379}" | asked
  )
}

# order ADDRESS COMMAND...: fails, with a message, unless the answer is OK. What stands on standard input is the last
# argument, if the command begins with -x.
order() {
  whom=$1
  shift
  reply=$(client 5 "$whom" 6379 "$@")
  [ "$reply" = OK ] || {
    log "$* at $whom: ${reply:-no answer}"
    return 1
  }
}

newline='
'

# field NAME: of the answer in `answer`. Without a process: the entrypoints ask each second.
field() {
  rest=$newline$answer
  case $rest in
  *"$newline$1:"*)
    rest=${rest#*"$newline$1:"}
    echo "${rest%%"$newline"*}"
    ;;
  esac
}

# slave_follows: whether the server of `answer` has a slave that is in sync.
slave_follows() { echo "$answer" | grep -q '^slave[0-9]*:.*,state=online'; }

# slaves_needed: how many slaves must follow for the server of `answer` to take writes; nothing when it did not say.
slaves_needed() {
  case $answer in
  *"min-replicas-to-write$newline"*)
    rest=${answer##*"min-replicas-to-write$newline"}
    echo "${rest%%"$newline"*}"
    ;;
  esac
}

# describe: what the server of `answer` is, in words of one line:
#   silent                it did not answer, or not everything
#   loading               it reads its data from the disk
#   master ID RUN         it takes writes
#   empty                 it has no keys and no history
#   data ID RUN OFFSET    it has data and takes no writes; ID is `unnamed` for keys without a history
describe() {
  echo "$answer" | awk -F: -v needed="$(slaves_needed)" '
    $1 == "role" { role = $2 }
    $1 == "loading" { loading = $2 }
    $1 == "slave_repl_offset" { slave = $2 }
    $1 == "master_repl_offset" { master = $2 }
    /^db[0-9]+:keys=/ { keys = 1 }
    /^[0-9a-f]+ [0-9]+$/ { id = $0; known = 1 }
    /^ERR Function not found/ { known = 1 }
    END {
      if (loading == 1) print "loading"
      else if (role == "" || !known || needed == "") print "silent"
      else {
        if (id == "" && keys) id = "unnamed 0"
        if (role == "master" && needed != 2147483647) print id == "" ? "master none 0" : "master " id
        else if (id == "") print "empty"
        else print "data", id, role == "slave" ? slave : master
      }
    }'
}

# await_loaded: until the own server has read its data, with its `answer`.
await_loaded() {
  state "not ready: loading the data"
  while :; do
    ask self
    case $(describe) in
    silent | loading) sleep 0.2 ;;
    *) return ;;
    esac
  done
}
