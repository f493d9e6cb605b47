package provider

import (
	"regexp"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/metadata"
)

const secretURN = "urn:pulumi:dev::k8s-web::kubernetes:core/v1:Secret::creds"

func object(metadata map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": metadata,
	}}
}

func TestNames(t *testing.T) {
	autonamed := object(map[string]any{
		"name": "creds-12345678", "annotations": map[string]any{metadata.Autonamed: "true"},
	})
	for _, test := range []struct {
		name          string
		inputs        map[string]any
		before        *unstructured.Unstructured
		autonaming    *pulumirpc.CheckRequest_AutonamingOptions
		want          string
		wantAutonamed bool
		wantError     bool
	}{
		{name: "new without a name", inputs: map[string]any{}, want: `^creds-[0-9a-f]{8}$`, wantAutonamed: true},
		{name: "given", inputs: map[string]any{"name": "fixed"}, want: `^fixed$`},
		{name: "kept", inputs: map[string]any{}, before: autonamed, want: `^creds-12345678$`, wantAutonamed: true},
		{
			name: "no longer given", inputs: map[string]any{}, before: object(map[string]any{"name": "fixed"}),
			want: `^creds-[0-9a-f]{8}$`, wantAutonamed: true,
		},
		{name: "given after a generated one", inputs: map[string]any{"name": "fixed"}, before: autonamed, want: `^fixed$`},
		{name: "not known yet", inputs: map[string]any{"name": resource.Computed{}}, want: `^$`},
		{name: "left to the API server", inputs: map[string]any{"generateName": "x-"}, wantError: true},
		{
			name: "as the engine proposes", inputs: map[string]any{},
			autonaming: &pulumirpc.CheckRequest_AutonamingOptions{
				ProposedName: "dev-creds", Mode: pulumirpc.CheckRequest_AutonamingOptions_ENFORCE,
			},
			want: `^dev-creds$`, wantAutonamed: true,
		},
		{
			name: "names are required", inputs: map[string]any{},
			autonaming: &pulumirpc.CheckRequest_AutonamingOptions{
				Mode: pulumirpc.CheckRequest_AutonamingOptions_DISABLE,
			},
			wantError: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inputs, before := object(test.inputs), test.before
			if before == nil {
				before = &unstructured.Unstructured{Object: map[string]any{}}
			}
			err := name(inputs, before, secretURN, &pulumirpc.CheckRequest{Autonaming: test.autonaming})
			if (err != nil) != test.wantError {
				t.Fatalf("error %v, want one: %v", err, test.wantError)
			}
			if err == nil && !regexp.MustCompile(test.want).MatchString(inputs.GetName()) {
				t.Errorf("name is %q, want %s", inputs.GetName(), test.want)
			}
			if metadata.IsTrue(inputs, metadata.Autonamed) != test.wantAutonamed {
				t.Errorf("autonamed annotation: %q", metadata.Annotation(inputs, metadata.Autonamed))
			}
		})
	}
}

func TestNameIsAFunctionOfTheSeed(t *testing.T) {
	names := map[string]bool{}
	for range 2 {
		inputs := object(map[string]any{})
		request := &pulumirpc.CheckRequest{RandomSeed: []byte("0123456789abcdef0123456789abcdef")}
		if err := name(inputs, object(map[string]any{}), secretURN, request); err != nil {
			t.Fatal(err)
		}
		names[inputs.GetName()] = true
	}
	if len(names) != 1 {
		t.Errorf("one seed gave %v: a preview must announce the name that the update takes", names)
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string][2]string{"ns/name": {"ns", "name"}, "name": {"", "name"}} {
		namespace, name, err := parseID(id)
		if err != nil || [2]string{namespace, name} != want {
			t.Errorf("%q: %q, %q, %v", id, namespace, name, err)
		}
	}
	for _, id := range []string{"", "/", "a/", "/a", "a/b/c"} {
		if _, _, err := parseID(id); err == nil {
			t.Errorf("%q passed as an ID", id)
		}
	}
}

func TestKindOfType(t *testing.T) {
	for token, want := range map[string]string{
		"kubernetes:core/v1:Secret":                "/v1, Kind=Secret",
		"kubernetes:apps/v1:Deployment":            "apps/v1, Kind=Deployment",
		"kubernetes:policy/v1:PodDisruptionBudget": "policy/v1, Kind=PodDisruptionBudget",
	} {
		kind, err := kindOf(resource.URN("urn:pulumi:dev::p::" + token + "::x"))
		if err != nil || kind.String() != want {
			t.Errorf("%s: %s, %v", token, kind, err)
		}
	}
	if _, err := kindOf("urn:pulumi:dev::p::kubernetes:helm.sh/v3:Release::x"); err != nil {
		t.Errorf("a Helm release fails later, with the API server's words: %v", err)
	}
	if _, err := kindOf("urn:pulumi:dev::p::random:index:RandomPet::x"); err == nil {
		t.Error("another provider's type passed")
	}
}
