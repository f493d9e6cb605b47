package network

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"k8s-web/embedded/cluster/internal/layout"
)

func TestOverlaps(t *testing.T) {
	n, err := layout.ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	one, two := []layout.Node{layout.FirstNode}, []layout.Node{layout.FirstNode, 2}
	for prefix, want := range map[string][2]bool{
		"10.0.0.0/8": {true, true}, "10.97.3.0/24": {true, true}, "10.98.0.0/16": {true, true}, "10.97.255.0/24": {true, true},
		"10.97.129.0/24": {false, true}, "10.97.255.2/32": {false, true}, "10.97.144.0/20": {false, false},
		"10.96.0.0/16": {}, "10.99.0.0/16": {}, "192.168.1.0/24": {}, "172.17.0.0/16": {},
	} {
		prefix := netip.MustParsePrefix(prefix)
		if got := [2]bool{overlaps(n, one, prefix), overlaps(n, two, prefix)}; got != want {
			t.Errorf("%s: %v", prefix, got)
		}
	}
}

const saved = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
:KUBE-SERVICES - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A DOCKER -i docker0 -j RETURN
-A KUBE-SERVICES -d 10.98.0.10/32 -j KUBE-SVC-X
COMMIT
*filter
:INPUT ACCEPT [0:0]
:KUBE-FIREWALL - [0:0]
-A INPUT -s 10.0.0.1/32 -m comment --comment "not for KUBE-FIREWALL" -j DROP
-A INPUT -j KUBE-FIREWALL
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
COMMIT
`

func TestRemovalTouchesOwnChainsOnly(t *testing.T) {
	script, chains := removal(parseSaved(saved, nil))
	if want := []string{"KUBE-SERVICES", "CNI-HOSTPORT-DNAT", "KUBE-FIREWALL"}; !slices.Equal(chains, want) {
		t.Errorf("chains %v", chains)
	}
	want := `*nat
:KUBE-SERVICES - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-X KUBE-SERVICES
-X CNI-HOSTPORT-DNAT
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
-D INPUT -j KUBE-FIREWALL
-X KUBE-FIREWALL
COMMIT
`
	if script != want {
		t.Errorf("got\n%s", script)
	}
}

func TestRemovalLeavesWhatOthersShare(t *testing.T) {
	script, chains := removal(parseSaved(saved, []string{"CNI-HOSTPORT-DNAT", "KUBE-FIREWALL"}))
	if want := []string{"KUBE-SERVICES", "KUBE-FIREWALL"}; !slices.Equal(chains, want) {
		t.Errorf("chains %v", chains)
	}
	if strings.Contains(script, "CNI") {
		t.Errorf("got\n%s", script)
	}
}

func TestRemovalOfNothing(t *testing.T) {
	if script, chains := removal(parseSaved("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", nil)); script != "" || chains != nil {
		t.Errorf("%q, %v", script, chains)
	}
}

func TestEmptyTable(t *testing.T) {
	const empty = `table ip nat {
	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
	}
}
`
	if !emptyTable(empty) {
		t.Error("a table of base chains only is not empty")
	}
	if !emptyTable("# Warning: table ip nat is managed by iptables-nft, do not touch!\n" + empty) {
		t.Error("a comment counts")
	}
	if emptyTable(strings.Replace(empty, "accept", "drop", 1)) {
		t.Error("a policy does not count")
	}
	if emptyTable(strings.Replace(empty, "policy accept;", "policy accept;\n\t\tcounter masquerade", 1)) {
		t.Error("a rule does not count")
	}
}

func TestNodesAreJoinedOnceAndPartedWholly(t *testing.T) {
	n, err := layout.ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	chains := betweenNodes(n, layout.FirstNode)
	script := joining(chains, parseSaved(saved, nil))
	for _, part := range []string{
		"-A K8SWEB-PREROUTING -s 10.97.255.0/24 -d 10.97.255.1/32 -p tcp -m tcp --dport 5000 -j DNAT --to-destination 127.0.0.1:5000\n",
		"-A K8SWEB-POSTROUTING -s 10.97.0.0/16 -d 10.97.0.0/16 -j ACCEPT\n",
		"-I POSTROUTING -j K8SWEB-POSTROUTING\n",
	} {
		if !strings.Contains(script, part) {
			t.Errorf("no %s in\n%s", part, script)
		}
	}
	joined := "*nat\n:K8SWEB-POSTROUTING - [0:0]\n-A POSTROUTING -j K8SWEB-POSTROUTING\nCOMMIT\n"
	if again := joining(chains, parseSaved(joined, nil)); strings.Contains(again, "-I POSTROUTING") {
		t.Errorf("joined twice:\n%s", again)
	}
	if _, chains := removal(parseSaved(joined, nil)); !slices.Equal(chains, []string{"K8SWEB-POSTROUTING"}) {
		t.Errorf("left: %v", chains)
	}
}

func TestOnlyOwnSetsAreDestroyed(t *testing.T) {
	script, sets := destruction([]string{"KUBE-SRC-A", "mine", "KUBE-CLUSTER-IP", "KUBE-DST-B"})
	if want := "destroy KUBE-SRC-A\ndestroy KUBE-DST-B\n"; script != want || !slices.Equal(sets, []string{"KUBE-SRC-A", "KUBE-DST-B"}) {
		t.Errorf("%q, %v", script, sets)
	}
	if script, sets := destruction([]string{"mine"}); script != "" || sets != nil {
		t.Errorf("%q, %v", script, sets)
	}
}
