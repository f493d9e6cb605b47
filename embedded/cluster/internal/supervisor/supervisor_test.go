package supervisor

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	for _, test := range []struct{ previous, ran, want time.Duration }{
		{0, time.Second, time.Second},
		{time.Second, time.Second, 2 * time.Second},
		{20 * time.Second, time.Second, 30 * time.Second},
		{30 * time.Second, time.Second, 30 * time.Second},
		{30 * time.Second, time.Hour, time.Second},
	} {
		if got := backoff(test.previous, test.ran); got != test.want {
			t.Errorf("backoff(%s, %s) = %s, want %s", test.previous, test.ran, got, test.want)
		}
	}
}

func TestLogKeepsToItsLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	l, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	l.limit = 100
	for range 50 {
		if _, err := l.Write([]byte("0123456789")); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{path, path + ".1"} {
		if info, err := os.Stat(name); err != nil || info.Size() > 100 || info.Size() == 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestDigestKnowsWhatMatters(t *testing.T) {
	digest := func(c Component) string {
		d, err := Spec{Components: []Component{c}}.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	base := digest(Component{Name: "a", Args: []string{"/old/a", "-x"}, Digest: "1"})
	if digest(Component{Name: "a", Args: []string{"/new/a", "-x"}, Digest: "1"}) != base {
		t.Error("another path to the same executable counts")
	}
	if digest(Component{Name: "a", Args: []string{"/old/a", "-y"}, Digest: "1"}) == base {
		t.Error("another argument does not count")
	}
	if digest(Component{Name: "a", Args: []string{"/old/a", "-x"}, Digest: "2"}) == base {
		t.Error("another file does not count")
	}
}

// start runs a component that is a `sleep`; its health is a socket that the test listens on.
func start(t *testing.T) (r *runner, end func()) {
	t.Helper()
	directory := t.TempDir()
	socket := filepath.Join(directory, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	component := Component{Name: "sleeper", Args: []string{"/bin/sleep", "300"}, Probe: Probe{Socket: socket}, StopGrace: 5 * time.Second}
	r, err = newRunner(component, directory, directory, (*exec.Cmd).Start)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go r.keepAlive(ctx)
	return r, func() {
		cancel()
		<-r.done
	}
}

func await(t *testing.T, r *runner, condition func(ComponentStatus) bool) ComponentStatus {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !condition(r.status()) {
		if time.Now().After(deadline) {
			t.Fatalf("still %+v", r.status())
		}
		time.Sleep(5 * time.Millisecond)
	}
	return r.status()
}

func TestCrashedComponentIsStartedAgain(t *testing.T) {
	r, end := start(t)
	first := await(t, r, func(s ComponentStatus) bool { return s.Healthy })
	if err := syscall.Kill(first.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := await(t, r, func(s ComponentStatus) bool { return s.Healthy && s.Pid != first.Pid })
	if second.Restarts != 1 {
		t.Errorf("restarts: %d", second.Restarts)
	}
	end()
	if err := syscall.Kill(second.Pid, 0); err != syscall.ESRCH {
		t.Errorf("the process runs on after the end: %v", err)
	}
	if s := r.status(); s.Healthy || s.Pid != 0 {
		t.Errorf("after the end: %+v", s)
	}
}

func TestProbeToldApart(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "socket")
	p := newProber(Probe{Socket: socket})
	if p.check(t.Context()) == nil {
		t.Error("a socket that nobody listens on is healthy")
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := p.check(t.Context()); err != nil {
		t.Error(err)
	}
}
