package await

import (
	"context"
	"fmt"

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
			return &Failure{
				Summary: fmt.Sprintf("%s: %q still exists", endOf(ctx, object), object.GetName()),
				Reasons: []string{deletionProgress(live)},
				Object:  live,
			}
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

func deletionProgress(object *unstructured.Unstructured) string {
	if finalizers := object.GetFinalizers(); len(finalizers) > 0 {
		return fmt.Sprintf("Waiting for deletion; finalizers still to finish: %v", finalizers)
	}
	return "Waiting for deletion"
}
