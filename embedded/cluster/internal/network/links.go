// Package network makes the node's address and removes what the cluster's parts have put into the machine's network.
package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink"

	"k8s-web/embedded/cluster/internal/layout"
)

var ownDevices = ownDeviceNames()

func ownDeviceNames() []string {
	names := []string{layout.NodeDevice, layout.PodBridge}
	for node := layout.FirstNode + 1; node <= layout.MaxNodes; node++ {
		names = append(names, cableOf(node))
	}
	return names
}

// Collisions names every address and route of the machine that overlaps with the ranges of the cluster's nodes, its own
// devices apart.
func Collisions(n layout.Network, nodes []layout.Node) ([]string, error) {
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Table: syscall.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return nil, fmt.Errorf("routes of the machine: %w", err)
	}
	var found []string
	for _, route := range routes {
		prefix, ok := toPrefix(route.Dst)
		if !ok || prefix.Bits() == 0 {
			continue
		}
		device := fmt.Sprintf("interface %d", route.LinkIndex)
		if link, err := netlink.LinkByIndex(route.LinkIndex); err == nil {
			device = link.Attrs().Name
		}
		if slices.Contains(ownDevices, device) {
			continue
		}
		if overlaps(n, nodes, prefix) {
			found = append(found, fmt.Sprintf("%s on %s", prefix, device))
		}
	}
	return found, nil
}

func overlaps(n layout.Network, nodes []layout.Node, prefix netip.Prefix) bool {
	return n.Services.Overlaps(prefix) || slices.ContainsFunc(nodes, func(node layout.Node) bool {
		return n.PodsOf(node).Overlaps(prefix) || prefix.Contains(n.Address(node))
	})
}

func toPrefix(network *net.IPNet) (netip.Prefix, bool) {
	if network == nil {
		return netip.Prefix{}, false
	}
	address, ok := netip.AddrFromSlice(network.IP.To4())
	bits, _ := network.Mask.Size()
	return netip.PrefixFrom(address, bits), ok
}

// EnsureNode gives the node an address of its own, and the way to the Services: nothing listens on the machine's outside
// address, and that may change. A bridge without ports does what a dummy device would; not every kernel has the latter.
func EnsureNode(n layout.Network) error {
	link, err := netlink.LinkByName(layout.NodeDevice)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		link = &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: layout.NodeDevice}}
		err = netlink.LinkAdd(link)
	}
	if err != nil {
		return fmt.Errorf("network device %s: %w", layout.NodeDevice, err)
	}
	address := &netlink.Addr{IPNet: &net.IPNet{IP: n.Node.AsSlice(), Mask: net.CIDRMask(32, 32)}}
	if err := netlink.AddrReplace(link, address); err != nil {
		return fmt.Errorf("address %s on %s: %w", n.Node, layout.NodeDevice, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("network device %s: %w", layout.NodeDevice, err)
	}
	// Without it, a machine that is offline has no way to a Service: the address is looked up before it is translated.
	services := &net.IPNet{IP: n.Services.Addr().AsSlice(), Mask: net.CIDRMask(n.Services.Bits(), 32)}
	route := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: services, Scope: netlink.SCOPE_LINK}
	if err := netlink.RouteReplace(route); err != nil {
		return fmt.Errorf("route to %s: %w", n.Services, err)
	}
	return nil
}

// RemoveDevices deletes the bridges with what still hangs on them, and the nodes' cables; it returns the names of those that it deleted.
func RemoveDevices() ([]string, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, err
	}
	var bridges []netlink.Link
	var doomed []netlink.Link
	for _, link := range links {
		if slices.Contains(ownDevices, link.Attrs().Name) {
			bridges = append(bridges, link)
		}
	}
	for _, link := range links {
		if slices.ContainsFunc(bridges, func(b netlink.Link) bool { return b.Attrs().Index == link.Attrs().MasterIndex }) {
			doomed = append(doomed, link)
		}
	}
	var names []string
	for _, link := range append(doomed, bridges...) {
		// A port goes by itself when its pod's network namespace does.
		if err := netlink.LinkDel(link); err != nil && !errors.Is(err, syscall.ENODEV) {
			return names, fmt.Errorf("network device %s: %w", link.Attrs().Name, err)
		}
		names = append(names, link.Attrs().Name)
	}
	return names, nil
}
