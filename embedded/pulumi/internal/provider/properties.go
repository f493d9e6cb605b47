package provider

import (
	"math"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func unmarshal(label string, properties *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(properties, plugin.MarshalOptions{
		Label: label, KeepUnknowns: true, KeepSecrets: true,
	})
}

func marshal(properties resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
}

// toObject makes a Kubernetes object of properties. Secrets become plain values; unknown ones, which only a preview
// has, stay as they are.
func toObject(properties resource.PropertyMap) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: plainMap(properties)}
}

func plainMap(properties resource.PropertyMap) map[string]any {
	object := make(map[string]any, len(properties))
	for key, value := range properties {
		name := string(key)
		if dashed, ok := dashedKeys[name]; ok {
			name = dashed
		}
		object[name] = plain(value)
	}
	return object
}

func plain(value resource.PropertyValue) any {
	switch {
	case value.IsSecret():
		return plain(value.SecretValue().Element)
	case value.IsObject():
		return plainMap(value.ObjectValue())
	case value.IsArray():
		elements := make([]any, 0, len(value.ArrayValue()))
		for _, element := range value.ArrayValue() {
			elements = append(elements, plain(element))
		}
		return elements
	case value.IsNumber():
		return number(value.NumberValue())
	default:
		return value.MapRepl(nil, nil)
	}
}

// number writes whole numbers the way Kubernetes reads them.
func number(value float64) any {
	if value == math.Trunc(value) && math.Abs(value) < 1<<53 {
		return int64(value)
	}
	return value
}

// dashedKeys are the fields of a CustomResourceDefinition whose names no SDK could write as they are.
var dashedKeys = map[string]string{
	"x_kubernetes_embedded_resource":       "x-kubernetes-embedded-resource",
	"x_kubernetes_int_or_string":           "x-kubernetes-int-or-string",
	"x_kubernetes_list_map_keys":           "x-kubernetes-list-map-keys",
	"x_kubernetes_list_type":               "x-kubernetes-list-type",
	"x_kubernetes_map_type":                "x-kubernetes-map-type",
	"x_kubernetes_preserve_unknown_fields": "x-kubernetes-preserve-unknown-fields",
	"x_kubernetes_validations":             "x-kubernetes-validations",
}

// toProperties is the way back. Nothing in it is secret until markSecrets says so.
func toProperties(object *unstructured.Unstructured) resource.PropertyMap {
	return resource.NewPropertyMapFromMapRepl(object.Object, func(name string) (resource.PropertyKey, bool) {
		underscored := strings.ReplaceAll(name, "-", "_")
		return resource.PropertyKey(underscored), dashedKeys[underscored] == name
	}, nil)
}

// hasUnknown tells whether any part of the value is not known before the update.
func hasUnknown(value any) bool {
	switch value := value.(type) {
	case resource.Computed:
		return true
	case map[string]any:
		for _, element := range value {
			if hasUnknown(element) {
				return true
			}
		}
	case []any:
		for _, element := range value {
			if hasUnknown(element) {
				return true
			}
		}
	}
	return false
}

// markSecrets makes secret in the outputs what was secret in the inputs, and the content of a Secret always. A list
// with a secret anywhere in it is secret as a whole: the API server may return it in another order.
func markSecrets(outputs, inputs resource.PropertyMap) {
	if kind, ok := outputs["kind"]; ok && kind.IsString() && kind.StringValue() == "Secret" {
		for _, key := range []resource.PropertyKey{"data", "stringData"} {
			if value, ok := outputs[key]; ok {
				outputs[key] = resource.MakeSecret(value)
			}
		}
		return
	}
	for key, input := range inputs {
		output, ok := outputs[key]
		switch {
		case !ok || output.IsSecret():
		case output.IsObject() && input.IsObject():
			markSecrets(output.ObjectValue(), input.ObjectValue())
		case input.ContainsSecrets():
			outputs[key] = resource.MakeSecret(output)
		}
	}
}
