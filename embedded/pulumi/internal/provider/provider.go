// Package provider manages Kubernetes objects for Pulumi programs in the way of the official provider.
package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/await"
	"k8s-web/embedded/pulumi/internal/engine"
	"k8s-web/embedded/pulumi/internal/kube"
)

// Version is the release of the official provider whose behaviour and state are kept to.
const Version = "4.34.2"

// Provider answers the engine for one configured cluster.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	engine *engine.Engine
	config config
	// cluster is nil where it cannot be reached; unreachable says why.
	cluster     *kube.Cluster
	unreachable error

	cancelled context.Context
	cancel    context.CancelFunc
}

// New makes a provider that is not configured yet.
func New(engine *engine.Engine) *Provider {
	cancelled, cancel := context.WithCancel(context.Background())
	return &Provider{engine: engine, cancelled: cancelled, cancel: cancel}
}

// GetPluginInfo reports the version.
func (p *Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetSchema names the package only. Programs and the engine do not need more; generating an SDK would.
func (p *Provider) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: fmt.Sprintf(`{"name":"kubernetes","version":%q}`, Version)}, nil
}

// Cancel ends every wait under way. Their objects stay, and their state is recorded.
func (p *Provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.cancel()
	return &emptypb.Empty{}, nil
}

// Invoke refuses the provider's functions.
func (p *Provider) Invoke(_ context.Context, request *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	return nil, notOffered(request.GetTok())
}

// Construct refuses the provider's own components.
func (p *Provider) Construct(
	_ context.Context, request *pulumirpc.ConstructRequest,
) (*pulumirpc.ConstructResponse, error) {
	return nil, notOffered(request.GetType())
}

// Call refuses methods of the provider's own components.
func (p *Provider) Call(_ context.Context, request *pulumirpc.CallRequest) (*pulumirpc.CallResponse, error) {
	return nil, notOffered(request.GetTok())
}

func notOffered(what string) error {
	return status.Errorf(codes.Unimplemented,
		"%s: this `kubernetes` provider is the embedded stand-in, which manages plain Kubernetes objects only; use the "+
			"official provider for Helm charts, Kustomize directories and YAML files, or write the objects in the program",
		what)
}

// operation is what every change to an object needs: a context that ends with the request or with Cancel, and reports.
func (p *Provider) operation(ctx context.Context, urn resource.URN) (context.Context, *engine.Reporter, func()) {
	ctx, stop := context.WithCancel(ctx)
	release := context.AfterFunc(p.cancelled, stop)
	return ctx, p.engine.For(urn), func() { release(); stop() }
}

func (p *Provider) waiter(report *engine.Reporter) *await.Waiter {
	return &await.Waiter{Cluster: p.cluster, Report: report}
}

func (p *Provider) requireCluster() error {
	if p.cluster == nil {
		return fmt.Errorf("configured Kubernetes cluster is unreachable: %w", p.unreachable)
	}
	return nil
}

// initFailed tells the engine that the object exists but is not ready, with its state, so that a later update goes on
// from there.
func initFailed(id string, cause error, state, inputs resource.PropertyMap) error {
	properties, err := marshal(state)
	if err != nil {
		return errors.Join(cause, err)
	}
	detail := &pulumirpc.ErrorResourceInitFailed{Id: id, Properties: properties, Reasons: []string{cause.Error()}}
	var failure *await.Failure
	if errors.As(cause, &failure) {
		detail.Reasons = append(detail.Reasons, failure.Reasons...)
	}
	if inputs != nil {
		if detail.Inputs, err = marshal(inputs); err != nil {
			return errors.Join(cause, err)
		}
	}
	withDetail, err := status.New(codes.Unknown, cause.Error()).WithDetails(detail)
	if err != nil {
		return errors.Join(cause, err)
	}
	return withDetail.Err()
}

// lastKnown is the object that a failed wait saw last.
func lastKnown(err error, fallback *unstructured.Unstructured) *unstructured.Unstructured {
	var failure *await.Failure
	if errors.As(err, &failure) && failure.Object != nil {
		return failure.Object
	}
	return fallback
}
