#!/bin/sh
# For the preStop hook: answers for some more seconds, until the nodes' proxies know that the pod is going, and asks
# clients with each answer to go on elsewhere. One that would send its next request just as nginx closes loses it.
#
# Usage: dabanginx-drain <seconds>
set -eu

touch /tmp/draining
exec sleep "$1"
