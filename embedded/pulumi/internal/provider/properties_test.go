package provider

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func secret(value any) resource.PropertyValue {
	return resource.MakeSecret(resource.NewPropertyValue(value))
}

func TestMarkSecrets(t *testing.T) {
	inputs := resource.PropertyMap{
		"kind": resource.NewStringProperty("ConfigMap"),
		"data": resource.NewObjectProperty(resource.PropertyMap{
			"open": resource.NewStringProperty("x"), "hidden": secret("geheim"),
		}),
		"spec": resource.NewObjectProperty(resource.PropertyMap{
			"list": resource.NewArrayProperty([]resource.PropertyValue{resource.NewStringProperty("x"), secret("y")}),
		}),
		"gone": secret("z"),
	}
	outputs := resource.NewPropertyMapFromMap(map[string]any{
		"kind": "ConfigMap", "data": map[string]any{"open": "x", "hidden": "geheim", "more": "m"},
		"spec": map[string]any{"list": []any{"y", "x"}, "other": "o"},
	})
	markSecrets(outputs, inputs)
	data, spec := outputs["data"].ObjectValue(), outputs["spec"].ObjectValue()
	for name, test := range map[string]struct {
		value resource.PropertyValue
		want  bool
	}{
		"data.hidden": {data["hidden"], true}, "data.open": {data["open"], false}, "data.more": {data["more"], false},
		"spec.list": {spec["list"], true}, "spec.other": {spec["other"], false},
	} {
		if test.value.IsSecret() != test.want {
			t.Errorf("%s is secret: %v", name, test.value.IsSecret())
		}
	}
}

func TestContentOfSecretsIsAlwaysSecret(t *testing.T) {
	recorded := state{
		live: toObject(resource.NewPropertyMapFromMap(map[string]any{
			"kind": "Secret", "data": map[string]any{"a": "eA=="},
		})),
		inputs: toObject(resource.NewPropertyMapFromMap(map[string]any{
			"kind": "Secret", "stringData": map[string]any{"a": "x"},
		})),
	}.properties(nil)
	if !recorded["data"].IsSecret() {
		t.Error("data of the live object is not secret")
	}
	if !recorded[inputsKey].ObjectValue()["stringData"].IsSecret() {
		t.Error("stringData of the recorded inputs is not secret")
	}
}

func TestStateRoundTrip(t *testing.T) {
	given := resource.PropertyMap{
		"apiVersion": resource.NewStringProperty("v1"), "kind": resource.NewStringProperty("Service"),
		"spec": resource.NewObjectProperty(resource.PropertyMap{"token": secret("geheim")}),
	}
	live := toObject(given)
	live.SetUID("1234")
	before := state{live: live, inputs: toObject(given), apiVersion: "v1", fieldManager: "pulumi-kubernetes-1"}
	marshalled, err := marshal(before.properties(given))
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := unmarshal("state", marshalled)
	if err != nil {
		t.Fatal(err)
	}
	if !recorded["spec"].ObjectValue()["token"].IsSecret() {
		t.Error("the secret came back in the open")
	}
	after := parseState(recorded)
	if after.live.GetUID() != "1234" || after.apiVersion != "v1" || after.fieldManager != before.fieldManager {
		t.Errorf("came back as %+v", after)
	}
	if _, ok := after.live.Object[inputsKey]; ok {
		t.Error("what is recorded besides the live object got into it")
	}
	if after.inputs.GetKind() != "Service" {
		t.Errorf("inputs came back as %v", after.inputs.Object)
	}
}

func TestUnknowns(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	for name, value := range map[string]resource.PropertyValue{
		"itself": unknown, "in a secret": resource.MakeSecret(unknown),
		"in a list": resource.NewArrayProperty([]resource.PropertyValue{
			resource.NewObjectProperty(resource.PropertyMap{"deep": unknown}),
		}),
	} {
		if !hasUnknown(toObject(resource.PropertyMap{"a": value}).Object) {
			t.Errorf("unknown %s not seen", name)
		}
	}
	if hasUnknown(toObject(resource.NewPropertyMapFromMap(map[string]any{"a": []any{"b", 1.0, nil}})).Object) {
		t.Error("known values passed as unknown")
	}
}

func TestKeysOfCustomResourceDefinitions(t *testing.T) {
	properties := resource.NewPropertyMapFromMap(map[string]any{
		"x_kubernetes_list_type": "map", "x_own": "a", "pulumi.com/x-y": "b",
	})
	object := toObject(properties)
	if object.Object["x-kubernetes-list-type"] != "map" || object.Object["x_own"] != "a" {
		t.Errorf("%v", object.Object)
	}
	if back := toProperties(object); !back.DeepEquals(properties) {
		t.Errorf("%v came back", back)
	}
}

func TestWholeNumbers(t *testing.T) {
	object := toObject(resource.NewPropertyMapFromMap(map[string]any{"replicas": 3.0, "weight": 0.5}))
	if object.Object["replicas"] != int64(3) || object.Object["weight"] != 0.5 {
		t.Errorf("%#v", object.Object)
	}
}
