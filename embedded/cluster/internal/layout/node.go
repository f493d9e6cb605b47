package layout

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// Node is a machine of the cluster by its number. The first is this machine. Each other one is a set of namespaces on it,
// in which directories of its own lie at the places where the first node has its.
type Node int

const (
	FirstNode Node = 1
	// MaxNodes is how many ranges of addresses there are.
	MaxNodes = 8
)

// Name is what the API server calls the node.
func (n Node) Name() string {
	if n == FirstNode {
		return NodeName
	}
	return fmt.Sprintf("%s-%d", NodeName, n)
}

// ParseNode finds a node by its name.
func ParseNode(name string) (Node, error) {
	if name == NodeName {
		return FirstNode, nil
	}
	suffix, found := strings.CutPrefix(name, NodeName+"-")
	number, err := strconv.Atoi(suffix)
	if !found || err != nil || number <= int(FirstNode) || number > MaxNodes {
		return 0, fmt.Errorf("%q is no node's name: they are %s, %s-2 and so on up to %s-%d", name, NodeName, NodeName, NodeName, MaxNodes)
	}
	return Node(number), nil
}

// Home holds, on this machine, all that a node other than the first has of its own.
func (n Node) Home() string { return Path("nodes", n.Name()) }

// Own are the directories that a node has of its own: the place where it sees each, and the name below Home. The state
// directory comes last: once it is in its place, the others cannot be reached any more.
var Own = []struct{ Place, Name string }{
	{DataRoot, "k8s"},
	{"/var/lib/kubelet", "kubelet"},
	{"/var/lib/cni", "cni"},
	{"/var/log/containers", "containers"},
	{StateDir, "state"},
}

// Data is where the stack's data on the node lies, as seen from this machine.
func (n Node) Data() string {
	if n == FirstNode {
		return DataRoot
	}
	return filepath.Join(n.Home(), "k8s")
}

// Seen is where a path below the node's state directory lies as seen from this machine.
func (n Node) Seen(path string) string {
	if n == FirstNode {
		return path
	}
	return filepath.Join(n.Home(), "state", strings.TrimPrefix(path, StateDir))
}

// SpecFile says what the node's supervisor runs; its name, which the node sees in its own state directory, tells the
// supervisors apart in a list of processes.
func (n Node) SpecFile() string {
	if n == FirstNode {
		return SpecFile
	}
	return Path("supervisor-" + n.Name() + ".json")
}

// Cgroup is the parent of the cgroups of the node's pods.
func (n Node) Cgroup() string {
	if n == FirstNode {
		return CgroupName
	}
	return CgroupName + "/" + n.Name()
}

// Address is the node's own.
func (n Network) Address(node Node) netip.Addr {
	octets := n.Node.As4()
	octets[3] = byte(node)
	return netip.AddrFrom4(octets)
}

// PodsOf is the range of a node's pods. The first has the lower half of `A.B`, the others sixteenths of it.
func (n Network) PodsOf(node Node) netip.Prefix {
	if node == FirstNode {
		return n.Pods
	}
	octets := n.Others().Addr().As4()
	octets[2] += byte(node-FirstNode-1) << 4
	return netip.PrefixFrom(netip.AddrFrom4(octets), 20)
}

// Cluster holds all nodes and all pods.
func (n Network) Cluster() netip.Prefix {
	return netip.PrefixFrom(n.Pods.Addr(), 16)
}

// Others is the upper half of Cluster, which holds the nodes other than the first and their pods.
func (n Network) Others() netip.Prefix {
	octets := n.Pods.Addr().As4()
	octets[2] = 128
	return netip.PrefixFrom(netip.AddrFrom4(octets), 17)
}
