package machine

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"k8s-web/embedded/cluster/internal/layout"
)

// modules are kernel parts that may not be loaded yet, each with the path that is there when they are.
var modules = []struct{ name, path string }{
	{"br_netfilter", "/proc/sys/net/bridge"},
	{"overlay", "/sys/module/overlay"},
}

// LoadModules loads what is missing. Whether a part is built into the kernel cannot always be seen, so a failure counts
// only where the path that proves its presence is required.
func LoadModules() error {
	for _, module := range modules {
		if _, err := os.Stat(module.path); err == nil {
			continue
		}
		output, err := exec.Command("modprobe", module.name).CombinedOutput()
		if err != nil && module.name == "br_netfilter" {
			return fmt.Errorf("kernel module %s, which Services need, cannot be loaded: %w: %s", module.name, err, strings.TrimSpace(string(output)))
		}
	}
	return nil
}

// EnsureDataRoot makes the directory of the stack's data; one that was there before is its owner's and stays at `clean`.
func EnsureDataRoot() error {
	if _, err := os.Stat(layout.DataRoot); !os.IsNotExist(err) {
		return err
	}
	if err := os.MkdirAll(layout.DataRoot, 0o755); err != nil {
		return err
	}
	return os.WriteFile(layout.DataRootMarker, []byte("`make clean` of k8s-web removes this directory, because `make up` made it.\n"), 0o644)
}

// ForgetEarlierBoot removes what describes processes and mounts of a time before the machine was restarted.
func ForgetEarlierBoot() error {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	file := layout.Path("boot")
	if recorded, err := os.ReadFile(file); err == nil && string(recorded) == string(boot) {
		return nil
	}
	if err := ForgetProcesses(); err != nil {
		return err
	}
	return os.WriteFile(file, boot, 0o600)
}

// ForgetProcesses removes what is of no meaning once no process of the cluster runs any more.
func ForgetProcesses() error {
	for _, directory := range []string{layout.RunDir, layout.ContainerdState, layout.Path("containerd", "runc")} {
		if err := os.RemoveAll(directory); err != nil {
			return err
		}
	}
	return nil
}
