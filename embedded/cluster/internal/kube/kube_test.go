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
	with, err := dnsObjects(n, []string{"192.0.2.53", "192.0.2.54"})
	if err != nil {
		t.Fatal(err)
	}
	without, err := dnsObjects(n, nil)
	if err != nil {
		t.Fatal(err)
	}
	if with.digest == without.digest {
		t.Error("other name servers, same digest: the DNS would not be applied again")
	}
	if !strings.Contains(with.manifest, "forward . 192.0.2.53 192.0.2.54 {") {
		t.Error("the upstream servers are missing")
	}
	if strings.Contains(without.manifest, "forward") {
		t.Error("CoreDNS does not start with a forward to nowhere")
	}
	parse(t, with)
	parse(t, without)
}

// parse reads a manifest, in which one object at least carries the digest.
func parse(t *testing.T, o objects) map[string]map[string]any {
	t.Helper()
	byKind := map[string]map[string]any{}
	for part := range strings.SplitSeq(o.manifest, "\n---\n") {
		var object map[string]any
		if err := yaml.Unmarshal([]byte(part), &object); err != nil || object["kind"] == nil {
			t.Errorf("%v in\n%s", err, part)
			continue
		}
		byKind[object["kind"].(string)] = object
	}
	if !strings.Contains(o.manifest, digestAnnotation+`: "`+o.digest+`"`) {
		t.Error("no object carries the digest, so it would be applied again and again")
	}
	return byKind
}

func TestMetricsManifest(t *testing.T) {
	n, err := layout.ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	one, err := metricsObjects(n, []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := metricsObjects(n, []byte("two"))
	if err != nil {
		t.Fatal(err)
	}
	if one.digest == two.digest {
		t.Error("another authority, same digest: the API server would not trust metrics-server any more")
	}
	found := parse(t, one)
	spec := func(kind string) map[string]any { inner, _ := found[kind]["spec"].(map[string]any); return inner }
	// The API server looks for an address by the name of the Service's port.
	name := func(ports any) any { return ports.([]any)[0].(map[string]any)["name"] }
	if a, b := name(spec("Service")["ports"]), name(found["EndpointSlice"]["ports"]); a != b {
		t.Errorf("the Service's port is %v, that of its address %v", a, b)
	}
	if got := found["EndpointSlice"]["endpoints"].([]any)[0].(map[string]any)["addresses"].([]any)[0]; got != "10.97.255.1" {
		t.Errorf("the address is %v", got)
	}
	if got := spec("APIService")["caBundle"]; got != "b25l" {
		t.Errorf("the authority is %v", got)
	}
}

func TestRouterManifest(t *testing.T) {
	rights, err := routerObjects()
	if err != nil {
		t.Fatal(err)
	}
	parse(t, rights)
	if strings.Contains(rights.manifest, "secrets") || strings.Contains(rights.manifest, `"*"`) {
		t.Errorf("more rights than policies take:\n%s", rights.manifest)
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
