package await

import (
	"cmp"
	"context"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"k8s-web/embedded/pulumi/internal/kube"
)

const (
	// explainedPods is for how many pods a failure gives reasons; the pods of one controller tend to share them.
	explainedPods = 3
	logLines      = 10
)

// troubles collects what the pods behind an object and the events about them say.
type troubles struct {
	// pods and events stay nil, and so are never received from, where there is nothing to follow.
	pods, events <-chan watch.Event

	owner     types.UID
	live      map[types.UID]*corev1.Pod
	warnings  map[types.UID]map[string]*corev1.Event
	latest    string
	announced string
}

var (
	podKind   = corev1.SchemeGroupVersion.WithKind("Pod")
	eventKind = corev1.SchemeGroupVersion.WithKind("Event")
)

var warningsOnly = query{fields: "type=" + corev1.EventTypeWarning}

func newTroubles(object *unstructured.Unstructured) *troubles {
	return &troubles{
		owner:    object.GetUID(),
		live:     map[types.UID]*corev1.Pod{},
		warnings: map[types.UID]map[string]*corev1.Event{},
	}
}

func (w *Waiter) watchTroubles(ctx context.Context, object *unstructured.Unstructured, pods query) (*troubles, error) {
	found := newTroubles(object)
	client, err := w.Cluster.Objects(eventKind, object.GetNamespace())
	if err != nil {
		return nil, err
	}
	found.events = follow(ctx, client, warningsOnly)
	if pods == (query{}) {
		return found, nil
	}
	if client, err = w.Cluster.Objects(podKind, object.GetNamespace()); err != nil {
		return nil, err
	}
	found.pods = follow(ctx, client, pods)
	return found, nil
}

func (w *Waiter) readTroubles(ctx context.Context, object *unstructured.Unstructured, pods query) (*troubles, error) {
	found := newTroubles(object)
	if pods != (query{}) {
		if err := w.each(ctx, podKind, object.GetNamespace(), pods, found.seePod); err != nil {
			return nil, err
		}
	}
	return found, w.each(ctx, eventKind, object.GetNamespace(), warningsOnly, found.seeEvent)
}

func (w *Waiter) each(
	ctx context.Context, kind schema.GroupVersionKind, namespace string, wanted query, see func(watch.Event),
) error {
	client, err := w.Cluster.Objects(kind, namespace)
	if err != nil {
		return err
	}
	list, err := client.List(ctx, metav1.ListOptions{FieldSelector: wanted.fields, LabelSelector: wanted.labels})
	if err != nil {
		return err
	}
	for i := range list.Items {
		see(watch.Event{Type: watch.Added, Object: &list.Items[i]})
	}
	return nil
}

func (t *troubles) seePod(event watch.Event) {
	object, ok := event.Object.(*unstructured.Unstructured)
	if !ok {
		return
	}
	if event.Type == watch.Deleted {
		delete(t.live, object.GetUID())
		return
	}
	pod := typed[corev1.Pod](object)
	t.live[pod.UID] = pod
	if problems := podProblems(pod); len(problems) > 0 {
		t.latest = problems[0].text
	}
}

func (t *troubles) seeEvent(event watch.Event) {
	object, ok := event.Object.(*unstructured.Unstructured)
	if !ok || event.Type == watch.Deleted {
		return
	}
	warning := typed[corev1.Event](object)
	about := warning.InvolvedObject.UID
	if t.warnings[about] == nil {
		t.warnings[about] = map[string]*corev1.Event{}
	}
	t.warnings[about][warning.Reason] = warning
	if pod := t.live[about]; pod != nil || about == t.owner {
		t.latest = eventText(warning)
	}
}

// news is what to show while waiting: the latest trouble, once.
func (t *troubles) news() string {
	if t.latest == t.announced {
		return ""
	}
	t.announced = t.latest
	return t.latest
}

// reasons explain why the object is not ready, from the pods that are not.
func (t *troubles) reasons(ctx context.Context, cluster *kube.Cluster) []string {
	reasons := eventTexts(t.warnings[t.owner])
	pods := slices.SortedFunc(maps.Values(t.live), func(a, b *corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	explained := 0
	for _, pod := range pods {
		if podFine(pod) {
			continue
		}
		if explained == explainedPods {
			return append(reasons, "and further pods that are not ready")
		}
		explained++
		reasons = append(reasons, t.podReasons(ctx, cluster, pod)...)
	}
	return reasons
}

func (t *troubles) podReasons(ctx context.Context, cluster *kube.Cluster, pod *corev1.Pod) []string {
	var reasons []string
	covered := false
	for _, problem := range podProblems(pod) {
		reasons = append(reasons, problem.text)
		covered = covered || problem.container == ""
		if !problem.ran {
			continue
		}
		lines, err := cluster.LastLogLines(ctx, pod.Namespace, pod.Name, problem.container, problem.previous, logLines)
		if err != nil {
			// The container's log may be gone with it; the other reasons stand.
			continue
		}
		for _, line := range lines {
			reasons = append(reasons, podPrefix(pod)+"log of container "+quoted(problem.container)+": "+line)
		}
	}
	if !covered {
		reasons = append(reasons, eventTexts(notRepeated(t.warnings[pod.UID], len(reasons) > 0))...)
	}
	return reasons
}

// notRepeated leaves out the events that a container's own state repeats, with more words.
func notRepeated(warnings map[string]*corev1.Event, containersSpeak bool) map[string]*corev1.Event {
	left := maps.Clone(warnings)
	if containersSpeak {
		delete(left, "BackOff")
		delete(left, "Failed")
	}
	return left
}

func eventTexts(warnings map[string]*corev1.Event) []string {
	var texts []string
	for _, reason := range slices.Sorted(maps.Keys(warnings)) {
		texts = append(texts, eventText(warnings[reason]))
	}
	return texts
}

func eventText(event *corev1.Event) string {
	about := event.InvolvedObject
	return "[" + about.Kind + " " + about.Namespace + "/" + about.Name + "]: " + event.Reason + ": " + event.Message
}
