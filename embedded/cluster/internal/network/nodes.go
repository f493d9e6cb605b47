package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"k8s-web/embedded/cluster/internal/layout"
)

// uplink is what a node other than the first calls its way to the first.
const uplink = "eth0"

// elsewhereMetric makes the way to nodes that are not there the last choice.
const elsewhereMetric = 4096

// Connect joins a node's network namespace, which the process has, to this machine by a cable. The node knows one way, to
// the first node, which knows the ways to all. They go with the cable, which goes with the namespace.
func Connect(n layout.Network, node layout.Node, pid int) error {
	cable := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: cableOf(node)},
		PeerName:  uplink, PeerNamespace: netlink.NsPid(pid),
	}
	if err := netlink.LinkAdd(cable); err != nil {
		return fmt.Errorf("network device %s: %w", cable.Name, err)
	}
	if err := connectInside(n, node, pid); err != nil {
		return fmt.Errorf("network of %s: %w", node.Name(), err)
	}
	link, err := netlink.LinkByName(cable.Name)
	if err == nil {
		err = netlink.LinkSetUp(link)
	}
	if err != nil {
		return fmt.Errorf("network device %s: %w", cable.Name, err)
	}
	elsewhere, err := elsewhere(n)
	if err != nil {
		return err
	}
	index := link.Attrs().Index
	ways := []netlink.Route{
		*elsewhere,
		{LinkIndex: index, Dst: toIPNet(single(n.Address(node))), Scope: netlink.SCOPE_LINK, Src: n.Node.AsSlice()},
		{LinkIndex: index, Dst: toIPNet(n.PodsOf(node)), Gw: n.Address(node).AsSlice(), Src: n.Node.AsSlice()},
	}
	for _, way := range ways {
		if err := netlink.RouteReplace(&way); err != nil {
			return fmt.Errorf("route to %s: %w", way.Dst, err)
		}
	}
	return nil
}

// elsewhere is where packets for a lost node end, instead of leaving this machine: on a bridge without ports.
func elsewhere(n layout.Network) (*netlink.Route, error) {
	link, err := netlink.LinkByName(layout.NodeDevice)
	if err != nil {
		return nil, fmt.Errorf("network device %s: %w", layout.NodeDevice, err)
	}
	return &netlink.Route{LinkIndex: link.Attrs().Index, Dst: toIPNet(n.Others()), Scope: netlink.SCOPE_LINK, Priority: elsewhereMetric}, nil
}

func connectInside(n layout.Network, node layout.Node, pid int) error {
	namespace, err := netns.GetFromPid(pid)
	if err != nil {
		return err
	}
	defer namespace.Close()
	inside, err := netlink.NewHandleAt(namespace)
	if err != nil {
		return err
	}
	defer inside.Close()
	loopback, err := inside.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := inside.LinkSetUp(loopback); err != nil {
		return err
	}
	link, err := inside.LinkByName(uplink)
	if err != nil {
		return err
	}
	if err := inside.AddrReplace(link, &netlink.Addr{IPNet: toIPNet(single(n.Address(node)))}); err != nil {
		return err
	}
	if err := inside.LinkSetUp(link); err != nil {
		return err
	}
	index := link.Attrs().Index
	first := &netlink.Route{LinkIndex: index, Dst: toIPNet(single(n.Node)), Scope: netlink.SCOPE_LINK}
	if err := inside.RouteReplace(first); err != nil {
		return err
	}
	return inside.RouteReplace(&netlink.Route{LinkIndex: index, Dst: toIPNet(netip.PrefixFrom(netip.IPv4Unspecified(), 0)), Gw: n.Node.AsSlice()})
}

// Disconnect takes away the cable of a node whose processes have ended, if that is not gone yet.
func Disconnect(node layout.Node) error {
	cable, err := netlink.LinkByName(cableOf(node))
	if err == nil {
		err = netlink.LinkDel(cable)
	}
	if err != nil && !errors.As(err, new(netlink.LinkNotFoundError)) && !errors.Is(err, syscall.ENODEV) {
		return fmt.Errorf("network device %s: %w", cableOf(node), err)
	}
	return nil
}

func cableOf(node layout.Node) string { return fmt.Sprintf("%s%d", layout.NodeDevice, node) }

func single(address netip.Addr) netip.Prefix { return netip.PrefixFrom(address, address.BitLen()) }

func toIPNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}

// chain is one of the packet filter's that holds the rules between nodes, and the built-in one that leads to it.
type chain struct {
	table, from, name string
	rules             []string
}

// betweenNodes are the rules that several nodes need. Pods reach each other under their own addresses: the network
// plugin would hide them behind their node's. What kube-proxy (0x4000) and the plugin for host ports (0x2000) have
// marked is theirs.
func betweenNodes(n layout.Network, node layout.Node) []chain {
	own := []string{
		"-m mark ! --mark 0x0/0x6000 -j RETURN",
		fmt.Sprintf("-s %s -d %s -j ACCEPT", n.Cluster(), n.Cluster()),
	}
	forward := chain{"filter", "FORWARD", "K8SWEB-FORWARD", []string{
		fmt.Sprintf("-s %s -d %s -j ACCEPT", n.Cluster(), n.Cluster()),
	}}
	if node != layout.FirstNode {
		return []chain{{"nat", "POSTROUTING", "K8SWEB-POSTROUTING", own}, forward}
	}
	nodes := netip.PrefixFrom(n.Node, 24).Masked()
	// What leaves the cluster has to find its way back.
	own = append(own, fmt.Sprintf("-s %s ! -d %s -j MASQUERADE", nodes, n.Services))
	forward.rules = append(forward.rules,
		fmt.Sprintf("-s %s -j ACCEPT", nodes),
		fmt.Sprintf("-d %s -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", nodes))
	// The registry listens on loopback only: nodes, not their pods, are let through to it.
	toRegistry := fmt.Sprintf("-s %s -d %s -p tcp -m tcp --dport %d -j DNAT --to-destination %s", nodes, single(n.Node), layout.PortRegistry, layout.Registry)
	return []chain{
		{"nat", "PREROUTING", "K8SWEB-PREROUTING", []string{toRegistry}},
		{"nat", "POSTROUTING", "K8SWEB-POSTROUTING", own},
		forward,
	}
}

// JoinNodes sets the rules between nodes in the network namespace of this process, the node's. They come first: before
// those of the network plugin, while kube-proxy's are left to it by their marks.
func (r Rules) JoinNodes(n layout.Network, node layout.Node) error {
	saved, err := r.run("", "iptables-save")
	if err != nil {
		return err
	}
	_, err = r.run(joining(betweenNodes(n, node), parseSaved(saved, nil)), "iptables-restore", "--noflush")
	return err
}

// joining is the input for iptables-restore; a jump that is there already is not made twice.
func joining(chains []chain, existing []table) string {
	var out strings.Builder
	for _, c := range chains {
		fmt.Fprintf(&out, "*%s\n:%s - [0:0]\n", c.table, c.name)
		for _, rule := range c.rules {
			fmt.Fprintf(&out, "-A %s %s\n", c.name, rule)
		}
		jump := fmt.Sprintf("%s -j %s", c.from, c.name)
		there := slices.ContainsFunc(existing, func(t table) bool { return t.name == c.table && slices.Contains(t.jumps, "-A "+jump) })
		if !there {
			fmt.Fprintf(&out, "-I %s\n", jump)
		}
		out.WriteString("COMMIT\n")
	}
	return out.String()
}

// PartNodes removes what this machine has of the ways and rules between nodes, once the last other node is gone.
func (r Rules) PartNodes(n layout.Network) error {
	way, err := elsewhere(n)
	if err == nil {
		err = netlink.RouteDel(way)
	}
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("route to %s: %w", n.Others(), err)
	}
	saved, err := r.run("", "iptables-save")
	if err != nil {
		return err
	}
	others := func(name string) bool { return !strings.HasPrefix(name, "K8SWEB-") }
	tables := parseSaved(saved, nil)
	for i := range tables {
		tables[i].chains = slices.DeleteFunc(tables[i].chains, others)
		tables[i].jumps = slices.DeleteFunc(tables[i].jumps, func(jump string) bool { return !strings.Contains(jump, "-j K8SWEB-") })
	}
	if script, _ := removal(tables); script != "" {
		_, err = r.run(script, "iptables-restore", "--noflush")
	}
	return err
}
