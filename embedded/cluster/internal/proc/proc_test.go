package proc

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestParseStatReadsBehindAnyCommandName(t *testing.T) {
	got, err := parseStat("12 (a) R (b) S 7 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0")
	if err != nil || got != (stat{state: 'S', parent: 7, start: 4711}) {
		t.Fatalf("got %+v, %v", got, err)
	}
	for _, broken := range []string{"", "12 (a", "12 (a) S 7"} {
		if _, err := parseStat(broken); err == nil {
			t.Errorf("%q was accepted", broken)
		}
	}
}

func TestIDIsOfOneProcessOnly(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := Identify(child.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pid")
	if err := id.Save(file); err != nil {
		t.Fatal(err)
	}
	if !Load(file).Alive() {
		t.Error("a running process is not alive")
	}
	other := id
	other.Start++
	if other.Alive() {
		t.Error("another process with the same number counts as this one")
	}
	earlier := id
	earlier.Boot = "another"
	if earlier.Alive() {
		t.Error("a process of an earlier boot counts as this one")
	}
	go child.Wait()
	if err := id.Stop(5 * time.Second); err != nil || id.Alive() {
		t.Errorf("stop: %v, alive: %v", err, id.Alive())
	}
}

func TestLoadOfNothingIsNotAlive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	if Load(file).Alive() {
		t.Error("a missing pid file is alive")
	}
	if err := os.WriteFile(file, []byte(`{"pid":1`), 0o600); err != nil {
		t.Fatal(err)
	}
	if Load(file).Alive() {
		t.Error("half a pid file is alive")
	}
}

func TestParseListeners(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 0100007F:1389 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
   2: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4713 1`
	got := parseListeners(table)
	want := []Listener{
		{netip.MustParseAddrPort("127.0.0.1:5000"), "4711"},
		{netip.MustParseAddrPort("127.0.0.1:8080"), "4713"},
	}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v", got)
	}
}

func TestInTheWay(t *testing.T) {
	for _, test := range []struct {
		listener, wanted string
		want             bool
	}{
		{"127.0.0.1:5000", "127.0.0.1:5000", true},
		{"0.0.0.0:5000", "127.0.0.1:5000", true},
		{"[::]:5000", "127.0.0.1:5000", true},
		{"127.0.0.1:5001", "127.0.0.1:5000", false},
		{"10.0.0.1:5000", "127.0.0.1:5000", false},
	} {
		listener := Listener{Address: netip.MustParseAddrPort(test.listener)}
		if got := listener.InTheWay(netip.MustParseAddrPort(test.wanted)); got != test.want {
			t.Errorf("%s in the way of %s: %v", test.listener, test.wanted, got)
		}
	}
}

func TestOwnerOfAListener(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	wanted := netip.MustParseAddrPort(socket.Addr().String())
	listeners, err := Listeners()
	if err != nil {
		t.Fatal(err)
	}
	for _, listener := range listeners {
		if listener.InTheWay(wanted) {
			if owner, found := listener.Owner(); !found || owner.Pid != os.Getpid() {
				t.Errorf("owner %+v, found %v", owner, found)
			}
			return
		}
	}
	t.Error("the listener is not in the list")
}

func TestInnermost(t *testing.T) {
	if pid, ok := innermost("Name:\tinit\nPid:\t4711\nNSpid:\t4711\t812\t1\n"); !ok || pid != 1 {
		t.Errorf("%d, %v", pid, ok)
	}
	if _, ok := innermost("Name:\told\nPid:\t4711\n"); ok {
		t.Error("a kernel without pid namespaces has no answer")
	}
}

func TestOutsideOfTheOwnNamespaceIsTheSame(t *testing.T) {
	pids, err := Outside(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	inside, _ := innermost(readStatus(t))
	if pids[inside] != os.Getpid() {
		t.Errorf("%d is %d outside", inside, pids[inside])
	}
}

func readStatus(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	return string(status)
}
