package components

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/pki"
	"k8s-web/embedded/cluster/internal/supervisor"
)

func local(scheme string, port int, path string) string {
	return fmt.Sprintf("%s://127.0.0.1:%d%s", scheme, port, path)
}

// list gives the processes in the order in which people read them.
func list(o Options) []supervisor.Component {
	if o.Node != layout.FirstNode {
		return nodeList(o)
	}
	return []supervisor.Component{
		etcd(o), registry(o), containerd(o), buildkitd(o),
		apiServer(o), controllerManager(o), scheduler(o), metricsServer(o), proxy(o), router(o), kubelet(o),
	}
}

// nodeList is for a node that finds the API server running elsewhere.
func nodeList(o Options) []supervisor.Component {
	all := []supervisor.Component{containerd(o), proxy(o), router(o), kubelet(o)}
	for i := range all {
		all[i].After = slices.DeleteFunc(all[i].After, func(name string) bool { return name == APIServer })
	}
	return all
}

func etcd(o Options) supervisor.Component {
	clients := local("https", layout.PortEtcd, "")
	return supervisor.Component{
		Name: "etcd",
		Args: []string{
			o.Tools.Path("etcd"), "--name=" + layout.NodeName, "--data-dir=" + layout.Path("etcd"),
			"--listen-client-urls=" + clients, "--advertise-client-urls=" + clients,
			// One member has no peers: port 0 lets the kernel choose, and nobody is told which.
			"--listen-peer-urls=http://127.0.0.1:0", "--initial-advertise-peer-urls=http://127.0.0.1:0",
			"--initial-cluster=" + layout.NodeName + "=http://127.0.0.1:0",
			"--listen-metrics-urls=" + local("http", layout.PortEtcdMetrics, ""),
			"--cert-file=" + pki.Cert("etcd"), "--key-file=" + pki.Key("etcd"),
			"--trusted-ca-file=" + pki.Cert("etcd-ca"), "--client-cert-auth",
			"--auto-compaction-mode=periodic", "--auto-compaction-retention=1h",
			"--logger=zap", "--log-level=warn", "--log-outputs=stderr",
		},
		Probe: supervisor.Probe{URL: local("http", layout.PortEtcdMetrics, "/health")},
	}
}

func registry(o Options) supervisor.Component {
	return supervisor.Component{
		Name:  "docker-registry",
		Args:  []string{o.Tools.Path("docker-registry"), "serve", etc("registry.yaml")},
		Probe: supervisor.Probe{URL: "http://" + layout.Registry + "/v2/"},
	}
}

func containerd(o Options) supervisor.Component {
	return supervisor.Component{
		Name:  Containerd,
		Args:  []string{o.Tools.Path("containerd"), "--config=" + etc("containerd.toml")},
		Probe: supervisor.Probe{Socket: layout.ContainerdSocket},
	}
}

func buildkitd(o Options) supervisor.Component {
	return supervisor.Component{
		Name:  "buildkitd",
		Args:  []string{o.Tools.Path("buildkitd"), "--config=" + etc("buildkitd.toml"), "--oci-worker-binary=" + o.Tools.Path("runc")},
		Probe: supervisor.Probe{Socket: layout.BuildkitSocket},
	}
}

func apiServer(o Options) supervisor.Component {
	n := o.Network
	return supervisor.Component{
		Name: APIServer,
		Args: []string{
			o.Tools.Path("kube-apiserver"),
			"--bind-address=" + n.Node.String(), "--advertise-address=" + n.Node.String(),
			"--secure-port=" + strconv.Itoa(layout.PortAPIServer),
			"--service-cluster-ip-range=" + n.Services.String(),
			"--etcd-servers=" + local("https", layout.PortEtcd, ""), "--etcd-cafile=" + pki.Cert("etcd-ca"),
			"--etcd-certfile=" + pki.Cert("apiserver-etcd-client"), "--etcd-keyfile=" + pki.Key("apiserver-etcd-client"),
			"--tls-cert-file=" + pki.Cert("apiserver"), "--tls-private-key-file=" + pki.Key("apiserver"),
			"--client-ca-file=" + pki.Cert("ca"),
			"--kubelet-certificate-authority=" + pki.Cert("ca"),
			"--kubelet-client-certificate=" + pki.Cert("apiserver-kubelet-client"),
			"--kubelet-client-key=" + pki.Key("apiserver-kubelet-client"),
			"--kubelet-preferred-address-types=InternalIP",
			"--requestheader-client-ca-file=" + pki.Cert("front-proxy-ca"),
			"--requestheader-allowed-names=front-proxy-client",
			"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + pki.Cert("front-proxy-client"), "--proxy-client-key-file=" + pki.Key("front-proxy-client"),
			"--service-account-issuer=https://kubernetes.default.svc." + layout.ClusterDomain,
			"--service-account-key-file=" + pki.Key(pki.ServiceAccount),
			"--service-account-signing-key-file=" + pki.Key(pki.ServiceAccount),
			"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
			"--allow-privileged", "--enable-aggregator-routing", "--profiling=false",
		},
		After: []string{"etcd"},
		Probe: supervisor.Probe{
			URL: n.APIServer() + "/readyz", CA: pki.Cert("ca"), Certificate: pki.Cert("admin"), Key: pki.Key("admin"),
		},
	}
}

func controllerManager(o Options) supervisor.Component {
	kubeconfig := pki.KubeconfigOf("controller-manager")
	return supervisor.Component{
		Name: "kube-controller-manager",
		Args: []string{
			o.Tools.Path("kube-controller-manager"), "--bind-address=127.0.0.1",
			"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
			"--controllers=*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller",
			"--leader-elect=false", "--use-service-account-credentials", "--root-ca-file=" + pki.Cert("ca"),
			"--service-account-private-key-file=" + pki.Key(pki.ServiceAccount), "--profiling=false",
			"--flex-volume-plugin-dir=" + layout.Path("kubelet", "volume-plugins"),
		},
		After: []string{APIServer},
		Probe: supervisor.Probe{URL: local("https", layout.PortControllerManager, "/healthz"), AnyCertificate: true},
	}
}

func scheduler(o Options) supervisor.Component {
	kubeconfig := pki.KubeconfigOf("scheduler")
	return supervisor.Component{
		Name: "kube-scheduler",
		Args: []string{
			o.Tools.Path("kube-scheduler"), "--bind-address=127.0.0.1",
			"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
			"--leader-elect=false", "--profiling=false",
		},
		After: []string{APIServer},
		Probe: supervisor.Probe{URL: local("https", layout.PortScheduler, "/healthz"), AnyCertificate: true},
	}
}

// metricsServer serves what the kubelets of all nodes measure, as a part of the API: `kubectl top` and autoscalers ask for it.
func metricsServer(o Options) supervisor.Component {
	kubeconfig, address := pki.KubeconfigOf("metrics-server"), o.Network.Node.String()
	return supervisor.Component{
		Name: MetricsServer,
		Args: []string{
			o.Tools.Path("metrics-server"), "--bind-address=" + address, "--secure-port=" + strconv.Itoa(layout.PortMetricsServer),
			"--tls-cert-file=" + pki.Cert("metrics-server-serving"), "--tls-private-key-file=" + pki.Key("metrics-server-serving"),
			"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
			// Whom to trust stands in files here; it would look it up before it has the right to, and end.
			"--authentication-skip-lookup", "--client-ca-file=" + pki.Cert("ca"),
			"--requestheader-client-ca-file=" + pki.Cert("front-proxy-ca"), "--requestheader-allowed-names=front-proxy-client",
			"--kubelet-preferred-address-types=InternalIP", "--kubelet-use-node-status-port", "--metric-resolution=15s",
			"--profiling=false",
		},
		After: []string{APIServer},
		// Alive, not ready: that takes two looks at the nodes, and half a minute.
		Probe: supervisor.Probe{URL: fmt.Sprintf("https://%s:%d/livez", address, layout.PortMetricsServer), CA: pki.Cert("ca")},
	}
}

func proxy(o Options) supervisor.Component {
	return supervisor.Component{
		Name:  "kube-proxy",
		Args:  []string{o.Tools.Path("kube-proxy"), "--config=" + etc("kube-proxy.yaml"), "--hostname-override=" + o.Node.Name()},
		After: []string{APIServer},
		Probe: supervisor.Probe{URL: local("http", layout.PortProxyHealth, "/livez")},
	}
}

// router enforces network policies, nothing else. Its health tells that it lives: it begins when it has its rights, and the
// node is known.
func router(o Options) supervisor.Component {
	health := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), layout.PortRouterHealth).String()
	return supervisor.Component{
		Name: "kube-router",
		Args: []string{
			o.Tools.Path("kube-router"), "--kubeconfig=" + pki.KubeconfigOf("router"), "--hostname-override=" + o.Node.Name(),
			"--service-cluster-ip-range=" + o.Network.Services.String(), "--healthz-bind-address=" + health,
		},
		After: []string{APIServer},
		Probe: supervisor.Probe{URL: local("http", layout.PortRouterHealth, "/healthz")},
	}
}

func kubelet(o Options) supervisor.Component {
	return supervisor.Component{
		Name: Kubelet,
		Args: []string{
			o.Tools.Path("kubelet"), "--config=" + etc("kubelet.yaml"), "--kubeconfig=" + pki.KubeconfigOf("kubelet"),
			"--root-dir=" + layout.KubeletDir, "--cert-dir=" + layout.Path("kubelet", "pki"),
			"--hostname-override=" + o.Node.Name(), "--node-ip=" + o.Network.Address(o.Node).String(),
		},
		After: []string{APIServer, Containerd},
		Probe: supervisor.Probe{URL: local("http", layout.PortKubeletHealth, "/healthz")},
	}
}
