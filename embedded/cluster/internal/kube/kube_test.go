package kube

import (
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"k8s-web/embedded/cluster/internal/layout"
)

func TestDNSManifest(t *testing.T) {
	n, err := layout.ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	with, digest, err := dnsManifest(n, []string{"192.0.2.53", "192.0.2.54"})
	if err != nil {
		t.Fatal(err)
	}
	without, other, err := dnsManifest(n, nil)
	if err != nil {
		t.Fatal(err)
	}
	if digest == other {
		t.Error("other name servers, same digest: the DNS would not be applied again")
	}
	if !strings.Contains(with, "forward . 192.0.2.53 192.0.2.54 {") {
		t.Error("the upstream servers are missing")
	}
	if strings.Contains(without, "forward") {
		t.Error("CoreDNS does not start with a forward to nowhere")
	}
	for _, manifest := range []string{with, without} {
		for part := range strings.SplitSeq(manifest, "\n---\n") {
			var object map[string]any
			if err := yaml.Unmarshal([]byte(part), &object); err != nil || object["kind"] == nil {
				t.Errorf("%v in\n%s", err, part)
			}
		}
	}
}

func TestRouterManifest(t *testing.T) {
	manifest, digest := routerManifest()
	if digest == "" || !strings.Contains(manifest, `k8s-web/digest: "`+digest+`"`) {
		t.Errorf("the digest is missing in\n%s", manifest)
	}
	for part := range strings.SplitSeq(manifest, "\n---\n") {
		var object map[string]any
		if err := yaml.Unmarshal([]byte(part), &object); err != nil || object["kind"] == nil {
			t.Errorf("%v in\n%s", err, part)
		}
		if strings.Contains(part, "secrets") || strings.Contains(part, "*") {
			t.Errorf("more rights than policies take:\n%s", part)
		}
	}
}

func TestPodProblem(t *testing.T) {
	for name, test := range map[string]struct{ status, want string }{
		"ready":    {`{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}`, ""},
		"finished": {`{"phase":"Succeeded","conditions":[{"type":"Ready","status":"False"}]}`, ""},
		"pulling": {`{"phase":"Pending","containerStatuses":[{"name":"web","state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}}}]}`,
			"web: ImagePullBackOff: no such image"},
		"init": {`{"phase":"Pending","initContainerStatuses":[{"name":"setup","state":{"waiting":{"reason":"CrashLoopBackOff"}}}],
			"containerStatuses":[{"name":"web","state":{"waiting":{"reason":"PodInitializing"}}}]}`, "setup: CrashLoopBackOff"},
		"no room":    {`{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","message":"Insufficient memory"}]}`, "Insufficient memory"},
		"evicted":    {`{"phase":"Failed","reason":"Evicted"}`, "Evicted"},
		"not probed": {`{"phase":"Running","conditions":[{"type":"Ready","status":"False","message":"containers with unready status: [web]"}]}`, "Running: containers with unready status: [web]"},
		"just made":  {`{"phase":"Pending"}`, "Pending: no report yet"},
	} {
		var status podStatus
		if err := json.Unmarshal([]byte(test.status), &status); err != nil {
			t.Fatal(err)
		}
		if got := status.problem(); got != test.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
