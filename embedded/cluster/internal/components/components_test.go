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

func options(t *testing.T) Options {
	t.Helper()
	n, err := layout.ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Network: n, Tools: fakeTools{}, RestrictOOMScore: true, Nameservers: []string{"192.0.2.53"}, CgroupVersion: 1}
}

func TestEveryComponentIsComplete(t *testing.T) {
	components := list(options(t))
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
	for _, l := range Listeners(options(t).Network) {
		if !slices.Contains(names, l.Component) {
			t.Errorf("%s listens, but is not there", l.Component)
		}
	}
}

func TestNothingListensOutside(t *testing.T) {
	for _, c := range list(options(t)) {
		for _, argument := range c.Args {
			if strings.Contains(argument, "0.0.0.0") {
				t.Errorf("%s: %s", c.Name, argument)
			}
		}
	}
}

func TestTemplatesRender(t *testing.T) {
	values := parameters{Options: options(t), Registry: layout.Registry, CgroupName: layout.CgroupName, PortProxyHealth: 1, PortProxyMetrics: 2}
	for name := range destinations {
		content, err := render(name, values)
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
