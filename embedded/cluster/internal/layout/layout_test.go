package layout

import (
	"net/netip"
	"testing"
)

func TestParseNetwork(t *testing.T) {
	n, err := ParseNetwork("10.140\n")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		n.Pods.String(): "10.140.0.0/17", n.Services.String(): "10.141.0.0/16", n.Node.String(): "10.140.255.1",
		n.DNS.String(): "10.141.0.10", n.API.String(): "10.141.0.1", n.APIServer(): "https://10.140.255.1:6443",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, wrong := range []string{"", "10", "10.", "10.256", "10.255", "127.1", "224.1", "10.1.2", "a.b"} {
		if _, err := ParseNetwork(wrong); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
}

func TestNodes(t *testing.T) {
	n, err := ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[netip.Prefix]Node{}
	for node := FirstNode; node <= MaxNodes; node++ {
		if parsed, err := ParseNode(node.Name()); err != nil || parsed != node {
			t.Errorf("%s is node %d, %v", node.Name(), parsed, err)
		}
		pods, address := n.PodsOf(node), n.Address(node)
		for other, of := range seen {
			if other.Overlaps(pods) {
				t.Errorf("%s of %s overlaps with %s of %s", pods, node.Name(), other, of.Name())
			}
		}
		seen[pods] = node
		if !n.Cluster().Contains(pods.Addr()) || !n.Cluster().Contains(address) || n.Services.Overlaps(pods) {
			t.Errorf("%s: %s, %s", node.Name(), pods, address)
		}
		for other := range seen {
			if other.Contains(address) {
				t.Errorf("%s is an address of %s and one of the pods of %s", address, node.Name(), seen[other].Name())
			}
		}
	}
	if n.PodsOf(FirstNode) != n.Pods || n.Address(FirstNode) != n.Node || FirstNode.Seen(LogDir) != LogDir {
		t.Error("the first node is another than without others")
	}
	if got := Node(2).Seen(ContainerdSocket); got != StateDir+"/nodes/embedded-2/state/run/containerd.sock" {
		t.Error(got)
	}
	for _, wrong := range []string{"", "embedded-", "embedded-1", "embedded-9", "other-2", "embedded-2x"} {
		if node, err := ParseNode(wrong); err == nil {
			t.Errorf("%q is %s", wrong, node.Name())
		}
	}
}
