# shellcheck shell=sh
# The other Redis pods of the stack.

# list_peers: the addresses of all Redis pods but this one in `peers`. Fails when this one is not listed: then the
# list is not current, or there is no answer from DNS.
list_peers() {
  found=$(timeout 3 getent ahostsv4 "$REDIS_PEERS" | awk '{ print $1 }' | sort -u)
  echo "$found" | grep -qxF "$POD_IP" || return 1
  peers=$(echo "$found" | grep -vxF "$POD_IP" || :)
}

# survey: a line for each other pod: its address and what it is.
survey() {
  for peer in $peers; do
    ask "$peer"
    echo "$peer $(describe)"
  done
}
