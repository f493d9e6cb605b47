package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/kube"
	"k8s-web/embedded/pulumi/internal/metadata"
)

// Check completes what the program gave: the object's name, its namespace, and the spelling that the API server uses.
func (p *Provider) Check(ctx context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(request.GetUrn())
	if p.cluster == nil && p.config.skipUpdateUnreachable {
		p.engine.For(urn).Warn(ctx, "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...")
		return &pulumirpc.CheckResponse{Inputs: request.GetOlds()}, nil
	}
	before, err := unmarshal("Check.olds", request.GetOlds())
	if err != nil {
		return nil, err
	}
	given, err := unmarshal("Check.news", request.GetNews())
	if err != nil {
		return nil, err
	}
	kind, err := kindOf(urn)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(kind.Kind, "List") && (p.cluster == nil || !p.cluster.Serves(kind)) {
		return nil, errors.New("list resources exist for compatibility with YAML manifests and Helm charts, " +
			"and cannot be created directly. Use the underlying resource type instead")
	}

	inputs := normalize(toObject(given))
	if isPatch(urn, inputs) && inputs.GetName() == "" {
		return nil, errors.New("patch resources require the `.metadata.name` field to be set")
	}
	if err := name(inputs, toObject(before), urn, request); err != nil {
		return nil, err
	}
	if p.config.namespace != "" && inputs.GetNamespace() == "" && p.namespaced(inputs) {
		inputs.SetNamespace(p.config.namespace)
	}

	checked := toProperties(inputs)
	markSecrets(checked, given)
	response, err := marshal(checked)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: response}, nil
}

// name gives the object the name it had, or a new one, where the program names none.
func name(inputs, before *unstructured.Unstructured, urn resource.URN, request *pulumirpc.CheckRequest) error {
	if named(inputs) {
		return nil
	}
	if metadata.IsTrue(before, metadata.Autonamed) {
		inputs.SetName(before.GetName())
		metadata.Annotate(inputs, metadata.Autonamed, "true")
		return nil
	}
	if generated, _, _ := unstructured.NestedFieldNoCopy(inputs.Object, "metadata", "generateName"); generated != nil {
		return errors.New("the `.metadata.generateName` field is not supported in Server-Side Apply mode")
	}
	chosen, err := resource.NewUniqueName(request.GetRandomSeed(), urn.Name()+"-", 0, 0, nil)
	if err != nil {
		return err
	}
	if autonaming := request.GetAutonaming(); autonaming != nil {
		if autonaming.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_DISABLE {
			return errors.New("autonaming is disabled, resource requires the .metadata.name field to be set")
		}
		chosen = autonaming.GetProposedName()
	}
	inputs.SetName(chosen)
	metadata.Annotate(inputs, metadata.Autonamed, "true")
	return nil
}

// named is true for a name that is not known yet, too.
func named(object *unstructured.Unstructured) bool {
	metadata, ok := object.Object["metadata"].(map[string]any)
	if !ok {
		return hasUnknown(object.Object["metadata"])
	}
	return metadata["name"] != nil && metadata["name"] != ""
}

// normalize leaves objects alone of which parts are not known yet.
func normalize(object *unstructured.Unstructured) *unstructured.Unstructured {
	if hasUnknown(object.Object) {
		return object
	}
	return kube.Normalize(object)
}

// clusterWide are the common kinds without a namespace, for when no API server can be asked.
var clusterWide = map[string]bool{
	"Namespace": true, "Node": true, "PersistentVolume": true, "StorageClass": true, "PriorityClass": true,
	"ClusterRole": true, "ClusterRoleBinding": true, "CustomResourceDefinition": true, "IngressClass": true,
	"RuntimeClass": true, "APIService": true, "CSIDriver": true, "CSINode": true,
	"ValidatingWebhookConfiguration": true, "MutatingWebhookConfiguration": true,
}

func (p *Provider) namespaced(object *unstructured.Unstructured) bool {
	if p.cluster == nil {
		return !clusterWide[object.GetKind()]
	}
	return p.cluster.Namespaced(object.GroupVersionKind())
}
