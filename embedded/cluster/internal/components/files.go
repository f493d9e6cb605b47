package components

import (
	"bytes"
	"embed"
	"maps"
	"net/netip"
	"path/filepath"
	"text/template"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
)

//go:embed files
var templates embed.FS

func etc(name string) string { return filepath.Join(layout.EtcDir, name) }

// controlPlaneFiles maps each template to the file that it becomes on the first node.
var controlPlaneFiles = map[string]string{
	"registry.yaml":  etc("registry.yaml"),
	"buildkitd.toml": etc("buildkitd.toml"),
	"builder.json":   filepath.Join(layout.BuildxConfigDir, "instances", layout.Context),
}

// nodeFiles does so for every node.
var nodeFiles = map[string]string{
	"containerd.toml":   etc("containerd.toml"),
	"hosts-local.toml":  etc("registries/" + layout.Registry + "/hosts.toml"),
	"hosts-docker.toml": etc("registries/docker.io/hosts.toml"),
	"kubelet.yaml":      etc("kubelet.yaml"),
	"kube-proxy.yaml":   etc("kube-proxy.yaml"),
	"resolv.conf":       etc("resolv.conf"),
	"cni.conflist":      layout.Path("cni", "conf", "10-k8s-web.conflist"),
}

// parameters are what the templates may use.
type parameters struct {
	Options
	Registry, CgroupName, ClusterDomain, PodBridge, Context string
	PortProxyHealth, PortProxyMetrics                       int
	// RegistryAddress is where the node reaches the registry, whatever its name.
	RegistryAddress string
	Address         netip.Addr
	Pods            netip.Prefix
}

func parametersOf(o Options) parameters {
	return parameters{
		Options: o, Registry: layout.Registry, CgroupName: o.Node.Cgroup(), ClusterDomain: layout.ClusterDomain,
		PodBridge: layout.PodBridge, Context: layout.Context,
		PortProxyHealth: layout.PortProxyHealth, PortProxyMetrics: layout.PortProxyMetrics,
		RegistryAddress: registryAddress(o), Address: o.Network.Address(o.Node), Pods: o.Network.PodsOf(o.Node),
	}
}

// registryAddress: the registry listens on the first node's loopback, to which the way for the others is translated.
func registryAddress(o Options) string {
	if o.Node == layout.FirstNode {
		return layout.Registry
	}
	return netip.AddrPortFrom(o.Network.Node, layout.PortRegistry).String()
}

func destinations(node layout.Node) map[string]string {
	all := maps.Clone(nodeFiles)
	if node == layout.FirstNode {
		maps.Copy(all, controlPlaneFiles)
	}
	return all
}

func writeFiles(o Options) error {
	values := parametersOf(o)
	for name, file := range destinations(o.Node) {
		content, err := render(name, values)
		if err != nil {
			return err
		}
		if err := files.Write(o.Node.Seen(file), content); err != nil {
			return err
		}
	}
	return nil
}

func render(name string, values parameters) ([]byte, error) {
	parsed, err := template.New(name).Funcs(template.FuncMap{"path": layout.Path}).ParseFS(templates, "files/"+name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, values)
	return out.Bytes(), err
}
