// Package await waits until an object does what it is for, and says why when it does not.
package await

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/engine"
	"k8s-web/embedded/pulumi/internal/kube"
)

// DefaultTimeout is how long an operation may take when neither the program nor an annotation says.
const DefaultTimeout = 10 * time.Minute

// Waiter waits for one object.
type Waiter struct {
	Cluster *kube.Cluster
	Report  *engine.Reporter
}

// Failure is an object that exists and is not what it should be.
type Failure struct {
	Summary string
	// Reasons are what the object, its pods and their events say.
	Reasons []string
	// Object is its last known state.
	Object *unstructured.Unstructured
}

func (f *Failure) Error() string { return f.Summary }

// verdict is what a rule makes of the present state.
type verdict struct {
	ready    bool
	progress string
	// failed says why waiting longer is of no use; why says what is missing so far.
	failed string
	why    []string
}

// situation is what a rule sees.
type situation struct {
	object *unstructured.Unstructured
	// endpoints are filled in for Services only.
	endpoints endpoints
	// waitsForConsumer is filled in for PersistentVolumeClaims only.
	waitsForConsumer bool
}

// Ready waits until the object is ready. The object is as the API server returned it from a create or an update.
func (w *Waiter) Ready(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	rule, err := ruleFor(object)
	if rule == nil || err != nil {
		return object, err
	}
	// What is watched ends with the wait.
	watching, stop := context.WithCancel(ctx)
	defer stop()
	watched, err := w.watch(watching, object, rule)
	if err != nil {
		return object, err
	}
	now := situation{object: object}
	if rule.claim {
		now.waitsForConsumer = w.waitsForConsumer(ctx, object)
	}
	for {
		result := rule.judge(now)
		switch {
		case result.failed != "":
			return now.object, w.failure(ctx, now.object, rule, notInitialized(object), result)
		case result.ready:
			w.Report.Done(ctx)
			return now.object, nil
		}
		if news := watched.troubles.news(); news != "" {
			w.Report.Trouble(ctx, news)
		} else {
			w.Report.Progress(ctx, result.progress)
		}
		switch watched.next(ctx, &now) {
		case timeOver:
			// The caller's time is over, not the time to say why.
			return now.object, w.failure(context.WithoutCancel(ctx), now.object, rule, endOf(ctx, object), result)
		case deleted:
			summary := fmt.Sprintf("%s %q was deleted while waiting for it", object.GetKind(), object.GetName())
			return now.object, &Failure{Summary: summary, Object: now.object}
		}
	}
}

// endOf tells a time limit from a cancelled update.
func endOf(ctx context.Context, object *unstructured.Unstructured) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Sprintf("'%s' timed out waiting to be Ready", object.GetName())
	}
	return fmt.Sprintf("Resource operation was cancelled for %q", object.GetName())
}

func notInitialized(object *unstructured.Unstructured) string {
	return fmt.Sprintf("Resource '%s' was created but failed to initialize", object.GetName())
}

// failure asks the cluster once more for the pods and the events: what was watched may lag behind the object.
func (w *Waiter) failure(
	ctx context.Context, object *unstructured.Unstructured, rule *rule, summary string, result verdict,
) error {
	reasons := result.why
	if result.failed != "" {
		reasons = append([]string{result.failed}, reasons...)
	}
	troubles, err := w.readTroubles(ctx, object, rule.pods)
	if err != nil {
		reasons = append(reasons, fmt.Sprintf("asking for its pods and events: %v", err))
	} else {
		reasons = append(reasons, troubles.reasons(ctx, w.Cluster)...)
	}
	return &Failure{Summary: summary, Reasons: reasons, Object: object}
}

// Check looks once whether the object is ready. It is for objects that were waited for before, so it does not wait.
func (w *Waiter) Check(ctx context.Context, object *unstructured.Unstructured) error {
	rule, err := ruleFor(object)
	if rule == nil || err != nil || !rule.onRead {
		return err
	}
	now := situation{object: object}
	if rule.endpoints {
		if now.endpoints, err = w.readEndpoints(ctx, object); err != nil {
			return err
		}
	}
	result := rule.judge(now)
	if result.ready {
		return nil
	}
	return w.failure(ctx, object, rule, notInitialized(object), result)
}

// Complete tells whether a Job has done its work. Other kinds are complete as they are.
func Complete(object *unstructured.Unstructured) bool {
	return object.GetKind() != "Job" || judgeJob(situation{object: object}).ready
}
