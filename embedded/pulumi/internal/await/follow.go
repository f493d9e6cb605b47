package await

import (
	"context"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// follow reports the objects that match, first those that are there and then every change, through lost connections
// too, until the context ends.
func follow(ctx context.Context, client dynamic.ResourceInterface, wanted query) <-chan watch.Event {
	events, _ := followFrom(ctx, client, wanted)
	return events
}

// followFrom also tells when it has seen what was there at the beginning, so that nothing after that moment is missed.
func followFrom(
	ctx context.Context, client dynamic.ResourceInterface, wanted query,
) (<-chan watch.Event, cache.InformerSynced) {
	match := func(options *metav1.ListOptions) {
		options.FieldSelector, options.LabelSelector = wanted.fields, wanted.labels
	}
	_, informer, watcher, _ := watchtools.NewIndexerInformerWatcherWithLogger(logr.Discard(), &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			match(&options)
			return client.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			match(&options)
			return client.Watch(ctx, options)
		},
	}, &unstructured.Unstructured{})
	context.AfterFunc(ctx, watcher.Stop)
	return watcher.ResultChan(), informer.HasSynced
}
