# shellcheck shell=sh
# Messages of the entrypoint, and the state that the readiness probe reads.

state_file=/run/redis/state

log() { echo "$(date -u +%FT%TZ) entrypoint: $*" >&2; }

die() {
  log "ERROR: $*"
  exit 1
}

require_env() {
  for name in "$@"; do
    eval "[ -n \"\${$name-}\" ]" || die "the environment variable $name is not set"
  done
}

# state TEXT: what the probe answers from now on. Ready is what begins with "ready:".
state() {
  [ "$1" != "${said-}" ] || return 0
  said=$1
  log "$1"
  echo "$1" >"$state_file.new" && mv "$state_file.new" "$state_file"
}
