package provider

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"k8s-web/embedded/pulumi/internal/objecttest"
)

func kinds(changes map[string]*pulumirpc.PropertyDiff) map[string]string {
	kinds := map[string]string{}
	for path, change := range changes {
		kinds[path] = change.GetKind().String()
	}
	return kinds
}

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		want           map[string]string
	}{
		{name: "same", old: `{a: {b: [1, {c: x}]}}`, new: `{a: {b: [1, {c: x}]}}`, want: map[string]string{}},
		{name: "changed", old: `{a: {b: 1}}`, new: `{a: {b: 2}}`, want: map[string]string{"a.b": "UPDATE"}},
		{name: "added", old: `{a: {}}`, new: `{a: {b: {c: 1}}}`, want: map[string]string{"a.b": "ADD"}},
		{name: "deleted", old: `{a: {b: {c: 1}}}`, new: `{a: {}}`, want: map[string]string{"a.b": "DELETE"}},
		{name: "null is absent", old: `{a: null}`, new: `{b: null}`, want: map[string]string{}},
		{name: "of another type", old: `{a: {b: 1}}`, new: `{a: [1]}`, want: map[string]string{"a": "UPDATE"}},
		{
			name: "lists go by position", old: `{a: [{x: 1}, {x: 2}]}`, new: `{a: [{x: 1}, {x: 3}, {x: 4}]}`,
			want: map[string]string{"a[1].x": "UPDATE", "a[2]": "ADD"},
		},
		{name: "shorter list", old: `{a: [1, 2]}`, new: `{a: [1]}`, want: map[string]string{"a[1]": "DELETE"}},
		{
			name: "keys that need quoting", old: `{m: {"pulumi.com/x": "1"}}`, new: `{m: {"pulumi.com/x": "2"}}`,
			want: map[string]string{`m["pulumi.com/x"]`: "UPDATE"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := kinds(compare(objecttest.Parse(t, test.old).Object, objecttest.Parse(t, test.new).Object, nil))
			if !maps.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestCompareNumbersByValue(t *testing.T) {
	changes := compare(map[string]any{"a": int64(3)}, map[string]any{"a": float64(3)}, nil)
	if len(changes) != 0 {
		t.Errorf("3 and 3.0 differ: %v", kinds(changes))
	}
}

func TestCompareUnknown(t *testing.T) {
	changes := compare(
		map[string]any{"known": "x"}, map[string]any{"known": resource.Computed{}, "new": resource.Computed{}}, nil)
	want := map[string]string{"known": "UPDATE", "new": "ADD"}
	if got := kinds(changes); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestReplacement(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		mutable        bool
		want           []string
	}{
		{
			name: "another name",
			old:  `{apiVersion: v1, kind: Service, metadata: {name: a}}`,
			new:  `{apiVersion: v1, kind: Service, metadata: {name: b}}`, want: []string{"metadata.name"},
		},
		{
			name: "another namespace",
			old:  `{apiVersion: v1, kind: Service, metadata: {namespace: a}}`,
			new:  `{apiVersion: v1, kind: Service, metadata: {namespace: b}}`, want: []string{"metadata.namespace"},
		},
		{
			name: "label", old: `{apiVersion: v1, kind: Service, metadata: {labels: {a: b}}}`,
			new: `{apiVersion: v1, kind: Service, metadata: {labels: {a: c}}}`,
		},
		{
			name: "secret", old: `{apiVersion: v1, kind: Secret, data: {a: eA==}}`,
			new: `{apiVersion: v1, kind: Secret, data: {a: eQ==}}`, want: []string{"data.a"},
		},
		{
			name: "mutable secret", old: `{apiVersion: v1, kind: Secret, data: {a: eA==}}`, mutable: true,
			new: `{apiVersion: v1, kind: Secret, data: {a: eQ==}}`,
		},
		{
			name: "type of a mutable secret", old: `{apiVersion: v1, kind: Secret, type: Opaque}`, mutable: true,
			new: `{apiVersion: v1, kind: Secret, type: x/y}`, want: []string{"type"},
		},
		{
			name: "immutable secret", old: `{apiVersion: v1, kind: Secret, immutable: true, data: {a: eA==}}`, mutable: true,
			new: `{apiVersion: v1, kind: Secret, immutable: true, data: {a: eQ==}}`, want: []string{"data.a"},
		},
		{
			name: "config map", old: `{apiVersion: v1, kind: ConfigMap, data: {a: x}}`,
			new: `{apiVersion: v1, kind: ConfigMap, data: {a: y}}`, want: []string{"data.a"},
		},
		{
			name: "first data of a config map", old: `{apiVersion: v1, kind: ConfigMap}`,
			new: `{apiVersion: v1, kind: ConfigMap, data: {a: y}}`, want: []string{"data"},
		},
		{
			name: "mutable config map", old: `{apiVersion: v1, kind: ConfigMap, data: {a: x}}`, mutable: true,
			new: `{apiVersion: v1, kind: ConfigMap, data: {a: y}}`,
		},
		{
			name: "cluster IP", old: `{apiVersion: v1, kind: Service, spec: {clusterIP: 10.0.0.1}}`,
			new: `{apiVersion: v1, kind: Service, spec: {clusterIP: 10.0.0.2}}`, want: []string{"spec.clusterIP"},
		},
		{
			name: "type of a service", old: `{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}`,
			new: `{apiVersion: v1, kind: Service, spec: {type: NodePort}}`,
		},
		{
			name: "template of a replication controller",
			old:  `{apiVersion: v1, kind: ReplicationController, spec: {template: {spec: {containers: [{image: a}]}}}}`,
			new:  `{apiVersion: v1, kind: ReplicationController, spec: {template: {spec: {containers: [{image: b}]}}}}`,
		},
		{
			name: "template of a job",
			old:  `{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {containers: [{image: a}]}}}}`,
			new:  `{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {containers: [{image: b}]}}}}`,
			want: []string{"spec.template.spec.containers[0].image"},
		},
		{
			name: "backoff limit of a job", old: `{apiVersion: batch/v1, kind: Job, spec: {backoffLimit: 1}}`,
			new: `{apiVersion: batch/v1, kind: Job, spec: {backoffLimit: 2}}`,
		},
		{
			name: "image of a pod's second container",
			old:  `{apiVersion: v1, kind: Pod, spec: {containers: [{image: a}, {image: a}]}}`,
			new:  `{apiVersion: v1, kind: Pod, spec: {containers: [{image: a}, {image: b}]}}`,
			want: []string{"spec.containers[1].image"},
		},
		{
			name: "another container in a pod",
			old:  `{apiVersion: v1, kind: Pod, spec: {containers: [{image: a}]}}`,
			new:  `{apiVersion: v1, kind: Pod, spec: {containers: [{image: a}, {image: b}]}}`,
			want: []string{"spec.containers[1]"},
		},
		{
			name: "selector of a deployment",
			old:  `{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchLabels: {a: b}}}}`,
			new:  `{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchLabels: {a: c}}}}`,
			want: []string{"spec.selector.matchLabels.a"},
		},
		{
			name: "storage class of a claim",
			old:  `{apiVersion: v1, kind: PersistentVolumeClaim, spec: {storageClassName: a}}`,
			new:  `{apiVersion: v1, kind: PersistentVolumeClaim, spec: {storageClassName: b}}`,
			want: []string{"spec.storageClassName"},
		},
		{
			name: "size of a claim",
			old:  `{apiVersion: v1, kind: PersistentVolumeClaim, spec: {resources: {requests: {storage: 1Gi}}}}`,
			new:  `{apiVersion: v1, kind: PersistentVolumeClaim, spec: {resources: {requests: {storage: 2Gi}}}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			provider := &Provider{config: config{enableSecretMutable: test.mutable, enableConfigMapMutable: test.mutable}}
			old, new := objecttest.Parse(t, test.old), objecttest.Parse(t, test.new)
			urn := resource.URN("urn:pulumi:dev::p::kubernetes:any/v1:" + new.GetKind() + "::x")
			var got []string
			changes := compare(old.Object, new.Object, provider.replacementRules(urn, new))
			if len(changes) == 0 {
				t.Error("no change seen")
			}
			for path, change := range changes {
				if replaces(change.GetKind()) {
					got = append(got, path)
				}
			}
			slices.Sort(got)
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("replaced for %v, want %v", got, test.want)
			}
		})
	}
}

func TestIgnoredChanges(t *testing.T) {
	changes := map[string]*pulumirpc.PropertyDiff{
		"spec.replicas": {}, "spec.template.spec": {}, `metadata.annotations["a.b/c"]`: {}, "metadata.labels.x": {},
	}
	if err := ignore(changes, []string{"spec.replicas", `metadata.annotations["a.b/c"]`, "spec.template"}); err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(maps.Keys(changes)); !slices.Equal(got, []string{"metadata.labels.x"}) {
		t.Errorf("left: %v", got)
	}
}
