#!/usr/bin/env bash
# Prints what a cluster can leave behind on a machine, sorted, to be compared with `diff`.
set -euo pipefail

# All lines without a match; that there are none is fine.
without() { grep -vE "$1" || [[ $? == 1 ]]; }

# What counts events and use, and what belongs to one network device or another program, changes by itself.
readonly volatile='^(fs\.(aio-nr|file-nr|inode-nr|inode-state|dentry-state|quota\.)|kernel\.(ns_last_pid|random\.|pty\.nr|perf_|sched_|keys\.)|net\.netfilter\.nf_conntrack_count|net\.ipv[46]\.route\.|net\.ipv[46]\.neigh\.default\.gc_)'

echo "== processes"
ps -eo args= | without '^(ps|bash|sort|grep|/usr/bin/env|node|go|sudo|\[)' | sort
echo "== mounts"
awk '{ print $1, $2, $3 }' /proc/self/mounts | sort
echo "== network devices and addresses"
ip -o addr | awk '{ print $2, $3, $4 }' | sort
ip -o link | awk '{ print $2 }' | sort
ip route
echo "== packet filter"
for program in iptables ip6tables; do
  "$program-save" | without '^#' | sed 's/\[[0-9:]*\]//'
done
nft list ruleset
ipset list | sort
echo "== kernel settings"
# Some settings can only be written.
(sysctl -a 2>/dev/null || true) | without "$volatile" | sort
echo "== listeners"
awk 'FNR > 1 && $4 == "0A" { print $2 }' /proc/net/tcp /proc/net/tcp6 | sort
echo "== cgroups"
find /sys/fs/cgroup -mindepth 1 -type d | sort
echo "== files"
for directory in /run /var/lib /var/log /opt /etc/cni /root; do
  [[ -e $directory ]] || continue
  find "$directory" -xdev \
    \( -path /root/.cache -o -path /root/go -o -path /root/.npm -o -path '*/__pycache__' \) -prune -o -print | sort
done
