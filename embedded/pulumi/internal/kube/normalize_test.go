package kube

import (
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"k8s-web/embedded/pulumi/internal/objecttest"
)

func encode(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	text, err := yaml.Marshal(object.Object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNormalize(t *testing.T) {
	for _, test := range []struct{ name, given, want string }{
		{
			name: "quantities",
			given: `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [
				{name: c, resources: {requests: {cpu: 1000m, memory: 0.5Gi}, limits: {cpu: 2}}}]}}`,
			want: `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [
				{name: c, resources: {requests: {cpu: "1", memory: 512Mi}, limits: {cpu: "2"}}}]}}`,
		},
		{
			name: "ports by number and by name",
			given: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [
				{port: 80, targetPort: 8000}, {port: 81, targetPort: http}]}}`,
			want: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [
				{port: 80, targetPort: 8000}, {port: 81, targetPort: http}]}}`,
		},
		{
			name:  "what only the API server writes",
			given: `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, uid: u, generation: 1, creationTimestamp: null}}`,
			want:  `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`,
		},
		{
			name:  "text of a secret",
			given: `{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: eA==}, stringData: {b: "y", a: "z"}}`,
			want:  `{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: eg==, b: eQ==}}`,
		},
		{
			name:  "base64 on several lines",
			given: "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: \"eA==\\n\"}}",
			want:  `{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: eA==}}`,
		},
		{
			name:  "a value of the wrong type stays for the API server to refuse",
			given: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: many}}`,
			want:  `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: many}}`,
		},
		{
			name:  "a kind of somebody else",
			given: `{apiVersion: example.org/v1, kind: Thing, metadata: {name: a}, spec: {size: 1000m}}`,
			want:  `{apiVersion: example.org/v1, kind: Thing, metadata: {name: a}, spec: {size: 1000m}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, want := encode(t, Normalize(objecttest.Parse(t, test.given))), encode(t, objecttest.Parse(t, test.want))
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestPrune(t *testing.T) {
	live := objecttest.Parse(t, `{kind: Pod, spec: {nodeName: n, volumes: [{name: v, emptyDir: {}}, {name: token}], tags: [a, b]}}`)
	shape := objecttest.Parse(t, `{kind: Pod, spec: {volumes: [{name: v, emptyDir: {}}], tags: [x], missing: y}}`)
	want := objecttest.Parse(t, `{kind: Pod, spec: {volumes: [{name: v, emptyDir: {}}], tags: [a]}}`)
	if got := Prune(live, shape); !reflect.DeepEqual(got.Object, want.Object) {
		t.Errorf("got\n%swant\n%s", encode(t, got), encode(t, want))
	}
}
