package machine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s-web/embedded/cluster/internal/layout"
)

// sysctls that the kubelet, kube-proxy and the network plugins change.
var sysctls = []string{
	"net.ipv4.ip_forward", "net.ipv4.conf.all.route_localnet",
	"net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables",
	"vm.overcommit_memory", "vm.panic_on_oom",
	"kernel.panic", "kernel.panic_on_oops", "kernel.keys.root_maxkeys", "kernel.keys.root_maxbytes",
}

// required are those that pods cannot do without; their parts set them too, but later.
var required = []string{"net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"}

func sysctlFile(name string) string {
	return filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
}

// SetSysctls records the values, unless a cluster that was not taken down has done so, and sets the required ones.
func SetSysctls() error {
	if _, err := os.Stat(layout.SysctlFile); os.IsNotExist(err) {
		before := map[string]string{}
		for _, name := range sysctls {
			if value, err := os.ReadFile(sysctlFile(name)); err == nil {
				before[name] = strings.TrimSpace(string(value))
			}
		}
		if err := writeJSON(layout.SysctlFile, before); err != nil {
			return err
		}
	}
	for _, name := range required {
		if err := os.WriteFile(sysctlFile(name), []byte("1"), 0o644); err != nil {
			return fmt.Errorf("kernel setting %s=1, which pods need: %w", name, err)
		}
	}
	return nil
}

// RestoreSysctls puts the recorded values back and forgets them; it returns those that had changed.
func RestoreSysctls() ([]string, error) {
	data, err := os.ReadFile(layout.SysctlFile)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var before map[string]string
	if err := json.Unmarshal(data, &before); err != nil {
		return nil, fmt.Errorf("%s: %w", layout.SysctlFile, err)
	}
	var restored []string
	for name, value := range before {
		now, err := os.ReadFile(sysctlFile(name))
		if err != nil || strings.TrimSpace(string(now)) == value {
			continue
		}
		if err := os.WriteFile(sysctlFile(name), []byte(value), 0o644); err != nil {
			return restored, fmt.Errorf("kernel setting %s: %w", name, err)
		}
		restored = append(restored, name)
	}
	slices.Sort(restored)
	return restored, os.Remove(layout.SysctlFile)
}
