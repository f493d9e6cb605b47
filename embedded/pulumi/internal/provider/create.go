package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"

	"k8s-web/embedded/pulumi/internal/await"
	"k8s-web/embedded/pulumi/internal/engine"
	"k8s-web/embedded/pulumi/internal/kube"
	"k8s-web/embedded/pulumi/internal/metadata"
)

// creationRetries let an object follow a namespace, or a kind, that is made in the same moment.
var creationRetries = wait.Backoff{Duration: time.Second, Factor: 2, Steps: 5}

// Create makes the object and waits until it is ready. In a preview the API server only tells what would come of it.
func (p *Provider) Create(ctx context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	urn := resource.URN(request.GetUrn())
	ctx, report, end := p.operation(ctx, urn)
	defer end()
	given, err := unmarshal("Create.properties", request.GetProperties())
	if err != nil {
		return nil, err
	}
	inputs := toObject(given)
	asGiven := &pulumirpc.CreateResponse{Properties: request.GetProperties()}
	if request.GetPreview() && (!p.canPreview(inputs) || isPatch(urn, inputs)) {
		return asGiven, nil
	}
	if err := p.requireCluster(); err != nil {
		return nil, err
	}

	created := state{inputs: inputs, apiVersion: inputs.GetAPIVersion()}
	if created.fieldManager, err = managerFor(inputs, ""); err != nil {
		return nil, err
	}
	created.live, err = p.create(ctx, report, urn, created, request.GetPreview())
	switch {
	case err == nil:
	case request.GetPreview() && previewIsBlind(err):
		return asGiven, nil
	default:
		return nil, fmt.Errorf(
			"resource %q was not successfully created by the Kubernetes API server: %w", urn, explainCreation(err))
	}
	if request.GetPreview() {
		// The status is not known before the object is there.
		delete(created.live.Object, "status")
		properties, err := marshal(created.properties(given))
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}

	waiting, stop := context.WithTimeout(ctx, metadata.Timeout(request.GetTimeout(), inputs, await.DefaultTimeout))
	defer stop()
	ready, err := p.waiter(report).Ready(waiting, created.live)
	if err != nil {
		created.live = lastKnown(err, created.live)
		return nil, initFailed(idOf(created.live), fmt.Errorf("resource %q was successfully created, but the Kubernetes "+
			"API server reported that it failed to fully initialize or become live: %w", urn, err),
			created.properties(given), nil)
	}
	created.live = ready
	properties, err := marshal(created.properties(given))
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: idOf(ready), Properties: properties}, nil
}

// canPreview tells whether the API server can say what would become of the object.
func (p *Provider) canPreview(inputs *unstructured.Unstructured) bool {
	return !hasUnknown(inputs.Object) && p.cluster != nil && p.cluster.Serves(inputs.GroupVersionKind())
}

// previewIsBlind is true for errors that say nothing about the update: the namespace, or the removal of an object that
// is to be replaced, may only come with it.
func previewIsBlind(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsAlreadyExists(err) || namespaceMissing(err)
}

func namespaceMissing(err error) bool {
	var status apierrors.APIStatus
	return apierrors.IsNotFound(err) && errors.As(err, &status) && status.Status().Details != nil &&
		status.Status().Details.Kind == "namespaces"
}

func (p *Provider) create(
	ctx context.Context, report *engine.Reporter, urn resource.URN, wanted state, preview bool,
) (*unstructured.Unstructured, error) {
	var live *unstructured.Unstructured
	once := func() error {
		client, err := p.cluster.Like(wanted.inputs)
		if err != nil {
			return err
		}
		if p.config.upsertExistingObjects || isPatch(urn, wanted.inputs) {
			live, err = kube.Apply(ctx, client, wanted.inputs, kube.ApplyOptions{
				Manager: wanted.fieldManager, Force: preview || p.force(wanted.inputs), DryRun: preview,
			})
			return err
		}
		live, err = kube.Create(ctx, client, wanted.inputs, preview)
		return err
	}
	if preview {
		err := once()
		return live, err
	}
	var last error
	err := wait.ExponentialBackoffWithContext(ctx, creationRetries, func(context.Context) (bool, error) {
		last = once()
		if !apierrors.IsNotFound(last) && !meta.IsNoMatchError(last) {
			return true, last
		}
		report.Progress(ctx, fmt.Sprintf("Creation failed, trying again: %v", last))
		return false, nil
	})
	if wait.Interrupted(err) && last != nil {
		err = last
	}
	return live, err
}

// force tells whether to take fields from other owners.
func (p *Provider) force(inputs *unstructured.Unstructured) bool {
	return p.config.enablePatchForce || metadata.IsTrue(inputs, metadata.PatchForce)
}

func explainCreation(err error) error {
	switch {
	case apierrors.IsAlreadyExists(err):
		return fmt.Errorf("%w\n\nThe resource already exists in the cluster. If another program or tool made it, adopt it "+
			"with `pulumi import`, or manage only some of its fields with a Patch resource. If it is this program's under "+
			"another resource name, give the resource an alias. To take over existing objects in general, set "+
			"`upsertExistingObjects` on the provider", err)
	case meta.IsNoMatchError(err):
		return fmt.Errorf("the API server does not know this apiVersion and kind; verify that any required CRDs have "+
			"been created: %w", err)
	}
	return err
}
