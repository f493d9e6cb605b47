package machine

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/proc"
)

// StopComponents ends the components that a killed supervisor has left and returns their names.
func StopComponents() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(layout.PidDir, "*"))
	if err != nil {
		return nil, err
	}
	var stopped []string
	for _, file := range files {
		id := proc.Load(file)
		if id.Alive() {
			if err := id.Stop(20 * time.Second); err != nil {
				return stopped, err
			}
			stopped = append(stopped, filepath.Base(file))
		}
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			return stopped, err
		}
	}
	return stopped, nil
}

// EndContainers ends the containers that are left, first by asking and then by force, with the shims that hold them.
// It is for the case that containerd, which would do it properly, is not there any more.
func EndContainers(grace time.Duration) (int, error) {
	shims, mains, err := containerProcesses()
	if err != nil {
		return 0, err
	}
	for _, id := range mains {
		_ = syscall.Kill(id.Pid, syscall.SIGTERM)
	}
	deadline := time.Now().Add(grace)
	for slices.ContainsFunc(mains, proc.ID.Alive) && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	for _, id := range slices.Concat(shims, cgroupProcesses()) {
		if err := id.Stop(0); err != nil {
			return len(mains), err
		}
	}
	return len(mains), nil
}

// containerProcesses are the shims of our containerd and the first process of each container.
func containerProcesses() (shims, mains []proc.ID, err error) {
	processes, err := proc.List()
	if err != nil {
		return nil, nil, err
	}
	isShim := map[int]bool{}
	for _, p := range processes {
		if strings.HasPrefix(filepath.Base(p.Args[0]), "containerd-shim") && slices.Contains(p.Args, layout.ContainerdSocket) {
			isShim[p.Pid] = true
		}
	}
	for _, p := range processes {
		id, err := proc.Identify(p.Pid)
		switch {
		case err != nil: // it has just ended
		case isShim[p.Pid]:
			shims = append(shims, id)
		case isShim[p.Parent]:
			mains = append(mains, id)
		}
	}
	return shims, mains, nil
}

// cgroupProcesses are all processes in cgroups of ours: containers and build steps.
func cgroupProcesses() []proc.ID {
	roots, err := hierarchies()
	if err != nil {
		return nil
	}
	var ids []proc.ID
	for _, root := range roots {
		for _, pid := range pidsBelow(filepath.Join(root, layout.CgroupName)) {
			if id, err := proc.Identify(pid); err == nil && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func pidsBelow(directory string) []int {
	var pids []int
	_ = filepath.WalkDir(directory, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "cgroup.procs" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		for _, field := range strings.Fields(string(data)) {
			var pid int
			if _, err := fmt.Sscan(field, &pid); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// shimSockets is where containerd's shims have their sockets, those of any other containerd on the machine too.
const shimSockets = "/run/containerd/s"

// RemoveDeadSockets deletes the sockets of shims that were killed; one that is alive answers.
func RemoveDeadSockets() error {
	entries, err := os.ReadDir(shimSockets)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := filepath.Join(shimSockets, entry.Name())
		connection, err := net.Dial("unix", name)
		if err == nil {
			connection.Close()
			continue
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}
