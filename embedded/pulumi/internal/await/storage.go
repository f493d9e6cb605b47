package await

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
)

// judgeClaim wants the claim bound, or waiting for its first pod where its storage class says so.
func judgeClaim(now situation) verdict {
	claim := typed[corev1.PersistentVolumeClaim](now.object)
	switch {
	case claim.Status.Phase == corev1.ClaimBound:
		return verdict{ready: true}
	case now.waitsForConsumer && claim.Status.Phase == corev1.ClaimPending:
		return verdict{ready: true}
	}
	waiting := fmt.Sprintf("Waiting for the claim to be bound; it is %s", claim.Status.Phase)
	return verdict{progress: waiting, why: []string{waiting}}
}

func (w *Waiter) waitsForConsumer(ctx context.Context, object *unstructured.Unstructured) bool {
	class := ptr.Deref(typed[corev1.PersistentVolumeClaim](object).Spec.StorageClassName, "")
	if class == "" {
		return false
	}
	classes, err := w.Cluster.Objects(storagev1.SchemeGroupVersion.WithKind("StorageClass"), "")
	if err != nil {
		return false
	}
	live, err := classes.Get(ctx, class, metav1.GetOptions{})
	if err != nil {
		w.Report.Trouble(ctx, fmt.Sprintf("reading storage class %q: %v", class, err))
		return false
	}
	mode := typed[storagev1.StorageClass](live).VolumeBindingMode
	return ptr.Deref(mode, storagev1.VolumeBindingImmediate) == storagev1.VolumeBindingWaitForFirstConsumer
}

func judgeVolume(now situation) verdict {
	phase := typed[corev1.PersistentVolume](now.object).Status.Phase
	if phase == corev1.VolumeAvailable || phase == corev1.VolumeBound {
		return verdict{ready: true}
	}
	waiting := fmt.Sprintf("Waiting for the volume to be available; it is %s", phase)
	return verdict{progress: waiting, why: []string{waiting}}
}

// judgeIngress wants an address from the ingress controller.
func judgeIngress(now situation) verdict {
	if len(typed[networkingv1.Ingress](now.object).Status.LoadBalancer.Ingress) > 0 {
		return verdict{ready: true}
	}
	return verdict{
		progress: "Waiting for an ingress controller to take the Ingress",
		why:      []string{"Ingress .status.loadBalancer field was not updated with a hostname/IP address"},
	}
}
