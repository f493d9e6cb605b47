#!/usr/bin/env bash
# Tests what happens to the cluster between its first `up` and its `clean`, faults included, in a sandbox.
#
# Usage: lifecycle.sh <path of the command `embedded`>
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
if [[ ${1:-} != --inside ]]; then
  # The sandbox has no network to make tools and images with.
  if [[ ! -d /var/lib/k8s-web/registry ]]; then
    echo "lifecycle.sh: needs the images of a cluster that is up. Next: make cluster-up" >&2
    exit 1
  fi
  exec "$here/sandbox.sh" "$0" --inside "$(realpath "$1")"
fi
readonly embedded=$2
cd "$here/../../.."

readonly state=/var/lib/k8s-web
work=$(mktemp -d)
readonly work

# A killed process holds its mounts for a moment longer.
unmount_all() { awk -v below="^$state/" '$2 ~ below { print $2 }' /proc/mounts | tac | xargs --no-run-if-empty umount 2>/dev/null; }
no_pod_devices() { ! ip -o link show type veth | grep -q .; }
step() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }
fail() {
  echo "FAILED: $1" >&2
  "$embedded" status >&2 || true
  exit 1
}
pid_of() { sed -E 's/.*"pid":([0-9]+).*/\1/' "$state/run/pids/$1"; }

# eventually <seconds> <what is waited for> <command>...
eventually() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) || fail "not in time: $what"
    sleep 0.2
  done
}
healthy() { "$embedded" status >"$work/status" 2>&1; }
quick_up() {
  local before after
  before=$(date +%s%3N)
  "$embedded" up >"$work/quick" 2>&1 || { cat "$work/quick"; fail "up"; }
  after=$(date +%s%3N)
  echo "up with nothing to do: $((after - before)) ms"
  ((after - before < 2000)) || fail "up with nothing to do takes long: $(cat "$work/quick")"
}
kubectl() { (eval "$("$embedded" env)" && command kubectl "$@"); }
pod_field() { kubectl get pods -l "name=${2:-keeper}" -o "jsonpath={.items[0].$1}"; }
pod_runs() { [[ $(pod_field 'status.containerStatuses[0].ready' "$@" 2>/dev/null) == true ]]; }
pod_reads() { kubectl exec "$(pod_field metadata.name)" -- cat "$1"; }
# The pod has written a word into its own volume and one into the data directory.
data_is_there() { [[ $(pod_reads /own/word) == first && $(cat /root/k8s/keeper/word) == first ]]; }
# The processes of the cluster: the supervisor and what it started, shims, and all in the cluster's cgroups.
ours() {
  pgrep -f "supervise $state|hold embedded-|$state/|containerd-shim|/kube-|/kubelet" || true
  find /sys/fs/cgroup -path '*/k8s-web/*' -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u
}
# Again until none is left: one that is being killed may just have started another.
none_of_ours() {
  local processes
  mapfile -t processes < <(ours)
  [[ ${#processes[@]} == 0 ]] || { kill -9 "${processes[@]}" 2>/dev/null || true; return 1; }
}
kill_all() { eventually 20 "all processes are dead" none_of_ours; }
nothing_runs() {
  [[ -z $(ours) ]] || fail "still running: $(ours | xargs ps -o pid,args -p)"
  ! grep -q " $state/" /proc/mounts || fail "still mounted: $(grep " $state/" /proc/mounts)"
  ! ip -o link | grep -q k8sweb || fail "a network device is left"
}

snapshot() { PATH=$tools_path LD_LIBRARY_PATH=$tools_libraries "$here/snapshot.sh"; }
# The packet filter tools are not the machine's own.
sysroot=$(dirname "$(dirname "$(find "${XDG_CACHE_HOME:-$HOME/.cache}/k8s-web/tools" -path '*/usr/sbin/ipset' | head -1)")")
tools_path=$(find "${XDG_CACHE_HOME:-$HOME/.cache}/k8s-web/tools" -path '*/sbin/iptables-save' -printf '%h\n' | head -1):$sysroot/sbin:$PATH
tools_libraries=$sysroot/lib/$(uname -m)-linux-gnu

step "the machine before"
rm -rf /root/k8s
snapshot >"$work/before"

step "who is not root is told so"
if setpriv --reuid 65534 --clear-groups "$embedded" up 2>"$work/error"; then fail "up without root"; fi
grep -q "needs root" "$work/error" || fail "unclear: $(cat "$work/error")"

step "a port that is taken is named, with its owner"
node -e 'require("net").createServer().listen(5000, "127.0.0.1")' &
intruder=$!
eventually 10 "the intruder listens" grep -q ':1388 00000000:0000 0A' /proc/net/tcp
if "$embedded" up 2>"$work/error"; then fail "up with a taken port"; fi
cat "$work/error"
grep -q "127.0.0.1:5000.*docker-registry.*pid $intruder (node" "$work/error" || fail "the message names no owner"
kill "$intruder"
wait "$intruder" || true

step "addresses that are in use are named, with what uses them"
ip link add lan0 type veth
ip link set lan0 up
ip addr add 10.98.3.1/24 dev lan0
if "$embedded" up 2>"$work/error"; then fail "up with addresses in use"; fi
cat "$work/error"
grep -q "10.98.3.0/24 on lan0" "$work/error" || fail "the message does not name what is in the way"
ip link delete lan0

step "up is killed half way, and then everything else too"
"$embedded" up 2>"$work/half" &
victim=$!
eventually 60 "etcd has started" grep -q "etcd is healthy" "$work/half"
kill -9 "$victim"
wait "$victim" || true
"$embedded" up
kill_all

step "two at once do not get in each other's way"
"$embedded" up &
first=$!
"$embedded" up
wait "$first" || fail "the first of two"
(($(pgrep -fc "supervise $state") == 1)) || fail "there are two supervisors"
quick_up
healthy || fail "not healthy: $(cat "$work/status")"

step "a pod that keeps data"
kubectl apply -f "$here/keeper.yaml"
eventually 120 "the pod is ready" pod_runs
data_is_there || fail "the pod has not written"
name=$(pod_field metadata.name)

step "a killed component is started again, pods do not notice"
for component in etcd containerd kube-apiserver metrics-server kubelet kube-proxy kube-router docker-registry buildkitd; do
  kill -9 "$(pid_of "$component")"
done
eventually 90 "all components are healthy again" healthy
[[ $(pod_field 'status.containerStatuses[0].restartCount') == 0 ]] || fail "the pod was restarted"

step "the supervisor is killed, up picks up, pods do not notice"
kill -9 "$(pid_of supervisor)"
"$embedded" up
eventually 60 "all is healthy again" healthy
[[ $(pod_field 'status.containerStatuses[0].restartCount') == 0 ]] || fail "the pod was restarted"

step "everything is killed, pods too, as when the power fails"
kill_all
"$embedded" up
eventually 120 "the pod is ready again" pod_runs
data_is_there || fail "data lost"

step "the machine is restarted"
kill_all
eventually 20 "nothing is mounted" unmount_all
ip link delete k8sweb-node
ip link delete k8sweb-pods
# They go with the pods' network namespaces, which the kernel clears away in its own time.
eventually 20 "no pod has a network device" no_pod_devices
find /run -mindepth 1 -delete
echo another >"$state/boot"
"$embedded" up
eventually 120 "the pod is ready again" pod_runs
data_is_there || fail "data lost"

step "a network policy is enforced"
kubectl apply -f "$here/guarded.yaml"
eventually 60 "the guarded pod is ready" pod_runs guarded
reached() { kubectl exec "$(pod_field metadata.name)" -- timeout 2 bash -c "exec 3<>/dev/tcp/$(pod_field status.podIP guarded)/8080" 2>/dev/null; }
shut_out() { ! reached; }
eventually 30 "the guarded pod is out of reach" shut_out
kubectl delete networkpolicy guarded
eventually 30 "without the policy, it is in reach" reached
kubectl apply -f "$here/guarded.yaml"
eventually 30 "the guarded pod is out of reach again" shut_out

step "down and up keep data and the pod's own volume"
"$embedded" down
nothing_runs
"$embedded" down
"$embedded" up
# At once: that the pod was ready before says nothing.
data_is_there || fail "data lost"
[[ $(pod_field metadata.name) == "$name" ]] || fail "the pod is another one"
eventually 60 "all is healthy" healthy
eventually 30 "the guarded pod is out of reach after down and up" shut_out
kubectl delete -f "$here/guarded.yaml"

step "down after the supervisor was killed"
kill -9 "$(pid_of supervisor)"
"$embedded" down
nothing_runs

step "a second node has directories of its own, and keeps them when it is lost or stopped"
readonly other=$state/nodes/embedded-2
second_keeps_data() {
  [[ $(kubectl exec "$(pod_field metadata.name second)" -- cat /own/word /data/word | uniq) == first && $(cat "$other/k8s/second/word") == first && ! -e /root/k8s/second ]]
}
second_is_lost() { ! healthy && grep -q "embedded-2/supervisor .*does not run" "$work/status"; }
# A node of which nothing is known is listed too.
use_is_known() { [[ $(kubectl top nodes --no-headers 2>/dev/null | grep -vc unknown) == 2 ]] && kubectl top pods | grep -q second; }
second_is_ready() { kubectl wait --for=condition=Ready --timeout=60s node/embedded-2 >/dev/null; }
"$embedded" up
before=$(pid_of kubelet)
"$embedded" up --nodes 2
sed 's/keeper/second/g; s/terminationGracePeriodSeconds.*/&\n      nodeSelector: { kubernetes.io\/hostname: embedded-2 }/' "$here/keeper.yaml" | kubectl apply -f -
eventually 120 "the pod on the second node is ready" pod_runs second
second_keeps_data || fail "the pod on the second node has not written"
eventually 90 "what both nodes and their pods use is measured" use_is_known
kill -9 "$(pgrep -f 'hold embedded-2')"
eventually 20 "a lost node is seen" second_is_lost
"$embedded" up
second_is_ready || fail "the second node is not ready"
eventually 60 "the pod on the second node is back, with its data" second_keeps_data
eventually 60 "all is healthy" healthy
kill -9 "$(pgrep -f 'supervise .*embedded-2')"
eventually 60 "the second node's supervisor is back" healthy
[[ $(pod_field 'status.containerStatuses[0].restartCount' second) == 1 ]] || fail "the pod was restarted"
[[ $(pid_of kubelet) == "$before" ]] || fail "the first node's kubelet was restarted"
quick_up
if "$embedded" up --nodes 1 2>"$work/error"; then fail "a node with data is gone"; fi
grep -q "Next: embedded node remove embedded-2" "$work/error" || fail "unclear: $(cat "$work/error")"
"$embedded" down
nothing_runs
"$embedded" up
eventually 60 "all is healthy" healthy
second_keeps_data || fail "data lost"

step "a node is removed without a trace, not by mistake"
joined() { { snapshot_filter && ip route; } | grep -E 'K8SWEB|10\.97\.128\.'; }
snapshot_filter() { PATH=$tools_path LD_LIBRARY_PATH=$tools_libraries nft list ruleset 2>/dev/null; }
joined >/dev/null || fail "the nodes are not joined"
if "$embedded" node remove embedded-2 2>"$work/error"; then fail "data is gone"; fi
grep -q "embedded-2/k8s/second/word.*--discard-data" "$work/error" || fail "unclear: $(cat "$work/error")"
kubectl delete rc second
"$embedded" node remove --discard-data embedded-2
[[ ! -e $state/nodes ]] || fail "a directory is left"
[[ $(kubectl get nodes -o name) == node/embedded ]] || fail "the API server still has the node"
if joined; then fail "rules or routes between nodes are left"; fi
eventually 60 "all is healthy" healthy

step "clean leaves nothing"
"$embedded" up
"$embedded" node add --taint k8s-web/test=lifecycle:NoSchedule
eventually 120 "the pod is ready again" pod_runs
"$embedded" clean --keep-cache
nothing_runs
snapshot >"$work/after"
# The registry's images were put there by the sandbox.
diff <(grep -v "^$state" "$work/before") <(grep -v "^$state" "$work/after") || fail "clean has left or changed something"
[[ ! -e $state && ! -e /root/k8s ]] || fail "clean has left a directory"

printf '\nAll passed in %d s.\n' "$SECONDS"
