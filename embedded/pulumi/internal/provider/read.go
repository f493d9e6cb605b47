package provider

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/engine"
	"k8s-web/embedded/pulumi/internal/kube"
)

// gone is how a read says that the object does not exist.
var gone = &pulumirpc.ReadResponse{}

// Read looks the object up: for a refresh with what is recorded of it, for an import or a `get` by its ID only.
func (p *Provider) Read(ctx context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	urn := resource.URN(request.GetUrn())
	ctx, report, end := p.operation(ctx, urn)
	defer end()
	if p.cluster == nil {
		return p.readUnreachable(ctx, report, request)
	}
	recorded, err := unmarshal("Read.properties", request.GetProperties())
	if err != nil {
		return nil, err
	}
	given, err := unmarshal("Read.inputs", request.GetInputs())
	if err != nil {
		return nil, err
	}
	before := parseState(recorded)
	inputs := normalize(toObject(given))
	imported := inputs.GetKind() == "" && before.live.GetKind() == ""
	if err := identify(inputs, before.live, urn, request.GetId()); err != nil {
		return nil, err
	}

	client, err := p.cluster.Like(inputs)
	if meta.IsNoMatchError(err) {
		return gone, nil
	} else if err != nil {
		return nil, err
	}
	_, name, err := parseID(request.GetId())
	if err != nil {
		return nil, err
	}
	live, err := client.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return gone, nil
	} else if err != nil {
		return nil, err
	}

	current := state{live: live, apiVersion: before.apiVersion}
	if current.apiVersion == "" {
		current.apiVersion = inputs.GetAPIVersion()
	}
	if current.fieldManager, err = managerFor(inputs, before.fieldManager); err != nil {
		return nil, err
	}
	var unready error
	if imported {
		current.inputs = importedInputs(live)
	} else {
		current.inputs = kube.Prune(live, inputs)
		unready = p.waiter(report).Check(ctx, live)
	}
	return readResponse(request.GetId(), current, given, unready)
}

func readResponse(
	id string, current state, given resource.PropertyMap, unready error,
) (*pulumirpc.ReadResponse, error) {
	inputs := toProperties(current.inputs)
	markSecrets(inputs, given)
	if unready != nil {
		return nil, initFailed(id, unready, current.properties(given), inputs)
	}
	properties, err := marshal(current.properties(given))
	if err != nil {
		return nil, err
	}
	marshalled, err := marshal(inputs)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResponse{Id: id, Properties: properties, Inputs: marshalled}, nil
}

// identify fills in from the state, the type and the ID what the inputs do not say of the object's identity.
func identify(inputs, live *unstructured.Unstructured, urn resource.URN, id string) error {
	if inputs.GetKind() != "" {
		return nil
	}
	kind := live.GroupVersionKind()
	if kind.Kind == "" {
		var err error
		if kind, err = kindOf(urn); err != nil {
			return err
		}
	}
	namespace, name, err := parseID(id)
	if err != nil {
		return err
	}
	inputs.SetGroupVersionKind(kind)
	if inputs.GetName() == "" {
		inputs.SetName(name)
	}
	if inputs.GetNamespace() == "" {
		inputs.SetNamespace(namespace)
	}
	return nil
}

// importedInputs are what a program would have to say to get the object as it is.
func importedInputs(live *unstructured.Unstructured) *unstructured.Unstructured {
	inputs := live.DeepCopy()
	delete(inputs.Object, "status")
	for _, field := range []string{"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"} {
		unstructured.RemoveNestedField(inputs.Object, "metadata", field)
	}
	for _, annotation := range []string{
		"deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration",
	} {
		unstructured.RemoveNestedField(inputs.Object, "metadata", "annotations", annotation)
	}
	return inputs
}

func (p *Provider) readUnreachable(
	ctx context.Context, report *engine.Reporter, request *pulumirpc.ReadRequest,
) (*pulumirpc.ReadResponse, error) {
	report.Warn(ctx, "configured Kubernetes cluster is unreachable: %v", p.unreachable)
	switch {
	case p.config.deleteUnreachable:
		return gone, nil
	case p.config.skipUpdateUnreachable:
		return &pulumirpc.ReadResponse{
			Id: request.GetId(), Properties: request.GetProperties(), Inputs: request.GetInputs(),
		}, nil
	}
	return nil, errors.New("failed to read resource state due to unreachable cluster. If the cluster was deleted, " +
		"you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE " +
		"environment variable set to \"true\"")
}
