package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/csaupgrade"
)

// CreateManager owns the fields of an object from its creation until its first update, when its own manager takes over.
const CreateManager = "pulumi-kubernetes"

// updatingManagers are tools whose earlier writes (not applies) to an object count as this provider's own.
var updatingManagers = sets.New(
	CreateManager, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes", "kubectl", "before-first-apply")

// ApplyOptions say how a server-side apply treats other managers of the same fields.
type ApplyOptions struct {
	Manager string
	Force   bool
	DryRun  bool
}

// Apply sets the fields that the object names, and gives up those that its manager set before and it no longer names.
func Apply(
	ctx context.Context, client dynamic.ResourceInterface, object *unstructured.Unstructured, options ApplyOptions,
) (*unstructured.Unstructured, error) {
	body, err := json.Marshal(object.Object)
	if err != nil {
		return nil, fmt.Errorf("encoding %s %q: %w", object.GetKind(), object.GetName(), err)
	}
	applied, err := client.Patch(ctx, object.GetName(), types.ApplyPatchType, body, metav1.PatchOptions{
		FieldManager: options.Manager, Force: &options.Force, DryRun: dryRun(options.DryRun),
	})
	if apierrors.IsConflict(err) {
		return nil, errors.Join(
			errors.New("server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/"+
				"how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources "+
				"for troubleshooting help"),
			fmt.Errorf("The resource managed by field manager %q had an apply conflict: %w", options.Manager, err))
	}
	return applied, err
}

// Create makes the object and fails where one of that name is there already.
func Create(
	ctx context.Context, client dynamic.ResourceInterface, object *unstructured.Unstructured, preview bool,
) (*unstructured.Unstructured, error) {
	return client.Create(ctx, object, metav1.CreateOptions{FieldManager: CreateManager, DryRun: dryRun(preview)})
}

func dryRun(on bool) []string {
	if on {
		return []string{metav1.DryRunAll}
	}
	return nil
}

// TakeOver makes the manager the owner of what was created or updated, not applied, in this provider's name.
func TakeOver(
	ctx context.Context, client dynamic.ResourceInterface, live *unstructured.Unstructured, manager string,
) (*unstructured.Unstructured, error) {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(live, updatingManagers, manager)
	if err != nil || patch == nil {
		return live, err
	}
	return client.Patch(ctx, live.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{})
}

// Relinquish gives up every field that the manager owns; fields without another owner go.
func Relinquish(
	ctx context.Context, client dynamic.ResourceInterface, object *unstructured.Unstructured, manager string,
) error {
	identity := &unstructured.Unstructured{Object: map[string]any{}}
	identity.SetAPIVersion(object.GetAPIVersion())
	identity.SetKind(object.GetKind())
	identity.SetNamespace(object.GetNamespace())
	identity.SetName(object.GetName())
	_, err := Apply(ctx, client, identity, ApplyOptions{Manager: manager})
	return err
}

// CreatedByUs tells whether fields of the object still have the owner that created it; an update changes that first.
func CreatedByUs(live *unstructured.Unstructured) bool {
	for _, entry := range live.GetManagedFields() {
		if entry.Operation == metav1.ManagedFieldsOperationUpdate && updatingManagers.Has(entry.Manager) {
			return true
		}
	}
	return false
}
