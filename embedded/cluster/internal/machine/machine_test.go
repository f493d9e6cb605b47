package machine

import (
	"slices"
	"testing"
)

func TestParseMounts(t *testing.T) {
	const mountinfo = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
31 22 0:27 / /mnt/with\040space\134x rw - tmpfs tmpfs rw
`
	want := []mount{{"/", "ext4"}, {"/sys/fs/cgroup/pids", "cgroup"}, {`/mnt/with space\x`, "tmpfs"}}
	if got := parseMounts(mountinfo); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestHasCapability(t *testing.T) {
	const status = "Name:\tbash\nCapEff:\t000001fffeffffff\nCapBnd:\t000001ffffffffff\n"
	if hasCapability(status, 24) {
		t.Error("CAP_SYS_RESOURCE is seen where it is not")
	}
	if !hasCapability(status, 12) {
		t.Error("CAP_NET_ADMIN is not seen")
	}
}
