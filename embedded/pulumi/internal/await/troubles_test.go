package await

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/watch"

	"k8s-web/embedded/pulumi/internal/objecttest"
)

const event = `{apiVersion: v1, kind: Event, type: Warning, involvedObject: {kind: KIND, namespace: trial, name: NAME, uid: UID},
	reason: REASON, message: said so}`

func seeing(t *testing.T, troubles *troubles, kind, name, uid, reason string) {
	t.Helper()
	text := strings.NewReplacer("KIND", kind, "NAME", name, "UID", uid, "REASON", reason).Replace(event)
	troubles.seeEvent(watch.Event{Type: watch.Added, Object: objecttest.Parse(t, text)})
}

func TestReasonsComeFromTheObjectAndItsPods(t *testing.T) {
	owner := objecttest.Parse(t, `{kind: ReplicationController, metadata: {name: redis, uid: owner}}`)
	troubles := newTroubles(owner)
	for _, pod := range []string{"pod-ready", "pod-image"} {
		object := recorded(t, pod)
		if pod == "pod-ready" {
			object.SetUID("ready")
		}
		troubles.seePod(watch.Event{Type: watch.Added, Object: object})
	}
	seeing(t, troubles, "ReplicationController", "redis", "owner", "FailedCreate")
	seeing(t, troubles, "Pod", "redis-x", "u", "FailedMount")
	seeing(t, troubles, "Pod", "redis-x", "u", "BackOff")
	seeing(t, troubles, "Pod", "redis-ready", "ready", "Unhealthy")
	seeing(t, troubles, "Pod", "other", "other", "Evicted")

	want := []string{
		"[ReplicationController trial/redis]: FailedCreate: said so",
		`[Pod trial/redis-x]: container "redis" [ImagePullBackOff] Back-off pulling image "redis:nope"`,
		"[Pod trial/redis-x]: FailedMount: said so",
	}
	if got := troubles.reasons(t.Context(), nil); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestNewsAreToldOnce(t *testing.T) {
	troubles := newTroubles(objecttest.Parse(t, `{kind: Pod, metadata: {name: redis-x, uid: u}}`))
	if news := troubles.news(); news != "" {
		t.Errorf("nothing happened: %q", news)
	}
	troubles.seePod(watch.Event{Type: watch.Added, Object: recorded(t, "pod-image")})
	if news := troubles.news(); !strings.Contains(news, "ImagePullBackOff") {
		t.Errorf("news: %q", news)
	}
	if news := troubles.news(); news != "" {
		t.Errorf("told twice: %q", news)
	}
}
