#!/bin/sh
# Starts nginx. IPv6 is listened on only where the kernel has it: nginx does not start otherwise.
set -eu

# A drain that ended with this container alone is over.
rm -f /tmp/draining

{
    echo 'listen 80 default_server backlog=4096;'
    if [ -e /proc/net/if_inet6 ]; then
        echo 'listen [::]:80 default_server backlog=4096;'
    fi
} >/tmp/listen.conf

# nginx' own messages, as the rest of the logs is: JSON, without what follows a question mark.
errors=/tmp/errors
rm -f "$errors"
mkfifo "$errors"
LC_ALL=C sed -u -f /etc/nginx/errors.sed <"$errors" >&2 &

exec nginx -e stderr "$@" 2>"$errors"
