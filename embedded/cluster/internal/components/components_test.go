package components

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"k8s-web/embedded/cluster/internal/layout"
)

type fakeTools struct{}

func (fakeTools) Path(name string) string { return "/tools/" + name }
func (fakeTools) CNIDir() string          { return "/tools/cni" }

func options(t *testing.T, node layout.Node) Options {
	t.Helper()
	n, err := layout.ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Network: n, Node: node, Tools: fakeTools{}, RestrictOOMScore: true, Nameservers: []string{"192.0.2.53"}, CgroupVersion: 1}
}

func TestEveryComponentIsComplete(t *testing.T) {
	complete(t, options(t, layout.FirstNode))
	complete(t, options(t, 2))
}

func complete(t *testing.T, o Options) {
	t.Helper()
	components := list(o)
	var names []string
	for _, c := range components {
		names = append(names, c.Name)
	}
	for _, c := range components {
		if !strings.HasPrefix(c.Args[0], "/tools/") {
			t.Errorf("%s runs %s", c.Name, c.Args[0])
		}
		if (c.Probe.URL == "") == (c.Probe.Socket == "") {
			t.Errorf("%s has no single way to tell its health", c.Name)
		}
		if _, known := inputs[c.Name]; !known {
			t.Errorf("%s: what files does it read?", c.Name)
		}
		for _, before := range c.After {
			if !slices.Contains(names, before) {
				t.Errorf("%s waits for %s, which there is not", c.Name, before)
			}
		}
	}
	if o.Node != layout.FirstNode {
		return
	}
	for _, l := range Listeners(o.Network) {
		if !slices.Contains(names, l.Component) {
			t.Errorf("%s listens, but is not there", l.Component)
		}
	}
}

func TestNothingListensOutside(t *testing.T) {
	for _, c := range slices.Concat(list(options(t, layout.FirstNode)), list(options(t, 2))) {
		for _, argument := range c.Args {
			if strings.Contains(argument, "0.0.0.0") {
				t.Errorf("%s: %s", c.Name, argument)
			}
		}
	}
}

func TestTemplatesRender(t *testing.T) {
	first, second := options(t, layout.FirstNode), options(t, 2)
	second.Taints = []Taint{{Key: "k8s-web/test", Value: "yes", Effect: "NoSchedule"}}
	rendersAll(t, first)
	rendersAll(t, second)
}

func rendersAll(t *testing.T, o Options) {
	t.Helper()
	for name := range destinations(o.Node) {
		content, err := render(name, parametersOf(o))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "<no value>") || strings.Contains(string(content), "0.0.0.0:") {
			t.Errorf("%s:\n%s", name, content)
		}
		// JSON is YAML too.
		if slices.Contains([]string{".yaml", ".json", ".conflist"}, filepath.Ext(name)) {
			var parsed map[string]any
			if err := yaml.Unmarshal(content, &parsed); err != nil || len(parsed) == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestAnotherNodeDiffersInNameAddressAndPods(t *testing.T) {
	o := options(t, 2)
	o.Taints = []Taint{{Key: "k8s-web/test", Value: "yes", Effect: "NoSchedule"}}
	for name, parts := range map[string][]string{
		"cni.conflist":     {`"10.97.128.0/20"`},
		"kube-proxy.yaml":  {"bindAddress: 10.97.255.2", "clusterCIDR: 10.97.128.0/20", "10.97.255.2/32"},
		"kubelet.yaml":     {"address: 10.97.255.2", "cgroupRoot: /k8s-web/embedded-2", `- { key: "k8s-web/test", value: "yes", effect: NoSchedule }`},
		"hosts-local.toml": {"http://10.97.255.1:5000"},
	} {
		content, err := render(name, parametersOf(o))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(string(content), part) {
				t.Errorf("%s has no %s:\n%s", name, part, content)
			}
		}
	}
	for _, c := range list(o) {
		if c.Name == Kubelet && !slices.Contains(c.Args, "--hostname-override=embedded-2") {
			t.Errorf("the kubelet's name: %v", c.Args)
		}
	}
}
