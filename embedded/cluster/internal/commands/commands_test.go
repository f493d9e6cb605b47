package commands

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s-web/embedded/cluster/internal/components"
	"k8s-web/embedded/cluster/internal/kube"
	"k8s-web/embedded/cluster/internal/supervisor"
)

func TestQuote(t *testing.T) {
	for _, text := range []string{"", "plain", "with space", "it's", `"$HOME" \ $(id) ;&|`, "new\nline"} {
		output, err := exec.Command("sh", "-c", "printf %s "+quote(text)).Output()
		if err != nil || string(output) != text {
			t.Errorf("%q became %q, %v", text, output, err)
		}
	}
}

func TestPortInTheWayIsNamed(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	address := netip.MustParseAddrPort(socket.Addr().String())
	err = checkPorts([]components.Listener{{Component: "docker-registry", Address: address}})
	if err == nil {
		t.Fatal("nothing was said")
	}
	for _, part := range []string{address.String(), "docker-registry", fmt.Sprintf("pid %d", os.Getpid()), "Next:"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in: %v", part, err)
		}
	}
}

func TestFreePortsAreFine(t *testing.T) {
	free := netip.MustParseAddrPort("127.0.0.1:1")
	if err := checkPorts([]components.Listener{{Component: "x", Address: free}}); err != nil {
		t.Error(err)
	}
}

func TestUnreadyKnowsWhatIsFromBeforeARestart(t *testing.T) {
	pods := []kube.Pod{
		{Name: "done"},
		{Name: "runs", Containers: []string{"1", "2"}},
		{Name: "stale", Containers: []string{"1", "gone"}},
		{Name: "starts", Problem: "Pending", Containers: []string{""}},
	}
	running := map[string]bool{"1": true, "2": true}
	if got := unready(pods, running); got != "2 of 4 pods are not ready yet: stale, starts" {
		t.Errorf("got %q", got)
	}
	if got := unready(pods[:2], running); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestUnhealthyNamesEachWithItsProblem(t *testing.T) {
	status := supervisor.Status{Components: []supervisor.ComponentStatus{
		{Name: "etcd", Healthy: true}, {Name: "kubelet", Problem: "starting"}, {Name: "kube-proxy", Problem: "stopped"},
	}}
	if got := unhealthy(status); got != "kubelet (starting), kube-proxy (stopped)" {
		t.Errorf("got %q", got)
	}
}

func TestTaintIsReadAsKubectlWritesIt(t *testing.T) {
	taint, err := parseTaint("k8s-web/use=tests:NoSchedule")
	if want := (components.Taint{Key: "k8s-web/use", Value: "tests", Effect: "NoSchedule"}); err != nil || taint != want {
		t.Errorf("%v, %v", taint, err)
	}
	for _, wrong := range []string{"", "key", "key=value", "key=value:Never", "=value:NoSchedule"} {
		if taint, err := parseTaint(wrong); err == nil {
			t.Errorf("%q became %v", wrong, taint)
		}
	}
}

func TestFirstFileFindsDataNotDirectories(t *testing.T) {
	directory := t.TempDir()
	if err := os.MkdirAll(filepath.Join(directory, "mysql", "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := firstFile(directory); got != "" {
		t.Errorf("%s is a file", got)
	}
	file := filepath.Join(directory, "mysql", "data", "ibdata1")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := firstFile(directory); got != file {
		t.Errorf("got %q", got)
	}
}

func TestLogsOfEachNode(t *testing.T) {
	for name, want := range map[string]string{
		"kubelet":            "/var/lib/k8s-web/logs/kubelet.log",
		"embedded-2/kubelet": "/var/lib/k8s-web/nodes/embedded-2/state/logs/kubelet.log",
	} {
		if got := logFile(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
