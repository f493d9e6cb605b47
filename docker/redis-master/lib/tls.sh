# shellcheck shell=sh
# The server's certificate, which may be renewed while it runs.
#
# The files follow the Secret. A connection keeps the certificate that it was made with.
tls=/run/secrets/tls

# certificate: all that belongs to it. Fails unless all can be read.
certificate() { cat "$tls/ca.crt" "$tls/tls.crt" "$tls/tls.key" 2>/dev/null; }

# load_certificate: before the server reads the files, so that a change in between is seen.
load_certificate() {
  loaded=$(certificate) || die "ca.crt, tls.crt and tls.key cannot all be read in $tls: the pod has to mount its certificate there"
}

# follow_certificate: hands a renewed one to the server, for connections from then on. Should the files have changed
# half-way, it keeps the one that it has, and the next look tries again.
follow_certificate() {
  found=$(certificate) || return 0
  [ "$found" != "$loaded" ] || return 0
  order self CONFIG SET tls-ca-cert-file "$tls/ca.crt" tls-cert-file "$tls/tls.crt" tls-key-file "$tls/tls.key" || return 0
  loaded=$found
  log "new connections get the renewed certificate"
}
