package await

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

// endpointsSettleTime is how long a Service without any endpoint may still get one before it counts as ready without:
// its pods may be created after it, and nothing would ever say so.
const endpointsSettleTime = 10 * time.Second

// endpoints is what the EndpointSlices of a Service hold.
type endpoints struct {
	slices  map[types.UID]*discoveryv1.EndpointSlice
	settled bool
}

func (e *endpoints) see(event watch.Event) {
	object, ok := event.Object.(*unstructured.Unstructured)
	if !ok {
		return
	}
	e.settled = false
	if e.slices == nil {
		e.slices = map[types.UID]*discoveryv1.EndpointSlice{}
	}
	if event.Type == watch.Deleted {
		delete(e.slices, object.GetUID())
		return
	}
	e.slices[object.GetUID()] = typed[discoveryv1.EndpointSlice](object)
}

func (e *endpoints) count() (ready, pending int32) {
	for _, slice := range e.slices {
		for _, endpoint := range slice.Endpoints {
			switch {
			case ptr.Deref(endpoint.Conditions.Terminating, false):
			case ptr.Deref(endpoint.Conditions.Ready, true):
				ready++
			default:
				pending++
			}
		}
	}
	return ready, pending
}

// targetsPods is false for Services whose endpoints nobody makes from pods, or that need none to be found.
func targetsPods(object *unstructured.Unstructured) bool {
	service := typed[corev1.Service](object)
	return service.Spec.Type != corev1.ServiceTypeExternalName &&
		service.Spec.ClusterIP != corev1.ClusterIPNone && len(service.Spec.Selector) > 0
}

// judgeService wants every endpoint ready, and an address from outside where the type promises one.
func judgeService(now situation) verdict {
	service := typed[corev1.Service](now.object)
	result := verdict{ready: true}
	if targetsPods(now.object) {
		switch ready, pending := now.endpoints.count(); {
		case pending > 0:
			result = verdict{
				progress: counting("selected pods to be ready", ready, ready+pending),
				why:      []string{fmt.Sprintf("%d of %d selected pods are ready", ready, ready+pending)},
			}
		case ready == 0 && !now.endpoints.settled:
			result = verdict{
				progress: "Finding Pods to direct traffic to",
				why: []string{"Service does not target any Pods. Selected Pods may not be ready, or " +
					"field '.spec.selector' may not match labels on any Pods"},
			}
		}
	}
	if service.Spec.Type == corev1.ServiceTypeLoadBalancer && len(service.Status.LoadBalancer.Ingress) == 0 {
		result.ready, result.progress = false, "Waiting for an external address"
		result.why = append(result.why,
			"Service was not allocated an IP address; does your cloud provider support this?")
	}
	return result
}

var endpointSliceKind = discoveryv1.SchemeGroupVersion.WithKind("EndpointSlice")

func slicesOf(service *unstructured.Unstructured) query {
	return query{labels: discoveryv1.LabelServiceName + "=" + service.GetName()}
}

func (w *Waiter) watchEndpoints(
	ctx context.Context, service *unstructured.Unstructured,
) (<-chan watch.Event, error) {
	client, err := w.Cluster.Objects(endpointSliceKind, service.GetNamespace())
	if err != nil {
		return nil, err
	}
	return follow(ctx, client, slicesOf(service)), nil
}

func (w *Waiter) readEndpoints(ctx context.Context, service *unstructured.Unstructured) (endpoints, error) {
	var found endpoints
	err := w.each(ctx, endpointSliceKind, service.GetNamespace(), slicesOf(service), found.see)
	found.settled = true
	return found, err
}
