package contract

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tooShort is a time limit for what never becomes ready, long enough for its pods to say why.
const tooShort = 25

// controller is a ReplicationController with a pod that runs as the container's fields say.
func controller(t *testing.T, name, replicas, container string) resource.PropertyMap {
	return properties(t, `
apiVersion: v1
kind: ReplicationController
metadata: {name: `+name+`}
spec:
  replicas: `+replicas+`
  selector: {name: `+name+`}
  template:
    metadata: {labels: {name: `+name+`}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [`+container+`]
`)
}

const sleeping = `{name: main, image: $IMAGE, command: [sleep, infinity]}`

func job(t *testing.T, name, script string) resource.PropertyMap {
	return properties(t, `
apiVersion: batch/v1
kind: Job
metadata: {name: `+name+`}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: $IMAGE, command: [sh, -c, "`+script+`"]}]
`)
}

func TestReplicationController(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	sleeper := p.thing("core/v1:ReplicationController", "sleeper")
	sleeper.mustCreate(controller(t, "sleeper", "2", sleeping))
	if got := at(sleeper.state, "status", "availableReplicas"); !got.IsNumber() || got.NumberValue() != 2 {
		t.Errorf("recorded with %v available replicas", got)
	}
	if !p.engine.said("replicas to become available (0 of 2)") {
		t.Errorf("no progress was shown: %q", p.engine.statuses)
	}
	sleeper.mustUpdate(controller(t, "sleeper", "1", sleeping))
	if got := at(sleeper.state, "status", "replicas").NumberValue(); got != 1 {
		t.Errorf("scaled to %v", got)
	}
	// The provider of record patches a template in place, and no pod changes.
	other := controller(t, "sleeper", "1", `{name: main, image: $IMAGE, command: [sleep, "86400"]}`)
	if diff := sleeper.diff(other); len(diff.GetReplaces()) != 0 || len(diff.GetDetailedDiff()) == 0 {
		t.Errorf("another template: %v", diff)
	}
	if err := sleeper.delete(); err != nil {
		t.Fatal(err)
	}
	pods, err := suite.cluster.CoreV1().Pods(suite.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "name=sleeper"})
	if err != nil || len(pods.Items) != 0 {
		t.Errorf("pods left behind: %v, %v", pods, err)
	}
}

func TestNoReplicas(t *testing.T) {
	t.Parallel()
	start(t, nil).thing("core/v1:ReplicationController", "nobody").mustCreate(controller(t, "nobody", "0", sleeping))
}

func TestPodsTellWhyTheyAreNotReady(t *testing.T) {
	for name, test := range map[string]struct {
		container string
		want      []string
	}{
		"image-missing": {
			`{name: main, image: "127.0.0.1:1/nothing:here"}`,
			[]string{`container "main"`, "ImagePull", "127.0.0.1:1/nothing:here"},
		},
		"crashing": {
			`{name: main, image: $IMAGE, command: [sh, -c, "echo no luck today; exit 3"],
			  readinessProbe: {exec: {command: ["true"]}}}`,
			[]string{"exit code 3", `log of container "main": no luck today`},
		},
		"too-big": {
			`{name: main, image: $IMAGE, resources: {requests: {memory: 900Ti}}}`,
			[]string{"Unschedulable", "Insufficient memory"},
		},
		"never-ready": {
			`{name: main, image: $IMAGE, command: [sleep, infinity],
			  readinessProbe: {periodSeconds: 1, exec: {command: [sh, -c, "echo not yet >&2; exit 1"]}}}`,
			[]string{"Unhealthy", "not yet"},
		},
		"without-its-secret": {
			`{name: main, image: $IMAGE, envFrom: [{secretRef: {name: nowhere}}]}`,
			[]string{"CreateContainerConfigError", `secret "nowhere" not found`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failing := start(t, nil).thing("core/v1:ReplicationController", name)
			failing.timeout = tooShort
			err := failing.create(controller(t, name, "1", test.container))
			mustSay(t, err, append(test.want, "timed out", "0 of 1 replicas are available", "[Pod "+suite.namespace+"/"+name)...)
			if failing.id != suite.namespace+"/"+name || at(failing.state, "metadata", "uid").IsNull() {
				t.Errorf("what was created is not recorded: %q %v", failing.id, failing.state)
			}
		})
	}
}

func TestNextUpdateGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	late := start(t, nil).thing("core/v1:ReplicationController", "late")
	late.timeout = 3
	container := `{name: main, image: $IMAGE, command: [sleep, infinity],
		readinessProbe: {initialDelaySeconds: 6, periodSeconds: 1, exec: {command: ["true"]}}}`
	mustSay(t, late.create(controller(t, "late", "1", container)), "timed out")
	late.timeout = 120
	late.mustUpdate(controller(t, "late", "1", container))
}

func TestJob(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	done := p.thing("batch/v1:Job", "done")
	done.mustCreate(job(t, "done", "echo fine"))
	if got := at(done.state, "status", "succeeded"); !got.IsNumber() || got.NumberValue() != 1 {
		t.Errorf("recorded as %v succeeded", got)
	}
	if diff := done.diff(job(t, "done", "echo other")); len(diff.GetReplaces()) == 0 || !diff.GetDeleteBeforeReplace() {
		t.Errorf("another template: %v", diff)
	}
	retried := job(t, "done", "echo fine")
	retried["metadata"].ObjectValue()["annotations"] =
		resource.NewPropertyValue(map[string]any{"pulumi.com/replaceUnready": "true"})
	if diff := done.diff(retried); len(diff.GetReplaces()) != 0 {
		t.Errorf("a Job that is done would be replaced: %v", diff)
	}
}

func TestFailingJob(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	failing := p.thing("batch/v1:Job", "failing")
	arguments := job(t, "failing", "echo cannot migrate; exit 4")
	arguments["metadata"].ObjectValue()["annotations"] =
		resource.NewPropertyValue(map[string]any{"pulumi.com/replaceUnready": "true"})
	began := time.Now()
	mustSay(t, failing.create(arguments), "BackoffLimitExceeded", "exit code 4", `log of container "main": cannot migrate`)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("a Job that can't succeed was waited for %s", took)
	}
	if diff := failing.diff(arguments); len(diff.GetReplaces()) != 1 || diff.GetChanges() != pulumirpc.DiffResponse_DIFF_SOME {
		t.Errorf("not replaced though it asks for it: %v", diff)
	}
	_, err := failing.refresh()
	mustSay(t, err, "BackoffLimitExceeded")
}

func TestService(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	service := func(name, spec string) resource.PropertyMap {
		return properties(t, `{apiVersion: v1, kind: Service, metadata: {name: `+name+`}, spec: `+spec+`}`)
	}
	began := time.Now()
	p.thing("core/v1:Service", "headless").mustCreate(service("headless", `{clusterIP: None, selector: {name: x}, ports: [{port: 80}]}`))
	p.thing("core/v1:Service", "bare").mustCreate(service("bare", `{ports: [{port: 80}]}`))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Services that target no pods were waited for %s", took)
	}

	p.thing("core/v1:ReplicationController", "served").mustCreate(controller(t, "served", "1", sleeping))
	began = time.Now()
	front := p.thing("core/v1:Service", "front")
	front.mustCreate(service("front", `{type: NodePort, selector: {name: served}, ports: [{port: 80}]}`))
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("a Service whose pods are ready was waited for %s", took)
	}
	ports := at(front.state, "spec", "ports").ArrayValue()
	if port := at(ports[0].ObjectValue(), "nodePort"); !port.IsNumber() || port.NumberValue() == 0 {
		t.Errorf("node port %v", port)
	}
	if diff := front.diff(service("front", `{type: ClusterIP, selector: {name: served}, ports: [{port: 80}]}`)); len(diff.GetReplaces()) != 0 {
		t.Errorf("another type replaces the Service: %v", diff)
	}

	lonely := p.thing("core/v1:Service", "lonely")
	lonely.mustCreate(service("lonely", `{selector: {name: nobody-at-all}, ports: [{port: 80}]}`))

	p.thing("core/v1:ReplicationController", "unready").mustCreate(skipping(controller(t, "unready", "1",
		`{name: main, image: $IMAGE, command: [sleep, infinity], readinessProbe: {exec: {command: ["false"]}}}`)))
	waitForUnhealthy(t, "unready-")
	hidden := p.thing("core/v1:Service", "hidden")
	hidden.timeout = 5
	mustSay(t, hidden.create(service("hidden", `{selector: {name: unready}, ports: [{port: 80}]}`)),
		"timed out", "0 of 1 selected pods are ready", "[Pod "+suite.namespace+"/unready-")
}

func skipping(arguments resource.PropertyMap) resource.PropertyMap {
	arguments["metadata"].ObjectValue()["annotations"] =
		resource.NewPropertyValue(map[string]any{"pulumi.com/skipAwait": "true"})
	return arguments
}

// waitForUnhealthy waits until a readiness probe of a pod has failed, and the kubelet has said so.
func waitForUnhealthy(t *testing.T, prefix string) {
	t.Helper()
	watcher, err := suite.cluster.CoreV1().Events(suite.namespace).Watch(t.Context(), metav1.ListOptions{FieldSelector: "reason=Unhealthy"})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	limit := time.After(time.Minute)
	for {
		select {
		case event := <-watcher.ResultChan():
			if said, ok := event.Object.(*corev1.Event); ok && strings.HasPrefix(said.InvolvedObject.Name, prefix) {
				return
			}
		case <-limit:
			t.Fatalf("no probe of a pod %s… failed", prefix)
		}
	}
}

func TestAnnotationsSteerTheWait(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	annotated := func(name, annotation, value string) resource.PropertyMap {
		arguments := controller(t, name, "1", `{name: main, image: "127.0.0.1:1/nothing:here"}`)
		arguments["metadata"].ObjectValue()["annotations"] = resource.NewPropertyValue(map[string]any{annotation: value})
		return arguments
	}
	p.thing("core/v1:ReplicationController", "skipped").mustCreate(annotated("skipped", "pulumi.com/skipAwait", "true"))
	p.thing("core/v1:ReplicationController", "waited").mustCreate(
		annotated("waited", "pulumi.com/waitFor", "jsonpath={.status.replicas}=1"))
	short := p.thing("core/v1:ReplicationController", "short")
	short.timeout = 0
	began := time.Now()
	mustSay(t, short.create(annotated("short", "pulumi.com/timeoutSeconds", "2")), "timed out")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("waited %s for two seconds", took)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	p, cleaner := start(t, nil), start(t, nil)
	endless := p.thing("core/v1:ReplicationController", "endless")
	ended := make(chan error, 1)
	go func() {
		ended <- endless.create(controller(t, "endless", "1", `{name: main, image: "127.0.0.1:1/nothing:here"}`))
	}()
	if err := eventually(func(context.Context) (bool, error) {
		return p.engine.said("replicas to become available"), nil
	}); err != nil {
		t.Fatalf("the creation does not wait: %v", err)
	}
	began := time.Now()
	if _, err := p.client.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	mustSay(t, <-ended, "Resource operation was cancelled")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("cancelling took %s", took)
	}
	if !strings.HasSuffix(endless.id, "/endless") {
		t.Errorf("what was created is not recorded: %q", endless.id)
	}
	// The engine does not use a provider again that it has cancelled.
	endless.provider = cleaner
}
