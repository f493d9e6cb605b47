package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/await"
	"k8s-web/embedded/pulumi/internal/engine"
	"k8s-web/embedded/pulumi/internal/kube"
	"k8s-web/embedded/pulumi/internal/metadata"
)

// Diff compares what the program asks for now with what lives in the cluster of what it asked for before. What the API
// server added is no difference; what somebody changed is, once a refresh has seen it.
func (p *Provider) Diff(ctx context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	urn := resource.URN(request.GetUrn())
	recorded, err := unmarshal("Diff.olds", request.GetOlds())
	if err != nil {
		return nil, err
	}
	given, err := unmarshal("Diff.news", request.GetNews())
	if err != nil {
		return nil, err
	}
	before, after := parseState(recorded), normalize(toObject(given))
	old := p.comparable(before, after)

	changes := compare(old.Object, after.Object, p.replacementRules(urn, after))
	if err := ignore(changes, request.GetIgnoreChanges()); err != nil {
		return nil, err
	}
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: changes,
	}
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		if replaces(changes[path].GetKind()) {
			response.Replaces = append(response.Replaces, path)
		}
	}
	if p.replaceUnready(ctx, p.engine.For(urn), before.live, after) {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		response.Replaces = append(response.Replaces, fmt.Sprintf(`metadata.annotations[%q]`, metadata.ReplaceUnready))
	}
	// Two objects of one name cannot be there at once.
	response.DeleteBeforeReplace = len(response.GetReplaces()) > 0 && named(after) &&
		!metadata.IsTrue(after, metadata.Autonamed) &&
		after.GetName() == before.live.GetName() && after.GetNamespace() == before.live.GetNamespace()
	return response, nil
}

// comparable is the live object cut to what was asked for, in the namespace and of the kind that the comparison means.
// It sets the same on what is asked for now.
func (p *Provider) comparable(before state, after *unstructured.Unstructured) *unstructured.Unstructured {
	old := kube.Prune(before.live, normalize(before.inputs))
	namespace := func(object *unstructured.Unstructured) string {
		if object.GetNamespace() == "" {
			return kube.DefaultNamespace
		}
		return object.GetNamespace()
	}
	if p.namespaced(after) {
		old.SetNamespace(namespace(old))
		after.SetNamespace(namespace(after))
	} else {
		old.SetNamespace("")
		after.SetNamespace("")
	}
	if old.GetKind() == "" {
		old.SetGroupVersionKind(after.GroupVersionKind())
	}
	if after.GetName() != "" {
		old.SetName(before.live.GetName())
	}
	old.SetResourceVersion("")
	return old
}

// replaceUnready tells whether a Job that has not completed is to be replaced, as its annotation asks.
func (p *Provider) replaceUnready(
	ctx context.Context, report *engine.Reporter, live, after *unstructured.Unstructured,
) bool {
	switch {
	case !metadata.IsTrue(after, metadata.ReplaceUnready):
		return false
	case after.GetKind() != "Job":
		report.Warn(ctx, "replaceUnready annotation is not supported for this resource")
		return false
	case p.cluster == nil:
		report.Warn(ctx, "Cluster is unreachable, skipping replaceUnready check")
		return false
	}
	client, err := p.cluster.Like(live)
	if err != nil {
		return false
	}
	job, err := client.Get(ctx, live.GetName(), metav1.GetOptions{})
	return err == nil && !await.Complete(job)
}

// ignore drops the changes at and below the paths that the program ignores.
func ignore(changes map[string]*pulumirpc.PropertyDiff, paths []string) error {
	for _, path := range paths {
		ignored, err := resource.ParsePropertyPath(path)
		if err != nil {
			return fmt.Errorf("ignoreChanges: %q: %w", path, err)
		}
		for changed := range changes {
			if parsed, err := resource.ParsePropertyPath(changed); err == nil && ignored.Contains(parsed) {
				delete(changes, changed)
			}
		}
	}
	return nil
}
