// Package metadata reads and writes the metadata of objects that may still have unknown parts.
package metadata

import (
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Annotations by which a program steers the provider.
const (
	Autonamed           = "pulumi.com/autonamed"
	SkipAwait           = "pulumi.com/skipAwait"
	WaitFor             = "pulumi.com/waitFor"
	TimeoutSeconds      = "pulumi.com/timeoutSeconds"
	ReplaceUnready      = "pulumi.com/replaceUnready"
	PatchForce          = "pulumi.com/patchForce"
	PatchFieldManager   = "pulumi.com/patchFieldManager"
	DeletionPropagation = "pulumi.com/deletionPropagationPolicy"
)

// Annotation is the value of an annotation, or nothing.
func Annotation(object *unstructured.Unstructured, name string) string {
	value, _, _ := unstructured.NestedString(object.Object, "metadata", "annotations", name)
	return value
}

// IsTrue tells whether an annotation says "true".
func IsTrue(object *unstructured.Unstructured, name string) bool {
	return Annotation(object, name) == "true"
}

// Annotate sets an annotation, unless the annotations are not known yet.
func Annotate(object *unstructured.Unstructured, name, value string) {
	metadata, ok := object.Object["metadata"].(map[string]any)
	if !ok {
		return
	}
	if _, unknown := metadata["annotations"].(resource.Computed); unknown {
		return
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
		metadata["annotations"] = annotations
	}
	annotations[name] = value
}

// Timeout is how long an operation on the object may take: as the program's customTimeouts say, or the annotation, or
// the fallback.
func Timeout(customSeconds float64, object *unstructured.Unstructured, fallback time.Duration) time.Duration {
	if customSeconds > 0 {
		return time.Duration(customSeconds * float64(time.Second))
	}
	if annotated, err := time.ParseDuration(Annotation(object, TimeoutSeconds) + "s"); err == nil && annotated > 0 {
		return annotated
	}
	return fallback
}

// Propagation is how the deletion of an object treats what belongs to it.
func Propagation(object *unstructured.Unstructured) metav1.DeletionPropagation {
	switch strings.ToLower(Annotation(object, DeletionPropagation)) {
	case "background":
		return metav1.DeletePropagationBackground
	case "orphan":
		return metav1.DeletePropagationOrphan
	default:
		return metav1.DeletePropagationForeground
	}
}
