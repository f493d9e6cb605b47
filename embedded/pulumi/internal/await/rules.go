package await

import (
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"k8s-web/embedded/pulumi/internal/metadata"
)

// rule is when objects of one kind are ready.
type rule struct {
	judge func(situation) verdict
	// pods are those whose troubles explain why the object is not ready.
	pods query
	// onRead applies the rule to a refresh too, which then records objects that have ceased to be ready.
	onRead bool
	// endpoints and claim ask for the parts of a situation that other objects hold.
	endpoints bool
	claim     bool
}

// query selects objects by their fields or labels; an empty one selects nothing.
type query struct {
	fields, labels string
}

// ruleFor is nil for objects that are ready as soon as they exist.
func ruleFor(object *unstructured.Unstructured) (*rule, error) {
	if metadata.IsTrue(object, metadata.SkipAwait) {
		return nil, nil
	}
	if expressions := metadata.Annotation(object, metadata.WaitFor); expressions != "" {
		return waitForRule(expressions)
	}
	selected := func(fields ...string) query { return podsSelectedBy(object, fields...) }
	switch kind := object.GroupVersionKind(); kind.GroupKind().String() {
	case "ReplicationController":
		return &rule{judge: judgeReplicationController, pods: selected("spec", "selector")}, nil
	case "Service":
		if !targetsPods(object) {
			return &rule{judge: judgeService, onRead: true}, nil
		}
		return &rule{judge: judgeService, onRead: true, endpoints: true, pods: selected("spec", "selector")}, nil
	case "Job.batch":
		return &rule{judge: judgeJob, onRead: true, pods: selected("spec", "selector", "matchLabels")}, nil
	case "Deployment.apps":
		return &rule{judge: judgeDeployment, onRead: true, pods: selected("spec", "selector", "matchLabels")}, nil
	case "StatefulSet.apps":
		return &rule{judge: judgeStatefulSet, onRead: true, pods: selected("spec", "selector", "matchLabels")}, nil
	case "DaemonSet.apps":
		return &rule{judge: judgeDaemonSet, onRead: true, pods: selected("spec", "selector", "matchLabels")}, nil
	case "Pod":
		return &rule{judge: judgePod, onRead: true, pods: byName(object)}, nil
	case "PersistentVolumeClaim":
		return &rule{judge: judgeClaim, claim: true}, nil
	case "PersistentVolume":
		return &rule{judge: judgeVolume}, nil
	case "Ingress.networking.k8s.io":
		return &rule{judge: judgeIngress, onRead: true}, nil
	}
	if os.Getenv("PULUMI_K8S_AWAIT_ALL") == "true" {
		return &rule{judge: judgeReadyCondition}, nil
	}
	return nil, nil
}

func podsSelectedBy(object *unstructured.Unstructured, fields ...string) query {
	wanted, _, err := unstructured.NestedStringMap(object.Object, fields...)
	if err != nil || len(wanted) == 0 {
		return query{}
	}
	return query{labels: labels.SelectorFromSet(wanted).String()}
}

func byName(object *unstructured.Unstructured) query {
	return query{fields: "metadata.name=" + object.GetName()}
}

// typed reads an object as its Go type. The API server wrote it, so it does have that shape.
func typed[T any](object *unstructured.Unstructured) *T {
	value := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, value); err != nil {
		return new(T)
	}
	return value
}

// observed tells whether the controller has seen the object's latest change.
func observed(object metav1.Object, generation int64) bool {
	return generation >= object.GetGeneration()
}

func counting(what string, have, want int32) string {
	return fmt.Sprintf("Waiting for %s (%d of %d)", what, have, want)
}
