package await

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"k8s-web/embedded/pulumi/internal/objecttest"
)

// recorded reads an object as an API server once returned it.
func recorded(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return objecttest.Parse(t, string(text))
}

func TestReadiness(t *testing.T) {
	const (
		rc         = `{apiVersion: v1, kind: ReplicationController, metadata: {name: a, generation: 2}, `
		deployment = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, generation: 2}, `
		set        = `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a, generation: 1}, `
		job        = `{apiVersion: batch/v1, kind: Job, metadata: {name: a}, `
		pod        = `{apiVersion: v1, kind: Pod, metadata: {name: a}, `
		claim      = `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, `
	)
	for _, test := range []struct {
		name, object string
		ready        bool
		failed       string
	}{
		{name: "all replicas", object: rc + `spec: {replicas: 2}, status: {observedGeneration: 2, replicas: 2, availableReplicas: 2}}`, ready: true},
		{name: "one replica missing", object: rc + `spec: {replicas: 2}, status: {observedGeneration: 2, replicas: 2, availableReplicas: 1}}`},
		{name: "status of before the update", object: rc + `spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2, availableReplicas: 2}}`},
		{name: "still scaling down", object: rc + `spec: {replicas: 1}, status: {observedGeneration: 2, replicas: 2, availableReplicas: 1}}`},
		{name: "scaled up by others meanwhile", object: rc + `spec: {replicas: 4}, status: {observedGeneration: 2, replicas: 4, availableReplicas: 4}}`, ready: true},
		{name: "being scaled up by others", object: rc + `spec: {replicas: 4}, status: {observedGeneration: 2, replicas: 4, availableReplicas: 2}}`},
		{name: "none wanted", object: rc + `spec: {replicas: 0}, status: {observedGeneration: 2}}`, ready: true},

		{name: "deployment rolled out", object: deployment + `spec: {replicas: 2}, status: {observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2}}`, ready: true},
		{name: "deployment with old pods", object: deployment + `spec: {replicas: 2}, status: {observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 2}}`},
		{
			name: "deployment stuck", failed: "ProgressDeadlineExceeded",
			object: deployment + `status: {observedGeneration: 2, conditions: [{type: Progressing, status: "False", reason: ProgressDeadlineExceeded}]}}`,
		},

		{name: "set rolled out", object: set + `spec: {replicas: 1}, status: {observedGeneration: 1, readyReplicas: 1, currentRevision: x, updateRevision: x}}`, ready: true},
		{name: "set rolling out", object: set + `spec: {replicas: 1}, status: {observedGeneration: 1, readyReplicas: 1, currentRevision: x, updateRevision: "y"}}`},

		{name: "job done", object: job + `status: {startTime: "2026-01-01T00:00:00Z", conditions: [{type: Complete, status: "True"}]}}`, ready: true},
		{name: "job about to be done", object: job + `status: {startTime: "2026-01-01T00:00:00Z", conditions: [{type: SuccessCriteriaMet, status: "True"}]}}`},
		{name: "job running", object: job + `status: {startTime: "2026-01-01T00:00:00Z", active: 1}}`},
		{
			name: "job failed", failed: "[BackoffLimitExceeded] Job has reached the specified backoff limit",
			object: job + `status: {conditions: [{type: Failed, status: "True", reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit}]}}`,
		},

		{name: "pod ready", object: pod + `status: {phase: Running, conditions: [{type: Ready, status: "True"}]}}`, ready: true},
		{name: "pod done", object: pod + `status: {phase: Succeeded, conditions: [{type: Ready, status: "False"}]}}`, ready: true},
		{name: "pod starting", object: pod + `status: {phase: Pending}}`},
		{name: "pod evicted", object: pod + `status: {phase: Failed, reason: Evicted, message: no disk}}`, failed: "Evicted no disk"},

		{name: "claim bound", object: claim + `status: {phase: Bound}}`, ready: true},
		{name: "claim pending", object: claim + `status: {phase: Pending}}`},
		{name: "namespace", object: `{apiVersion: v1, kind: Namespace, metadata: {name: a}, status: {phase: Active}}`, ready: true},
		{
			name: "not waited for", ready: true,
			object: `{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {pulumi.com/skipAwait: "true"}}, status: {phase: Pending}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := objecttest.Parse(t, test.object)
			rule, err := ruleFor(object)
			if err != nil {
				t.Fatal(err)
			}
			result := verdict{ready: true}
			if rule != nil {
				result = rule.judge(situation{object: object})
			}
			if result.ready != test.ready {
				t.Errorf("ready: %v (%s)", result.ready, result.progress)
			}
			if (result.failed == "") != (test.failed == "") || !strings.Contains(result.failed, test.failed) {
				t.Errorf("failed: %q, want %q", result.failed, test.failed)
			}
			if !result.ready && result.failed == "" && result.progress == "" {
				t.Error("nothing to show while waiting")
			}
		})
	}
}

func TestClaimThatWaitsForItsFirstPod(t *testing.T) {
	object := objecttest.Parse(t, `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, status: {phase: Pending}}`)
	if !judgeClaim(situation{object: object, waitsForConsumer: true}).ready {
		t.Error("a claim that is to stay pending is waited for")
	}
}

func TestServiceReadiness(t *testing.T) {
	const (
		selecting = `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort, clusterIP: 10.0.0.1, selector: {name: a}}}`
		ready     = `{conditions: {ready: true}}`
		pending   = `{conditions: {ready: false}}`
		leaving   = `{conditions: {ready: false, terminating: true}}`
	)
	for _, test := range []struct {
		name, object, endpoints string
		settled, ready          bool
	}{
		{name: "ready endpoints", object: selecting, endpoints: ready, ready: true},
		{name: "one endpoint to come", object: selecting, endpoints: ready + ", " + pending},
		{name: "one endpoint to come for long", object: selecting, endpoints: ready + ", " + pending, settled: true},
		{name: "one endpoint leaving", object: selecting, endpoints: ready + ", " + leaving, ready: true},
		{name: "no endpoints yet", object: selecting},
		{name: "no endpoints", object: selecting, settled: true, ready: true},
		{name: "without a selector", ready: true, object: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: 10.0.0.1}}`},
		{name: "headless", ready: true, object: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: None, selector: {name: a}}}`},
		{name: "external name", ready: true, object: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ExternalName, selector: {name: a}}}`},
		{name: "without its external address", object: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, clusterIP: 10.0.0.1}}`},
		{
			name: "with its external address", ready: true,
			object: `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := situation{object: objecttest.Parse(t, test.object)}
			now.endpoints.see(watch.Event{Type: watch.Added, Object: objecttest.Parse(t,
				`{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {uid: u}, endpoints: [`+test.endpoints+`]}`)})
			now.endpoints.settled = test.settled
			if result := judgeService(now); result.ready != test.ready {
				t.Errorf("ready: %v (%s %v)", result.ready, result.progress, result.why)
			}
		})
	}
}

func TestPodsSayWhatIsWrong(t *testing.T) {
	for name, want := range map[string]struct {
		texts         []string
		ran, previous bool
	}{
		"pod-ready":        {},
		"pod-creating":     {},
		"pod-unscheduled":  {texts: []string{"[Pod trial/redis-x]: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu."}},
		"pod-image":        {texts: []string{`container "redis" [ImagePullBackOff] Back-off pulling image "redis:nope"`}},
		"pod-crashing":     {texts: []string{`container "redis" [CrashLoopBackOff]`, "ended with exit code 1 (Error)"}, ran: true, previous: true},
		"pod-init-failing": {texts: []string{`container "prepare" [CrashLoopBackOff]`, "exit code 2"}, ran: true, previous: true},
	} {
		t.Run(name, func(t *testing.T) {
			problems := podProblems(typed[corev1.Pod](recorded(t, name)))
			if len(want.texts) == 0 {
				if len(problems) != 0 {
					t.Errorf("%+v", problems)
				}
				return
			}
			if len(problems) != 1 {
				t.Fatalf("%+v", problems)
			}
			for _, text := range want.texts {
				if !strings.Contains(problems[0].text, text) {
					t.Errorf("%q does not say %q", problems[0].text, text)
				}
			}
			if problems[0].ran != want.ran || problems[0].ran && problems[0].previous != want.previous {
				t.Errorf("%+v", problems[0])
			}
		})
	}
}

func TestWaitFor(t *testing.T) {
	object := objecttest.Parse(t, `{kind: Thing, status: {phase: Bound, conditions: [{type: Ready, status: "True"}, {type: Bad, status: "False"}]}}`)
	for expression, want := range map[string]bool{
		"condition=Ready":                                       true,
		"condition=ready":                                       true,
		"condition=Bad":                                         false,
		"condition=Bad=False":                                   true,
		"condition=Missing":                                     false,
		"jsonpath={.status.phase}":                              true,
		"jsonpath={.status.phase}=Bound":                        true,
		"jsonpath={.status.phase}=Pending":                      false,
		"jsonpath={.status.missing}":                            false,
		`["condition=Ready", "jsonpath={.status.phase}=Bound"]`: true,
		`["condition=Ready", "condition=Bad"]`:                  false,
	} {
		rule, err := waitForRule(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
		} else if got := rule.judge(situation{object: object}).ready; got != want {
			t.Errorf("%s: %v", expression, got)
		}
	}
	for _, expression := range []string{"Ready", "[]", "jsonpath={.status"} {
		if _, err := waitForRule(expression); err == nil {
			t.Errorf("%q passed", expression)
		}
	}
}
