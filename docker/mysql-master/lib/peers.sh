# shellcheck shell=bash disable=SC2034,SC2154
# The other servers of the stack: who they are, and what they have. Uses server.sh, passwords.sh and tls.sh.
#
# What a server says of itself is a line "NAME|READ_ONLY|UUID|CHANNEL|EXECUTED|RECEIVED"; NAME is its address, CHANNEL the
# state of its replication channel, the last two are GTID sets. READ_ONLY is empty when it did not answer, and UUID then
# the reason.
port=3306
peers=()
peers_error=

# other_addresses OWN: of the answer of `getent ahostsv4` on standard input, the addresses but OWN. Fails when OWN is
# not among them: the list is older than this pod.
other_addresses() {
  local address own=
  while read -r address; do
    if [ "$address" = "$1" ]; then own=yes; else echo "$address"; fi
  done < <(cut -d ' ' -f 1 | sort -u)
  [ -n "$own" ]
}

# Sets the array peers, or fails and sets peers_error.
list_peers() {
  local answer others
  answer=$(timeout 3 getent ahostsv4 "$MYSQL_PEERS") || {
    peers_error="the name $MYSQL_PEERS cannot be resolved"
    return 1
  }
  others=$(other_addresses "$POD_IP" <<<"$answer") || {
    peers_error="the addresses of $MYSQL_PEERS lack that of this pod, $POD_IP, so they are out of date"
    return 1
  }
  peers=()
  [ -z "$others" ] || mapfile -t peers <<<"$others"
}

# ask ADDRESS: prints the peer's line.
ask() {
  local answer
  if answer=$(MYSQL_PWD=$MYSQL_REPLICATION_PASSWORD timeout 4 mysql --no-defaults --batch --skip-column-names \
    --host="$1" --port="$port" --user="$MYSQL_REPLICATION_USER" "${by_pod[@]}" --connect-timeout=2 --execute="
      SELECT CONCAT_WS('|', @@GLOBAL.read_only, @@GLOBAL.server_uuid, COALESCE(MAX(SERVICE_STATE), ''),
        REPLACE(@@GLOBAL.gtid_executed, '\n', ''), COALESCE(REPLACE(MAX(RECEIVED_TRANSACTION_SET), '\n', ''), ''))
      FROM performance_schema.replication_connection_status" 2>&1); then
    echo "$1|$answer"
  else
    answer=${answer//$'\n'/ }
    echo "$1||${answer//|/ }"
  fi
}

# ask_all ADDRESS...: all at the same time; prints their lines.
ask_all() {
  local address line from=() fd
  for address in "$@"; do
    exec {fd}< <(ask "$address")
    from+=("$fd")
  done
  for fd in "${from[@]}"; do
    IFS= read -r line <&"$fd"
    exec {fd}<&-
    echo "$line"
  done
}
