# shellcheck shell=bash disable=SC2034
# The server's certificate, which may be renewed while it runs, and how those of others are verified. Uses the functions
# of server.sh.
#
# The files follow the Secret. A connection keeps the certificate that it was made with.
tls=/run/secrets/tls
certificate=

# How a client verifies who answers: at an address of a Service, that the certificate has it; at one of a pod, which no
# certificate has, that it is a server of the stack.
by_service=(--ssl-mode=VERIFY_IDENTITY --ssl-ca="$tls/ca.crt")
by_pod=(--ssl-mode=VERIFY_CA --ssl-ca="$tls/ca.crt")

# Sets certificate to all that belongs to it, or fails.
read_certificate() {
  local file content all=
  for file in ca.crt tls.crt tls.key; do
    content=
    IFS= read -r -d '' content 2>/dev/null <"$tls/$file"
    [ -n "$content" ] || return 1
    all+=$content
  done
  certificate=$all
}

# Before the server reads the files, so that a change in between is seen.
require_certificate() {
  read_certificate || die "ca.crt, tls.crt and tls.key cannot all be read in $tls: the pod has to mount its certificate there"
}

# Hands a renewed certificate to the server, for connections from then on. Should the files have changed half-way, it
# keeps the one that it has, and the next look tries again.
follow_certificate() {
  local before=$certificate
  read_certificate || return 0
  [ "$certificate" != "$before" ] || return 0
  if run sql --execute='ALTER INSTANCE RELOAD TLS'; then
    log "new connections get the renewed certificate"
  else
    log_waiting "ERROR: the renewed certificate could not be taken over; trying again"
    certificate=$before
  fi
}
