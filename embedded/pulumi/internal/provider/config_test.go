package provider

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const twoClusters = `
apiVersion: v1
kind: Config
clusters:
  - {name: one, cluster: {server: "https://one:6443"}}
  - {name: two, cluster: {server: "https://two:6443"}}
users: [{name: u, user: {token: t}}]
contexts:
  - {name: one, context: {cluster: one, user: u}}
  - {name: two, context: {cluster: two, user: u, namespace: from-context}}
current-context: one
`

func TestConfigFailures(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings map[string]any
		want     []string
	}{
		{name: "all fine", settings: map[string]any{
			"kubeconfig": twoClusters, "context": "one", "namespace": "n", "enableServerSideApply": "true",
			"enableSecretMutable": "true", "suppressDeprecationWarnings": "true", "version": "4.34.2", "__internal": "x",
		}},
		{name: "misspelt", settings: map[string]any{"kubeConfig": "x"}, want: []string{`no setting "kubeConfig"`}},
		{name: "no server-side apply", settings: map[string]any{"enableServerSideApply": "false"},
			want: []string{"server-side apply only"}},
		{name: "rendering", settings: map[string]any{"renderYamlToDirectory": "out"}, want: []string{"does not render"}},
		{name: "not rendering", settings: map[string]any{"alwaysRender": "false"}},
		{name: "missing file", settings: map[string]any{"kubeconfig": "/does/not/exist"},
			want: []string{"neither a file nor the content"}},
		{name: "strict", settings: map[string]any{"strictMode": "true", "kubeconfig": twoClusters},
			want: []string{`requires Provider "context"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, failure := range configFailures(resource.NewPropertyMapFromMap(test.settings)) {
				got = append(got, failure.GetReason())
			}
			if len(got) != len(test.want) {
				t.Fatalf("%v, want %v", got, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("%q does not say %q", got[i], want)
				}
			}
		})
	}
}

func TestSettingsBeatTheEnvironment(t *testing.T) {
	t.Setenv("PULUMI_K8S_ENABLE_SECRET_MUTABLE", "true")
	t.Setenv("PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", "true")
	t.Setenv("PULUMI_K8S_CLIENT_BURST", "7")
	parsed, err := parseConfig(map[string]string{"kubernetes:config:enableSecretMutable": "false"})
	if err != nil {
		t.Fatal(err)
	}
	if parsed.enableSecretMutable || !parsed.enableConfigMapMutable {
		t.Errorf("%+v", parsed)
	}
	if *parsed.client.Burst != 7 || *parsed.client.QPS != defaultQPS {
		t.Errorf("burst %d, QPS %v", *parsed.client.Burst, *parsed.client.QPS)
	}
	t.Setenv("PULUMI_K8S_CLIENT_BURST", "many")
	if _, err := parseConfig(nil); err == nil || !strings.Contains(err.Error(), "PULUMI_K8S_CLIENT_BURST") {
		t.Errorf("error %v", err)
	}
}

func TestSelectionOfTheCluster(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(twoClusters), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name                  string
		variables             map[string]string
		wantHost, wantDefault string
	}{
		{"current context", map[string]string{"kubeconfig": path}, "https://one:6443", "default"},
		{"content", map[string]string{"kubeconfig": twoClusters, "context": "two"}, "https://two:6443", "from-context"},
		{"cluster", map[string]string{"kubeconfig": path, "cluster": "two"}, "https://two:6443", "default"},
		{
			"namespace", map[string]string{"kubeconfig": path, "context": "two", "namespace": "given"},
			"https://two:6443", "given",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			variables := map[string]string{}
			for name, value := range test.variables {
				variables["kubernetes:config:"+name] = value
			}
			parsed, err := parseConfig(variables)
			if err != nil {
				t.Fatal(err)
			}
			client, namespace, err := parsed.selection.Resolve()
			if err != nil {
				t.Fatal(err)
			}
			if client.Host != test.wantHost || namespace != test.wantDefault {
				t.Errorf("%s, namespace %q", client.Host, namespace)
			}
		})
	}
}

func TestAnotherClusterReplacesTheProvider(t *testing.T) {
	base := map[string]any{"kubeconfig": twoClusters, "context": "one"}
	with := func(changes map[string]any) resource.PropertyMap {
		settings := resource.NewPropertyMapFromMap(base)
		for name, value := range resource.NewPropertyMapFromMap(changes) {
			settings[name] = value
		}
		return settings
	}
	for _, test := range []struct {
		name       string
		old, new   map[string]any
		want       []string
		wantChange bool
	}{
		{name: "nothing"},
		{name: "another context", new: map[string]any{"context": "two"}, want: []string{"context"}, wantChange: true},
		{name: "another namespace", new: map[string]any{"namespace": "x"}, wantChange: true},
		{
			name: "not known yet", wantChange: true, want: []string{"kubeconfig"},
			new: map[string]any{"kubeconfig": resource.Computed{Element: resource.NewStringProperty("")}},
		},
		{
			name: "vouched for", wantChange: true,
			old: map[string]any{"clusterIdentifier": "same"}, new: map[string]any{"clusterIdentifier": "same", "context": "two"},
		},
		{
			name: "another identity", wantChange: true, want: []string{"clusterIdentifier"},
			old: map[string]any{"clusterIdentifier": "a"}, new: map[string]any{"clusterIdentifier": "b"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, err := diffConfig(with(test.old), with(test.new))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(response.GetReplaces(), test.want) {
				t.Errorf("replaced for %v, want %v", response.GetReplaces(), test.want)
			}
			if changed := len(response.GetDiffs()) > 0; changed != test.wantChange {
				t.Errorf("changes: %v", response.GetDiffs())
			}
		})
	}
}
