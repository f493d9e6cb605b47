package provider

import (
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"k8s-web/embedded/pulumi/internal/metadata"
)

// Keys that the recorded state has besides the live object. They and their meaning are the official provider's.
const (
	inputsKey            = "__inputs"
	initialAPIVersionKey = "__initialApiVersion"
	fieldManagerKey      = "__fieldManager"
)

// state is what is recorded of an object: the object as it lives in the cluster, and what the program asked for.
type state struct {
	live, inputs *unstructured.Unstructured
	apiVersion   string
	fieldManager string
}

func parseState(properties resource.PropertyMap) state {
	object := plainMap(properties)
	parsed := state{inputs: &unstructured.Unstructured{Object: map[string]any{}}}
	if inputs, ok := object[inputsKey].(map[string]any); ok {
		parsed.inputs.Object = inputs
	}
	parsed.apiVersion, _ = object[initialAPIVersionKey].(string)
	parsed.fieldManager, _ = object[fieldManagerKey].(string)
	for _, key := range []string{inputsKey, initialAPIVersionKey, fieldManagerKey} {
		delete(object, key)
	}
	parsed.live = &unstructured.Unstructured{Object: object}
	return parsed
}

// properties is the state to record, with everything secret that was secret in what it was made from.
func (s state) properties(secretsFrom resource.PropertyMap) resource.PropertyMap {
	recorded := toProperties(s.live)
	inputs := toProperties(s.inputs)
	markSecrets(recorded, secretsFrom)
	markSecrets(inputs, secretsFrom)
	maps.Copy(recorded, resource.PropertyMap{
		inputsKey:            resource.NewObjectProperty(inputs),
		initialAPIVersionKey: resource.NewStringProperty(s.apiVersion),
		fieldManagerKey:      resource.NewStringProperty(s.fieldManager),
	})
	return recorded
}

// managerFor is the owner of an object's fields in server-side apply: as the program says, or as before, or a new one.
func managerFor(inputs *unstructured.Unstructured, before string) (string, error) {
	if chosen := metadata.Annotation(inputs, metadata.PatchFieldManager); chosen != "" {
		return chosen, nil
	}
	if before != "" {
		return before, nil
	}
	return resource.NewUniqueName(nil, "pulumi-kubernetes-", 0, 0, nil)
}

// idOf is "namespace/name", or the name of an object without a namespace.
func idOf(object *unstructured.Unstructured) string {
	if namespace := object.GetNamespace(); namespace != "" {
		return namespace + "/" + object.GetName()
	}
	return object.GetName()
}

func parseID(id string) (namespace, name string, err error) {
	parts := strings.Split(id, "/")
	switch {
	case len(parts) == 1 && parts[0] != "":
		return "", parts[0], nil
	case len(parts) == 2 && parts[0] != "" && parts[1] != "":
		return parts[0], parts[1], nil
	}
	return "", "", fmt.Errorf(`%q is not the ID of a Kubernetes object; give "namespace/name", or "name" for a kind `+
		"without namespaces", id)
}

// kindOf reads the kind of object from a type token such as "kubernetes:apps/v1:Deployment".
func kindOf(urn resource.URN) (schema.GroupVersionKind, error) {
	group, version, ok := strings.Cut(string(urn.Type().Module().Name()), "/")
	if string(urn.Type().Package()) != "kubernetes" || !ok {
		return schema.GroupVersionKind{}, fmt.Errorf("%q is not the type of a Kubernetes object", urn.Type())
	}
	if group == "core" {
		group = ""
	}
	return schema.GroupVersionKind{Group: group, Version: version, Kind: string(urn.Type().Name())}, nil
}

// isPatch tells a resource that owns some fields of somebody else's object from one that owns the object.
func isPatch(urn resource.URN, object *unstructured.Unstructured) bool {
	return string(urn.Type().Name()) == object.GetKind()+"Patch"
}
