package kube

import (
	"encoding/base64"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// serverMetadata are the fields of an object that only the API server writes.
var serverMetadata = []string{
	"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
	"resourceVersion", "uid",
}

// Normalize writes an object the way the API server will return it, so that two spellings of one meaning ("1000m" and
// "1" of CPU, stringData and data of a Secret) show no difference. Fields that were not given stay absent.
func Normalize(object *unstructured.Unstructured) *unstructured.Unstructured {
	if IsSecret(object) {
		object = encodeSecret(object)
	} else if known, err := scheme.Scheme.New(object.GroupVersionKind()); err == nil {
		object = throughType(object, known)
	}
	for _, field := range serverMetadata {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	return object
}

func throughType(object *unstructured.Unstructured, typed runtime.Object) *unstructured.Unstructured {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, typed); err != nil {
		// A value of the wrong type: the API server's own message says more than this conversion's.
		return object
	}
	converted, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return object
	}
	return Prune(&unstructured.Unstructured{Object: converted}, object)
}

// encodeSecret does to a Secret what the API server does: stringData goes into data, and base64 is written canonically.
func encodeSecret(object *unstructured.Unstructured) *unstructured.Unstructured {
	data, hasData, dataErr := unstructured.NestedMap(object.Object, "data")
	text, hasText, textErr := unstructured.NestedStringMap(object.Object, "stringData")
	if dataErr != nil || textErr != nil || (!hasData && !hasText) {
		return object
	}
	if data == nil {
		data = map[string]any{}
	}
	for name, value := range data {
		encoded, isText := value.(string)
		if decoded, err := base64.StdEncoding.DecodeString(encoded); isText && err == nil {
			data[name] = base64.StdEncoding.EncodeToString(decoded)
		}
	}
	for name, value := range text {
		data[name] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	object.Object["data"] = data
	delete(object.Object, "stringData")
	return object
}

// Prune keeps of an object what the shape has too: the part of a live object that somebody asked for.
func Prune(object, shape *unstructured.Unstructured) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: pruneMap(object.Object, shape.Object)}
}

func pruneMap(value, shape map[string]any) map[string]any {
	pruned := map[string]any{}
	for key, element := range value {
		if wanted, ok := shape[key]; ok {
			pruned[key] = pruneValue(element, wanted)
		}
	}
	return pruned
}

func pruneValue(value, shape any) any {
	switch shape := shape.(type) {
	case map[string]any:
		if value, ok := value.(map[string]any); ok {
			return pruneMap(value, shape)
		}
	case []any:
		if value, ok := value.([]any); ok {
			return pruneList(value, shape)
		}
	}
	return value
}

// pruneList pairs elements by position, which is how the API server keeps lists; what came in addition goes.
func pruneList(value, shape []any) []any {
	if len(value) > 0 && len(shape) > 0 && reflect.TypeOf(value[0]) != reflect.TypeOf(shape[0]) {
		return value
	}
	pruned := make([]any, 0, len(shape))
	for i := range min(len(value), len(shape)) {
		pruned = append(pruned, pruneValue(value[i], shape[i]))
	}
	return pruned
}

// IsSecret tells a core Secret from everything else.
func IsSecret(object *unstructured.Unstructured) bool {
	return object.GetAPIVersion() == "v1" && object.GetKind() == "Secret"
}

// IsConfigMap tells a core ConfigMap from everything else.
func IsConfigMap(object *unstructured.Unstructured) bool {
	return object.GetAPIVersion() == "v1" && object.GetKind() == "ConfigMap"
}
