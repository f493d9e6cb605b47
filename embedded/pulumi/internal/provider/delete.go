package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/await"
	"k8s-web/embedded/pulumi/internal/engine"
	"k8s-web/embedded/pulumi/internal/kube"
	"k8s-web/embedded/pulumi/internal/metadata"
)

// Delete removes the object with all that belongs to it, and waits until it is gone.
func (p *Provider) Delete(ctx context.Context, request *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	urn := resource.URN(request.GetUrn())
	ctx, report, end := p.operation(ctx, urn)
	defer end()
	recorded, err := unmarshal("Delete.properties", request.GetProperties())
	if err != nil {
		return nil, err
	}
	before := parseState(recorded)
	if p.cluster == nil {
		return p.deleteUnreachable(ctx, report)
	}
	_, name, err := parseID(request.GetId())
	if err != nil {
		return nil, err
	}
	timeout := metadata.Timeout(request.GetTimeout(), before.inputs, await.DefaultTimeout)
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()

	if isPatch(urn, before.live) {
		err = p.relinquish(ctx, before)
	} else {
		err = p.delete(ctx, report, before, name)
	}
	var failure *await.Failure
	switch {
	case err == nil, apierrors.IsNotFound(err), meta.IsNoMatchError(err):
		return &emptypb.Empty{}, nil
	case errors.As(err, &failure):
		before.live = lastKnown(err, before.live)
		return nil, initFailed(request.GetId(), err, before.properties(recorded), nil)
	}
	return nil, err
}

func (p *Provider) delete(ctx context.Context, report *engine.Reporter, before state, name string) error {
	client, err := p.cluster.Like(before.live)
	if err != nil {
		return err
	}
	policy := metadata.Propagation(before.inputs)
	if err := client.Delete(ctx, name, metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
		return err
	}
	if metadata.IsTrue(before.inputs, metadata.SkipAwait) && skipsAwaitOnDelete[before.live.GetKind()] {
		return nil
	}
	target := before.live
	if target.GetName() != name {
		target = &unstructured.Unstructured{Object: map[string]any{}}
		target.SetGroupVersionKind(before.live.GroupVersionKind())
		target.SetNamespace(before.live.GetNamespace())
		target.SetName(name)
	}
	return p.waiter(report).Gone(ctx, target)
}

// skipsAwaitOnDelete are the kinds for which the official provider lets skipAwait speak of the deletion as well.
var skipsAwaitOnDelete = map[string]bool{
	"Namespace": true, "Pod": true, "ReplicationController": true, "DaemonSet": true, "Deployment": true,
	"StatefulSet": true, "Job": true,
}

// relinquish gives up the fields that a Patch resource set; the object is somebody else's.
func (p *Provider) relinquish(ctx context.Context, before state) error {
	client, err := p.cluster.Like(before.live)
	if err != nil {
		return err
	}
	err = kube.Relinquish(ctx, client, before.live, before.fieldManager)
	if cause, required := apierrors.StatusCause(err, metav1.CauseTypeFieldValueRequired); required {
		return fmt.Errorf("this Patch resource is currently managing a required field, so it can't be deleted "+
			"directly. Either set the `retainOnDelete` resource option, or transfer ownership of the "+
			"field before deleting: %s", cause.Field)
	}
	return err
}

func (p *Provider) deleteUnreachable(ctx context.Context, report *engine.Reporter) (*emptypb.Empty, error) {
	if p.config.deleteUnreachable {
		report.Warn(ctx, "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. "+
			"Deleting the unreachable resource from Pulumi state")
		return &emptypb.Empty{}, nil
	}
	return nil, fmt.Errorf("configured Kubernetes cluster is unreachable: %w. If the cluster was deleted, you can remove "+
		"this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment "+
		"variable set to \"true\"", p.unreachable)
}
