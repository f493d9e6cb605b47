#!/bin/sh
# Starts nginx. IPv6 is listened on only where the kernel has it: nginx does not start otherwise.
set -eu

# A drain that ended with this container alone is over.
rm -f /tmp/draining

{
    echo 'listen 80 default_server;'
    if [ -e /proc/net/if_inet6 ]; then
        echo 'listen [::]:80 default_server;'
    fi
} >/tmp/listen.conf

exec nginx -e stderr "$@"
