#!/usr/bin/env bash
# Runs a command on "another machine": with its own network, processes, mounts, cgroups, /run, /var/lib, /var/log and
# /root. What it breaks there does not touch a cluster that runs here; what it leaves goes with it.
#
# Usage: sandbox.sh <command> [argument]...
set -euo pipefail

readonly group=k8s-web-test-$$

if [[ ${1:-} != --inside ]]; then
  if [[ $EUID != 0 ]]; then
    echo "sandbox.sh: needs root, as the cluster does" >&2
    exit 1
  fi
  directory=$(mktemp -d /var/tmp/k8s-web-test.XXXXXX)
  mapfile -t hierarchies < <(awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts)
  # shellcheck disable=SC2317 # the trap calls it
  leave() {
    local hierarchy
    for hierarchy in "${hierarchies[@]}"; do
      echo $$ >"$hierarchy/cgroup.procs"
      find "$hierarchy/$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    rm -rf "$directory"
  }
  trap leave EXIT
  for hierarchy in "${hierarchies[@]}"; do
    mkdir "$hierarchy/$group"
    if [[ -e $hierarchy/cpuset.cpus && ! -e $hierarchy/cgroup.controllers ]]; then
      cat "$hierarchy/cpuset.cpus" >"$hierarchy/$group/cpuset.cpus"
      cat "$hierarchy/cpuset.mems" >"$hierarchy/$group/cpuset.mems"
    fi
    # A test that goes wild stays in here.
    if [[ -e $hierarchy/$group/pids.max ]]; then
      echo 2000 >"$hierarchy/$group/pids.max"
    fi
    echo $$ >"$hierarchy/$group/cgroup.procs"
  done
  # Not exec: the trap has to run afterwards.
  unshare --mount --net --ipc --pid --cgroup --fork --kill-child --mount-proc "$0" --inside "$directory" "$@"
  exit
fi

directory=$2
shift 2

# A cgroup namespace shows in mounts that are made inside it.
mapfile -t mounts < <(grep -E ' cgroup2? ' /proc/mounts)
for mount in "${mounts[@]}"; do
  read -r _ point kind options _ <<<"$mount"
  case $kind in
  cgroup2)
    umount "$point" && mount -t cgroup2 cgroup2 "$point"
    # Only a cgroup without processes can hand its controllers on.
    mkdir "$point/init"
    echo $$ >"$point/init/cgroup.procs"
    ;;
  cgroup)
    wanted=$(tr ',' '\n' <<<"$options" | grep -vxE 'rw|ro|nosuid|nodev|noexec|relatime|xattr|release_agent=.*' | paste -sd, -)
    umount "$point" && mount -t cgroup -o "$wanted" cgroup "$point"
    ;;
  esac
done

# The images that the running cluster has need no network to be made again.
mkdir -p "$directory"/{lib/k8s-web,log,root,work}
if [[ -d /var/lib/k8s-web/registry ]]; then
  cp -a /var/lib/k8s-web/{registry,images} "$directory/lib/k8s-web/"
fi
# Mounts of that cluster and others are none of this machine's. Pods come and go: one may be gone already.
awk '$2 ~ "^/(var/lib/k8s-web|run)/" { print $2 }' /proc/mounts | tac | xargs --no-run-if-empty umount --quiet || true
mount -t overlay overlay -o "lowerdir=/root,upperdir=$directory/root,workdir=$directory/work" /root
rm -rf /root/k8s
mount --bind "$directory/lib" /var/lib
mount --bind "$directory/log" /var/log
mount -t tmpfs tmpfs /run
ip link set lo up
sysctl --quiet --write net.ipv4.ip_forward=0 net.ipv4.conf.all.route_localnet=0

"$@"
