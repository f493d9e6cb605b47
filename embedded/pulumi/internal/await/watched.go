package await

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// watched is all that may change a verdict, as it comes in.
type watched struct {
	uid      types.UID
	objects  <-chan watch.Event
	slices   <-chan watch.Event
	settled  *time.Timer
	troubles *troubles
}

// outcome is how the wait for one change ended.
type outcome int

const (
	changed outcome = iota
	deleted
	timeOver
)

func (w *Waiter) watch(ctx context.Context, object *unstructured.Unstructured, rule *rule) (*watched, error) {
	client, err := w.Cluster.Like(object)
	if err != nil {
		return nil, err
	}
	all := &watched{
		uid:     object.GetUID(),
		objects: follow(ctx, client, byName(object)),
		settled: time.NewTimer(endpointsSettleTime),
	}
	context.AfterFunc(ctx, func() { all.settled.Stop() })
	if all.troubles, err = w.watchTroubles(ctx, object, rule.pods); err != nil {
		return nil, err
	}
	if rule.endpoints {
		all.slices, err = w.watchEndpoints(ctx, object)
	}
	return all, err
}

// next waits for one change and puts it into the situation.
func (w *watched) next(ctx context.Context, now *situation) outcome {
	select {
	case <-ctx.Done():
		return timeOver
	case event := <-w.objects:
		latest, ok := event.Object.(*unstructured.Unstructured)
		if !ok || latest.GetUID() != w.uid {
			return changed
		}
		if event.Type == watch.Deleted {
			return deleted
		}
		now.object = latest
	case event := <-w.troubles.pods:
		w.troubles.seePod(event)
	case event := <-w.troubles.events:
		w.troubles.seeEvent(event)
	case event := <-w.slices:
		now.endpoints.see(event)
		w.settled.Reset(endpointsSettleTime)
	case <-w.settled.C:
		now.endpoints.settled = true
	}
	return changed
}
