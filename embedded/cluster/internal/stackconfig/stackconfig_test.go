package stackconfig

import (
	"reflect"
	"strings"
	"testing"
)

func TestMergeOrder(t *testing.T) {
	committed := map[string]any{
		"k8s-web:replicas": map[string]any{"web": 3, "mysqlSlave": 2},
		"k8s-web:mirrors":  map[string]any{"pip": "https://own.example"},
		"other:key":        "stays",
	}
	machine := map[string]any{"registry": "127.0.0.1:5000/x", "mirrors": map[string]any{"pip": "https://machine.example", "npm": "https://n.example"}}
	got, err := merge(committed, machine, []string{"replicas.web=1", "namespace=test", "nodePort=30081", "k8s-web:hostsFrom=dns"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"k8s-web:replicas":  map[string]any{"web": 1, "mysqlSlave": 2},
		"k8s-web:mirrors":   map[string]any{"pip": "https://own.example", "npm": "https://n.example"},
		"k8s-web:registry":  "127.0.0.1:5000/x",
		"k8s-web:namespace": "test",
		"k8s-web:nodePort":  30081,
		"k8s-web:hostsFrom": "dns",
		"other:key":         "stays",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if committed["k8s-web:replicas"].(map[string]any)["web"] != 3 {
		t.Error("the committed settings were changed in place")
	}
	for _, wrong := range []string{"novalue", "=x", "a=[1"} {
		if _, err := merge(nil, nil, []string{wrong}); err == nil {
			t.Errorf("--set %s was accepted", wrong)
		}
	}
}

func TestKeepWhatSomebodyChanged(t *testing.T) {
	base := map[string]any{"a": 1, "b": 2, "gone": 3}
	existing := map[string]any{"a": 1, "b": 20, "gone": 3, "secret": map[string]any{"secure": "v1:x"}}
	generated := map[string]any{"a": 10, "b": 2}
	got := keep(generated, existing, base)
	want := map[string]any{"a": 10, "b": 20, "secret": map[string]any{"secure": "v1:x"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestSecretsAreMadeOnce(t *testing.T) {
	d := document{Config: map[string]any{}}
	if err := addSecrets(&d, "passphrase"); err != nil {
		t.Fatal(err)
	}
	salt, first := d.EncryptionSalt, d.Config["k8s-web:redisPassword"]
	delete(d.Config, "k8s-web:mysqlPassword")
	if err := addSecrets(&d, "passphrase"); err != nil {
		t.Fatal(err)
	}
	if d.EncryptionSalt != salt || !reflect.DeepEqual(d.Config["k8s-web:redisPassword"], first) {
		t.Error("what was there has changed")
	}
	c, err := open("passphrase", salt)
	if err != nil {
		t.Fatal(err)
	}
	for name, length := range secrets {
		text, err := c.decrypt(d.Config[namespace+name].(map[string]any)["secure"].(string))
		if err != nil || len(text) != length {
			t.Errorf("%s: %d characters, %v", name, len(text), err)
		}
	}
	delete(d.Config, "k8s-web:mysqlPassword")
	if err := addSecrets(&d, "another"); err == nil || !strings.Contains(err.Error(), "passphrase") {
		t.Errorf("with another passphrase: %v", err)
	}
}

// The pair was made by `pulumi config set --secret` with the passphrase "test".
func TestOpensWhatPulumiEncrypted(t *testing.T) {
	c, err := open("test", pulumiSalt)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := c.decrypt(pulumiSecure); err != nil || text != "a secret value" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestNodeOfDirectoriesIsNotOneOfClaims(t *testing.T) {
	for kind, want := range map[string]any{"claim": nil, "hostPath": "embedded"} {
		committed := map[string]any{"k8s-web:storage": map[string]any{"kind": kind}}
		config, err := merge(committed, map[string]any{"storage": map[string]any{"node": "embedded"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		dropNodeOfClaims(config)
		if got := config["k8s-web:storage"].(map[string]any)["node"]; got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}
