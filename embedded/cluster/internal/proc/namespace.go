package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Outside maps the process ids of another pid namespace, whose first process is given, to those that they have here.
func Outside(first int) (map[int]int, error) {
	namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", first))
	if err != nil {
		return nil, err
	}
	directories, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	pids := map[int]int{}
	for _, directory := range directories {
		if found, err := os.Readlink(filepath.Join(directory, "ns", "pid")); err != nil || found != namespace {
			continue
		}
		status, err := os.ReadFile(filepath.Join(directory, "status"))
		if err != nil {
			continue // it has just ended
		}
		if inside, ok := innermost(string(status)); ok {
			pids[inside], _ = strconv.Atoi(filepath.Base(directory))
		}
	}
	return pids, nil
}

// innermost is the id that a process has in its own namespace: the last of those in its status.
func innermost(status string) (int, bool) {
	for _, line := range strings.Split(status, "\n") {
		ids, found := strings.CutPrefix(line, "NSpid:")
		if fields := strings.Fields(ids); found && len(fields) > 0 {
			pid, err := strconv.Atoi(fields[len(fields)-1])
			return pid, err == nil
		}
	}
	return 0, false
}
