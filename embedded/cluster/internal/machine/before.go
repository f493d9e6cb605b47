// Package machine records how the machine was before the cluster, and puts it back.
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

// sharedPaths lie outside the state directory because the programs have their names built in.
// Those that were not there before are removed in the end, deepest first, if nothing of others is in them.
var sharedPaths = []string{
	shimSockets, "/run/containerd/fifo", "/run/containerd", "/run/netns", "/run/xtables.lock", "/run/runc",
	"/run/buildkit/otel-grpc.sock", "/run/buildkit", "/run/mount/utab", "/run/mount",
	"/var/lib/cni/results", "/var/lib/cni", "/var/log/containers", "/run/kubernetes",
	"/var/lib/kubelet/device-plugins/kubelet.sock", "/var/lib/kubelet/device-plugins/kubelet_internal_checkpoint",
	"/var/lib/kubelet/device-plugins", "/var/lib/kubelet",
}

// Before is the machine's state at the first `up`.
type Before struct {
	Paths  []string `json:"paths"`  // those of sharedPaths that were there
	Tables []string `json:"tables"` // tables of the packet filter
	Chains []string `json:"chains"` // those of its chains that have names as ours have
}

// PacketFilter lists what is in the machine's.
type PacketFilter interface {
	Tables() ([]string, error)
	Chains() ([]string, error)
}

// Record describes the machine unless that was done before.
func Record(filter PacketFilter) error {
	if _, err := os.Stat(layout.BeforeFile); err == nil {
		return nil
	}
	var before Before
	for _, path := range sharedPaths {
		if _, err := os.Lstat(path); err == nil {
			before.Paths = append(before.Paths, path)
		}
	}
	var err error
	if before.Tables, err = filter.Tables(); err != nil {
		return err
	}
	if before.Chains, err = filter.Chains(); err != nil {
		return err
	}
	return writeJSON(layout.BeforeFile, before)
}

// LoadBefore reads what Record wrote. Of a machine that was never described, everything was there before.
func LoadBefore() (Before, error) {
	var before Before
	data, err := os.ReadFile(layout.BeforeFile)
	if os.IsNotExist(err) {
		return Before{Paths: sharedPaths}, nil
	}
	if err != nil {
		return before, err
	}
	return before, json.Unmarshal(data, &before)
}

// RemoveShared removes what the cluster's programs left outside the state directory and returns its names.
func RemoveShared(before Before) []string {
	var removed []string
	for _, group := range []struct {
		what  string
		paths []string
	}{
		{"notes of the network library", ownCNIResults()},
		{"links to the pods' logs", danglingLogLinks()},
	} {
		if number := removeAll(group.paths); number > 0 {
			removed = append(removed, fmt.Sprintf("%d %s", number, group.what))
		}
	}
	for _, path := range sharedPaths {
		// os.Remove leaves a directory alone that still has something in it: that is another's.
		if !slices.Contains(before.Paths, path) && os.Remove(path) == nil {
			removed = append(removed, path)
		}
	}
	return removed
}

// removeAll returns how many of the files it could remove.
func removeAll(paths []string) int {
	number := 0
	for _, path := range paths {
		if os.Remove(path) == nil {
			number++
		}
	}
	return number
}

// ownCNIResults are the network library's notes of pods that are gone; each names the network.
func ownCNIResults() []string {
	files, _ := filepath.Glob("/var/lib/cni/results/k8s-web-*")
	return files
}

// danglingLogLinks are the kubelet's links to the logs of our pods.
func danglingLogLinks() []string {
	var ours []string
	links, _ := filepath.Glob("/var/log/containers/*.log")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, layout.StateDir+"/") {
			ours = append(ours, link)
		}
	}
	return ours
}

func writeJSON(file string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}
