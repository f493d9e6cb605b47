package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/retry"

	"k8s-web/embedded/pulumi/internal/await"
	"k8s-web/embedded/pulumi/internal/kube"
	"k8s-web/embedded/pulumi/internal/metadata"
)

// Update applies what the program asks for now and waits until the object is ready again.
func (p *Provider) Update(ctx context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	urn := resource.URN(request.GetUrn())
	ctx, report, end := p.operation(ctx, urn)
	defer end()
	recorded, err := unmarshal("Update.olds", request.GetOlds())
	if err != nil {
		return nil, err
	}
	given, err := unmarshal("Update.news", request.GetNews())
	if err != nil {
		return nil, err
	}
	before := parseState(recorded)
	after := state{inputs: normalize(toObject(given)), apiVersion: before.apiVersion}
	asGiven := &pulumirpc.UpdateResponse{Properties: request.GetNews()}
	if request.GetPreview() && !p.canPreview(after.inputs) {
		return asGiven, nil
	}
	if err := p.requireCluster(); err != nil {
		return nil, err
	}
	if after.fieldManager, err = managerFor(after.inputs, before.fieldManager); err != nil {
		return nil, err
	}
	client, err := p.cluster.Like(after.inputs)
	if err != nil {
		return nil, err
	}

	change := change{
		client: client, name: before.live.GetName(), manager: after.fieldManager, preview: request.GetPreview(),
		patch: isPatch(urn, after.inputs), ignored: request.GetIgnoreChanges(),
	}
	after.live, err = p.update(ctx, change, after.inputs)
	if request.GetPreview() {
		if apierrors.IsForbidden(err) {
			return asGiven, nil
		} else if err != nil {
			return nil, fmt.Errorf("update of resource %q would fail: %w", urn, err)
		}
		properties, err := marshal(after.properties(given))
		return &pulumirpc.UpdateResponse{Properties: properties}, err
	}
	if err != nil {
		return nil, p.updateFailed(ctx, client, urn, err, before, after, given)
	}

	waiting, stop := context.WithTimeout(ctx, metadata.Timeout(request.GetTimeout(), after.inputs, await.DefaultTimeout))
	defer stop()
	ready, err := p.waiter(report).Ready(waiting, after.live)
	if err != nil {
		after.live = lastKnown(err, after.live)
		return nil, initFailed(idOf(after.live), fmt.Errorf("the Kubernetes API server reported that %q failed to fully "+
			"initialize or become live: %w", idOf(after.live), err), after.properties(given), nil)
	}
	after.live = ready
	if before.fieldManager != "" && before.fieldManager != after.fieldManager {
		if err := kube.Relinquish(ctx, client, after.live, before.fieldManager); err != nil {
			return nil, fmt.Errorf("taking the fields of %q from manager %q: %w", idOf(ready), before.fieldManager, err)
		}
	}
	properties, err := marshal(after.properties(given))
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: properties}, nil
}

// updateFailed records the object as it is where it still can be read, so that the next update starts from there.
func (p *Provider) updateFailed(
	ctx context.Context, client dynamic.ResourceInterface, urn resource.URN, cause error,
	before, after state, given resource.PropertyMap,
) error {
	live, err := client.Get(context.WithoutCancel(ctx), before.live.GetName(), metav1.GetOptions{})
	if err != nil {
		return errors.Join(
			fmt.Errorf("update of resource %q failed: %w", urn, cause),
			fmt.Errorf("unable to get cluster state: %w", err))
	}
	after.live = live
	return initFailed(idOf(live), fmt.Errorf("the Kubernetes API server reported that %q failed to fully "+
		"initialize or become live: %w", idOf(live), cause), after.properties(given), nil)
}

// change is one update of one live object.
type change struct {
	client  dynamic.ResourceInterface
	name    string
	manager string
	preview bool
	// patch is true where the program owns some fields of somebody else's object.
	patch   bool
	ignored []string
}

func (p *Provider) update(
	ctx context.Context, change change, inputs *unstructured.Unstructured,
) (*unstructured.Unstructured, error) {
	var live *unstructured.Unstructured
	// The object's controller writes its status at any time, which the hand-over must not lose.
	err := retry.RetryOnConflict(retry.DefaultRetry, func() (err error) {
		live, err = change.client.Get(ctx, change.name, metav1.GetOptions{})
		if err == nil && !change.preview && !change.patch {
			live, err = kube.TakeOver(ctx, change.client, live, change.manager)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	// Before its first update the object belongs to the manager that created it.
	force := p.force(inputs) || len(live.GetManagedFields()) == 0 || (change.preview && kube.CreatedByUs(live))
	wanted := inputs.DeepCopy()
	if err := keepIgnored(wanted, live, change); err != nil {
		return nil, err
	}
	return kube.Apply(ctx, change.client, wanted, kube.ApplyOptions{
		Manager: change.manager, Force: force, DryRun: change.preview,
	})
}

// keepIgnored leaves the fields that the program ignores as they are: to their owner where that is somebody else, with
// their live value otherwise, because a field that is not applied is given up.
func keepIgnored(wanted, live *unstructured.Unstructured, change change) error {
	if len(change.ignored) == 0 {
		return nil
	}
	owners, err := kube.OwnersOf(live, change.manager)
	if err != nil {
		return err
	}
	for _, path := range change.ignored {
		parsed, err := resource.ParsePropertyPath(path)
		if err != nil {
			return fmt.Errorf("ignoreChanges: %q: %w", path, err)
		}
		fields := make([]string, 0, len(parsed))
		for _, step := range parsed {
			fields = append(fields, fmt.Sprint(step))
		}
		if owners.OnlyOthers(fields...) {
			unstructured.RemoveNestedField(wanted.Object, fields...)
			continue
		}
		value, found, err := unstructured.NestedFieldCopy(live.Object, fields...)
		if err != nil {
			return fmt.Errorf("ignoreChanges: %s of %s %q: %w",
				strings.Join(fields, "."), live.GetKind(), live.GetName(), err)
		}
		if !found {
			continue
		}
		if err := unstructured.SetNestedField(wanted.Object, value, fields...); err != nil {
			return fmt.Errorf("ignoreChanges: %s: %w", strings.Join(fields, "."), err)
		}
	}
	return nil
}
