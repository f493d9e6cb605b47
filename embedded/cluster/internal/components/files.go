package components

import (
	"bytes"
	"embed"
	"path/filepath"
	"text/template"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
)

//go:embed files
var templates embed.FS

func etc(name string) string { return filepath.Join(layout.EtcDir, name) }

// destinations maps each template to the file that it becomes.
var destinations = map[string]string{
	"registry.yaml":     etc("registry.yaml"),
	"containerd.toml":   etc("containerd.toml"),
	"hosts-local.toml":  etc("registries/" + layout.Registry + "/hosts.toml"),
	"hosts-docker.toml": etc("registries/docker.io/hosts.toml"),
	"buildkitd.toml":    etc("buildkitd.toml"),
	"kubelet.yaml":      etc("kubelet.yaml"),
	"kube-proxy.yaml":   etc("kube-proxy.yaml"),
	"resolv.conf":       etc("resolv.conf"),
	"cni.conflist":      layout.Path("cni", "conf", "10-k8s-web.conflist"),
	"builder.json":      filepath.Join(layout.BuildxConfigDir, "instances", layout.Context),
}

// parameters are what the templates may use.
type parameters struct {
	Options
	Registry, CgroupName, ClusterDomain, PodBridge, Context string
	PortProxyHealth, PortProxyMetrics                       int
}

func writeFiles(o Options) error {
	values := parameters{
		Options: o, Registry: layout.Registry, CgroupName: layout.CgroupName, ClusterDomain: layout.ClusterDomain,
		PodBridge: layout.PodBridge, Context: layout.Context,
		PortProxyHealth: layout.PortProxyHealth, PortProxyMetrics: layout.PortProxyMetrics,
	}
	for name, file := range destinations {
		content, err := render(name, values)
		if err != nil {
			return err
		}
		if err := files.Write(file, content); err != nil {
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
