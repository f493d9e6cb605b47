# shellcheck shell=bash disable=SC2154
# How much of the binary logs is kept. Uses the variables and functions of server.sh.
binlog_max_mebibytes=${MYSQL_BINLOG_MAX_MEBIBYTES:-1024}
binlogs_seen_at=0
binlogs_kept_from=

# binlog_file_mebibytes TOTAL: how large one file may get, so that the total can be kept by deleting whole files.
binlog_file_mebibytes() {
  local size=$(($1 / 4))
  ((size >= 1)) || size=1
  ((size <= 100)) || size=100
  echo "$size"
}

# kept_from BYTES: of lines "size name" on standard input, oldest first, the first that is kept, so that the kept ones are
# no larger than BYTES. The last one is being written and always kept.
kept_from() {
  local sizes=() names=() size name total=0 i
  while read -r size name; do
    sizes+=("$size")
    names+=("$name")
  done
  for ((i = ${#names[@]} - 1; i >= 0; i--)); do
    ((total += sizes[i]))
    ((total <= $1 || i == ${#names[@]} - 1)) || break
    name=${names[i]}
  done
  echo "$name"
}

# Deletes the oldest binary logs beyond the limit, every 10 s. The sizes are read from the directory, for the server's own
# list of them waits while a commit waits for space on the disk. What a slave is being sent, MySQL keeps.
limit_binlogs() {
  local list oldest first
  ((SECONDS - binlogs_seen_at >= 10)) || return 0
  binlogs_seen_at=$SECONDS
  list=$(cd "$data" && stat --format='%s %n' binlog.[0-9]*) 2>/dev/null || return 0
  read -r _ oldest <<<"$list"
  first=$(kept_from $((binlog_max_mebibytes << 20)) <<<"$list")
  [ "$first" != "$oldest" ] || return 0
  [ "$first" = "$binlogs_kept_from" ] ||
    log "deleting binary logs before $first: they are limited to $binlog_max_mebibytes MiB"
  binlogs_kept_from=$first
  run sql --execute="PURGE BINARY LOGS TO '$first'"
}
