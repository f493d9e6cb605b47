package await

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// Gone waits until the object is deleted.
func (w *Waiter) Gone(ctx context.Context, object *unstructured.Unstructured) error {
	client, err := w.Cluster.Like(object)
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	objects, synced := followFrom(watching, client, byName(object))
	// The object may have gone before the watch began, which the watch does not report.
	cache.WaitForCacheSync(ctx.Done(), synced)
	live, err := client.Get(context.WithoutCancel(ctx), object.GetName(), metav1.GetOptions{})
	for {
		if apierrors.IsNotFound(err) || (err == nil && live.GetUID() != object.GetUID() && object.GetUID() != "") {
			w.Report.Done(ctx)
			return nil
		}
		if err != nil {
			return err
		}
		w.Report.Progress(ctx, deletionProgress(live))
		select {
		case <-ctx.Done():
			return &Failure{Summary: stillThere(ctx, live), Object: live}
		case event := <-objects:
			latest, ok := event.Object.(*unstructured.Unstructured)
			switch {
			case !ok:
				continue
			case event.Type == watch.Deleted:
				w.Report.Done(ctx)
				return nil
			default:
				live = latest
			}
		}
	}
}

func stillThere(ctx context.Context, object *unstructured.Unstructured) string {
	summary := fmt.Sprintf("%s %q still exists", object.GetKind(), object.GetName())
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		summary = "timed out: " + summary
	} else {
		summary = "cancelled: " + summary
	}
	if finalizers := object.GetFinalizers(); len(finalizers) > 0 {
		summary += ", finalizers might be preventing deletion: " + strings.Join(finalizers, ", ")
	}
	return summary
}

func deletionProgress(object *unstructured.Unstructured) string {
	if finalizers := object.GetFinalizers(); len(finalizers) > 0 {
		return "Waiting for deletion; finalizers still to finish: " + strings.Join(finalizers, ", ")
	}
	return "Waiting for deletion"
}
