package machine

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"k8s-web/embedded/cluster/internal/layout"
)

type mount struct{ point, kind string }

// Mounts lists the machine's mounts in the order in which they were made.
func Mounts() ([]mount, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parseMounts(string(data)), nil
}

func parseMounts(mountinfo string) []mount {
	var mounts []mount
	for _, line := range strings.Split(mountinfo, "\n") {
		front, back, found := strings.Cut(line, " - ")
		fields, kinds := strings.Fields(front), strings.Fields(back)
		if !found || len(fields) < 5 || len(kinds) == 0 {
			continue
		}
		mounts = append(mounts, mount{unescape(fields[4]), kinds[0]})
	}
	return mounts
}

// unescape decodes the kernel's \040 for a space and the like.
func unescape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// Unmount takes away every mount below the state directory, the latest first, and returns how many there were.
func Unmount() (int, error) {
	mounts, err := Mounts()
	if err != nil {
		return 0, err
	}
	count := 0
	for _, m := range slices.Backward(mounts) {
		if !strings.HasPrefix(m.point, layout.StateDir+"/") {
			continue
		}
		err := syscall.Unmount(m.point, 0)
		if err == syscall.EBUSY {
			// Somebody's shell stands in it: it goes when they leave.
			err = syscall.Unmount(m.point, syscall.MNT_DETACH)
		}
		if err != nil && err != syscall.EINVAL && err != syscall.ENOENT {
			return count, fmt.Errorf("unmount %s: %w", m.point, err)
		}
		count++
	}
	return count, nil
}
