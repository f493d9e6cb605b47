// Package kube is the provider's way to a Kubernetes cluster: objects of any kind, found through discovery.
package kube

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// DefaultNamespace is where an object without a namespace goes.
const DefaultNamespace = "default"

// Cluster reads and writes objects of any kind.
type Cluster struct {
	objects dynamic.Interface
	kinds   *restmapper.DeferredDiscoveryRESTMapper
	core    typedcorev1.CoreV1Interface
}

// Connect makes the clients and asks the API server for its version, so that an unreachable cluster shows at once.
func Connect(config *rest.Config) (*Cluster, error) {
	served, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	if _, err := served.ServerVersion(); err != nil {
		return nil, err
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	core, err := typedcorev1.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Cluster{
		objects: objects,
		kinds:   restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(served)),
		core:    core,
	}, nil
}

// Objects is the client for one kind, in one namespace where the kind has namespaces.
func (c *Cluster) Objects(kind schema.GroupVersionKind, namespace string) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapping(kind)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		return c.objects.Resource(mapping.Resource), nil
	}
	if namespace == "" {
		namespace = DefaultNamespace
	}
	return c.objects.Resource(mapping.Resource).Namespace(namespace), nil
}

// Like is the client for objects of the same kind in the same namespace.
func (c *Cluster) Like(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	return c.Objects(object.GroupVersionKind(), object.GetNamespace())
}

// Serves tells whether the API server knows the kind now.
func (c *Cluster) Serves(kind schema.GroupVersionKind) bool {
	_, err := c.mapping(kind)
	return err == nil
}

// Namespaced tells whether objects of the kind live in a namespace. A kind that the API server does not know (yet) is
// taken to, as most do.
func (c *Cluster) Namespaced(kind schema.GroupVersionKind) bool {
	mapping, err := c.mapping(kind)
	return err != nil || mapping.Scope.Name() == meta.RESTScopeNameNamespace
}

func (c *Cluster) mapping(kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	mapping, err := c.kinds.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		// The kind may have come with a CustomResourceDefinition after the first look.
		c.kinds.Reset()
		mapping, err = c.kinds.RESTMapping(kind.GroupKind(), kind.Version)
	}
	return mapping, err
}

// LastLogLines are the last lines that a container wrote; previous means its run before the present one.
func (c *Cluster) LastLogLines(
	ctx context.Context, namespace, pod, container string, previous bool, lines int64,
) ([]string, error) {
	log, err := c.core.Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{
		Container: container, Previous: previous, TailLines: &lines,
	}).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the log of container %q: %w", container, err)
	}
	text := strings.TrimSpace(string(log))
	if text == "" {
		return nil, nil
	}
	return strings.Split(text, "\n"), nil
}
