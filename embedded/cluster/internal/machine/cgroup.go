package machine

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
)

// CgroupVersion is 2 on machines with the unified hierarchy only, otherwise 1.
func CgroupVersion() int {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return 2
	}
	return 1
}

// hierarchies are the roots in which cgroups of ours may lie.
func hierarchies() ([]string, error) {
	mounts, err := Mounts()
	if err != nil {
		return nil, err
	}
	var roots []string
	for _, m := range mounts {
		if m.kind == "cgroup" || m.kind == "cgroup2" {
			roots = append(roots, m.point)
		}
	}
	return roots, nil
}

// EnsureCgroup makes the parent of the cgroups of a node's pods, with every controller that the machine has.
func EnsureCgroup(node layout.Node) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	for _, root := range roots {
		parent := root
		for _, name := range strings.Split(node.Cgroup(), "/") {
			directory := filepath.Join(parent, name)
			if err := os.MkdirAll(directory, 0o755); err != nil {
				return fmt.Errorf("cgroup %s: %w", directory, err)
			}
			if err := delegate(parent, directory); err != nil {
				return err
			}
			parent = directory
		}
	}
	return nil
}

// delegate turns on the controllers for the children.
func delegate(parent, directory string) error {
	if CgroupVersion() == 2 {
		return enableControllers(parent, directory)
	}
	// In version 1 only the cpuset hierarchy wants something: its two lists start empty.
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		inherited, err := os.ReadFile(filepath.Join(parent, name))
		if err != nil {
			continue // another hierarchy
		}
		if err := os.WriteFile(filepath.Join(directory, name), inherited, 0o644); err != nil {
			return fmt.Errorf("cgroup %s: %w", directory, err)
		}
	}
	return nil
}

func enableControllers(parent, directory string) error {
	available, err := os.ReadFile(filepath.Join(parent, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, controller := range strings.Fields(string(available)) {
		for _, level := range []string{parent, directory} {
			file := filepath.Join(level, "cgroup.subtree_control")
			if err := os.WriteFile(file, []byte("+"+controller), 0o644); err != nil {
				return fmt.Errorf("cgroup controller %s: %w", controller, err)
			}
		}
	}
	return nil
}

// RemoveCgroups deletes a node's cgroups, for the first node those of all; it returns those at the top.
func RemoveCgroups(node layout.Node) ([]string, error) {
	roots, err := hierarchies()
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, root := range roots {
		top := filepath.Join(root, node.Cgroup())
		var directories []string
		_ = filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				directories = append(directories, path)
			}
			return nil
		})
		for _, directory := range slices.Backward(directories) {
			if err := removeCgroup(directory); err != nil {
				return removed, fmt.Errorf("cgroup %s: %w", directory, err)
			}
		}
		if len(directories) > 0 {
			removed = append(removed, top)
		}
	}
	return removed, nil
}

// removeCgroup tries again for a while: the kernel calls a cgroup busy until its last process is reaped.
func removeCgroup(directory string) error {
	deadline := time.Now().Add(5 * time.Second)
	for {
		err := syscall.Rmdir(directory)
		if err == nil || err == syscall.ENOENT {
			return nil
		}
		if err != syscall.EBUSY || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}
