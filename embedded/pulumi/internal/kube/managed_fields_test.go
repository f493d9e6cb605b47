package kube

import (
	"testing"

	"k8s-web/embedded/pulumi/internal/objecttest"
)

func TestOwnersOfFields(t *testing.T) {
	live := objecttest.Parse(t, `
apiVersion: v1
kind: ReplicationController
metadata:
  name: a
  managedFields:
    - {manager: ours, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:template": {"f:spec": {}}}}}
    - {manager: autoscaler, operation: Update, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:replicas": {}}}}
`)
	owners, err := OwnersOf(live, "ours")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"replicas": true, "template": false, "selector": false} {
		if got := owners.OnlyOthers("spec", path); got != want {
			t.Errorf("spec.%s is only others': %v", path, got)
		}
	}
	if owners.OnlyOthers("spec") {
		t.Error("spec is shared, and passed as only others'")
	}
	if CreatedByUs(live) {
		t.Error("an object that another manager wrote passed as just created")
	}
}
