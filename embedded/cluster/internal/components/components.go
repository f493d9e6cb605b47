// Package components says how each process of the cluster is run: arguments, configuration files, health.
package components

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/pki"
	"k8s-web/embedded/cluster/internal/supervisor"
)

// Names of the components that other packages speak of.
const (
	Kubelet       = "kubelet"
	Containerd    = "containerd"
	APIServer     = "kube-apiserver"
	MetricsServer = "metrics-server"
)

// Tools is where the programs lie.
type Tools interface {
	Path(name string) string
	CNIDir() string
}

// Options is what differs from machine to machine.
type Options struct {
	Network layout.Network
	// Node is the one whose processes are meant: the first has the control plane too.
	Node layout.Node
	// Taints are what a new node registers itself with.
	Taints []Taint
	Tools  Tools
	// RestrictOOMScore is for machines where no process may make itself less likely to be killed.
	RestrictOOMScore bool
	// Nameservers are those that the node's pods get besides the cluster's DNS.
	Nameservers []string
	// CgroupVersion is 1 or 2.
	CgroupVersion int
}

// Taint keeps pods that do not tolerate it away from a node.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

// Directories that must be there before the processes start; everything else they make themselves.
var (
	controlPlaneDirectories = []string{layout.Path("etcd"), layout.Path("registry"), layout.Path("buildkit")}
	nodeDirectories         = []string{
		layout.Path("containerd"), layout.KubeletDir, layout.Path("logs", "pods"), layout.Path("cni", "conf"), layout.Path("cni", "data"),
	}
)

func directories(node layout.Node) []string {
	if node == layout.FirstNode {
		return slices.Concat(controlPlaneDirectories, nodeDirectories)
	}
	return nodeDirectories
}

// Write makes the directories and configuration files and returns what is to run.
func Write(o Options) (supervisor.Spec, error) {
	for _, directory := range directories(o.Node) {
		if err := os.MkdirAll(o.Node.Seen(directory), 0o700); err != nil {
			return supervisor.Spec{}, err
		}
	}
	if err := writeFiles(o); err != nil {
		return supervisor.Spec{}, err
	}
	spec := supervisor.Spec{Components: list(o)}
	for i := range spec.Components {
		c := &spec.Components[i]
		c.StopGrace = 20 * time.Second
		digest, err := digestOf(o.Node, c.Args[0], inputs[c.Name])
		if err != nil {
			return spec, err
		}
		c.Digest = digest
	}
	return spec, nil
}

// inputs are the files that a component reads at its start and not again.
var inputs = map[string][]string{
	"etcd":                    {pki.Cert("etcd"), pki.Cert("etcd-ca")},
	"docker-registry":         {etc("registry.yaml")},
	Containerd:                {etc("containerd.toml")},
	"buildkitd":               {etc("buildkitd.toml")},
	APIServer:                 {pki.Cert("apiserver"), pki.Cert("ca"), pki.Cert("apiserver-etcd-client"), pki.Cert("apiserver-kubelet-client"), pki.Cert("front-proxy-client"), pki.Key(pki.ServiceAccount)},
	"kube-controller-manager": {pki.KubeconfigOf("controller-manager")},
	"kube-scheduler":          {pki.KubeconfigOf("scheduler")},
	MetricsServer:             {pki.KubeconfigOf("metrics-server"), pki.Cert("metrics-server-serving"), pki.Cert("ca"), pki.Cert("front-proxy-ca")},
	"kube-proxy":              {pki.KubeconfigOf("proxy"), etc("kube-proxy.yaml")},
	"kube-router":             {pki.KubeconfigOf("router")},
	Kubelet:                   {pki.KubeconfigOf("kubelet"), etc("kubelet.yaml"), pki.Cert("kubelet-server"), etc("resolv.conf")},
}

// digestOf covers the content of files and tells one executable from another by its place on the disk: the directory
// of links through which it is reached changes with every other tool.
func digestOf(node layout.Node, executable string, files []string) (string, error) {
	info, err := os.Stat(executable)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		fmt.Fprintln(sum, stat.Dev, stat.Ino, info.ModTime())
	}
	for _, name := range files {
		content, err := os.ReadFile(node.Seen(name))
		if err != nil {
			return "", err
		}
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:12]), nil
}

// Listener is an address that a component is going to listen on.
type Listener struct {
	Component string
	Address   netip.AddrPort
}

// Listeners are all addresses that must be free before the start.
func Listeners(n layout.Network) []Listener {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	var all []Listener
	add := func(component string, address netip.Addr, ports ...uint16) {
		for _, port := range ports {
			all = append(all, Listener{component, netip.AddrPortFrom(address, port)})
		}
	}
	add("etcd", loopback, layout.PortEtcd, layout.PortEtcdMetrics)
	add("docker-registry", loopback, layout.PortRegistry)
	add(APIServer, n.Node, layout.PortAPIServer)
	add("kube-controller-manager", loopback, layout.PortControllerManager)
	add("kube-scheduler", loopback, layout.PortScheduler)
	add(MetricsServer, n.Node, layout.PortMetricsServer)
	add("kube-proxy", loopback, layout.PortProxyMetrics, layout.PortProxyHealth)
	add("kube-router", loopback, layout.PortRouterHealth)
	add(Kubelet, loopback, layout.PortKubeletHealth)
	add(Kubelet, n.Node, layout.PortKubelet)
	return all
}
