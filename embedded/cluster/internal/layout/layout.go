// Package layout names every path, address and port of the embedded cluster in one place.
package layout

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// StateDir holds everything the cluster writes; `clean` removes it whole.
	StateDir = "/var/lib/k8s-web"
	// DataRoot is where the stack keeps its data by default.
	DataRoot = "/root/k8s"
	// DataRootMarker tells that `up` made DataRoot, so that `clean` may remove it.
	DataRootMarker = DataRoot + "/.made-by-k8s-web"

	// Context is the kubeconfig context, the cluster and the buildx builder that people name.
	Context = "embedded"
	// NodeName stays the same when the machine's host name changes.
	NodeName = "embedded"

	// NodeDevice carries the node's address; PodBridge connects the pods.
	NodeDevice = "k8sweb-node"
	PodBridge  = "k8sweb-pods"
	// CgroupName is the parent of every cgroup of ours.
	CgroupName = "k8s-web"

	Registry      = "127.0.0.1:5000"
	ClusterDomain = "cluster.local"

	// NetworkVariable moves the cluster to other addresses when the default ones are in use.
	NetworkVariable = "K8S_WEB_NETWORK"
	defaultNetwork  = "10.97"
)

// Ports that a component listens on.
const (
	PortEtcd              = 2379
	PortEtcdMetrics       = 2381
	PortMetricsServer     = 4443
	PortRegistry          = 5000
	PortAPIServer         = 6443
	PortKubeletHealth     = 10248
	PortProxyMetrics      = 10249
	PortKubelet           = 10250
	PortProxyHealth       = 10256
	PortRouterHealth      = 20244
	PortControllerManager = 10257
	PortScheduler         = 10259
)

// Path joins elements below the state directory.
func Path(elements ...string) string {
	return filepath.Join(append([]string{StateDir}, elements...)...)
}

// Files that several packages share.
var (
	LockFile         = Path("lock")
	BeforeFile       = Path("before.json")
	SysctlFile       = Path("sysctl.json")
	NetworkFile      = Path("network")
	MetricsFile      = Path("metrics")
	SpecFile         = Path("supervisor.json")
	Kubeconfig       = Path("kubeconfig")
	LogDir           = Path("logs")
	RunDir           = Path("run")
	PidDir           = Path("run", "pids")
	SupervisorSocket = Path("run", "supervisor.sock")
	ContainerdSocket = Path("run", "containerd.sock")
	BuildkitSocket   = Path("run", "buildkitd.sock")
	ContainerdState  = Path("containerd", "state")
	PKIDir           = Path("pki")
	EtcDir           = Path("etc")
	KubeletDir       = Path("kubelet")
	PulumiDir        = Path("pulumi")
	DockerConfigDir  = Path("docker")
	BuildxConfigDir  = Path("buildx")
	ImagesDir        = Path("images")
	KubectlCache     = Path("kubectl")
	TempDir          = Path("tmp")
)

// Network holds the cluster's address ranges: `A.B` gives the first node's pods A.B.0.0/17, that node A.B.255.1 and
// Services A.(B+1).0.0/16.
type Network struct {
	Pods, Services netip.Prefix
	Node, DNS, API netip.Addr
}

// ParseNetwork reads `A.B`.
func ParseNetwork(text string) (Network, error) {
	first, second, found := strings.Cut(strings.TrimSpace(text), ".")
	a, errA := strconv.ParseUint(first, 10, 8)
	b, errB := strconv.ParseUint(second, 10, 8)
	if !found || errA != nil || errB != nil || a == 0 || a == 127 || a >= 224 || b == 255 {
		return Network{}, fmt.Errorf("%s=%q: expected the first two parts of a private address, for example 10.140", NetworkVariable, text)
	}
	address := func(b uint64, c, d byte) netip.Addr { return netip.AddrFrom4([4]byte{byte(a), byte(b), c, d}) }
	return Network{
		Pods:     netip.PrefixFrom(address(b, 0, 0), 17),
		Services: netip.PrefixFrom(address(b+1, 0, 0), 16),
		Node:     address(b, 255, 1),
		DNS:      address(b+1, 0, 10),
		API:      address(b+1, 0, 1),
	}, nil
}

// LoadNetwork returns the ranges that this cluster was made with, or those to make it with.
func LoadNetwork() (Network, error) {
	wanted := os.Getenv(NetworkVariable)
	made, err := os.ReadFile(NetworkFile)
	switch {
	case err == nil && wanted != "" && strings.TrimSpace(string(made)) != wanted:
		return Network{}, fmt.Errorf("%s=%s, but this cluster was made with %s; remove it first: make clean", NetworkVariable, wanted, strings.TrimSpace(string(made)))
	case err == nil:
		return ParseNetwork(string(made))
	case !os.IsNotExist(err):
		return Network{}, err
	case wanted == "":
		wanted = defaultNetwork
	}
	return ParseNetwork(wanted)
}

// SaveNetwork fixes the ranges until `clean`, for one node.
func SaveNetwork(n Network, node Node) error {
	octets := n.Node.As4()
	return os.WriteFile(node.Seen(NetworkFile), fmt.Appendf(nil, "%d.%d\n", octets[0], octets[1]), 0o600)
}

// APIServer is the address that kubeconfigs name.
func (n Network) APIServer() string {
	return fmt.Sprintf("https://%s:%d", n.Node, PortAPIServer)
}
