package commands

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/network"
	"k8s-web/embedded/cluster/internal/tools"
)

var toolsetFile = layout.Path("toolset.json")

// toolset is where the programs of the running cluster are. `up` records it, so that the other commands work even when
// the sources have changed since and other programs would have to be built.
type toolset struct {
	// Bin is for people, Env is for daemons.
	Bin string   `json:"bin"`
	Env []string `json:"env"`
}

func newToolset(set *tools.Set) toolset {
	return toolset{Bin: set.BinDir(), Env: daemonEnv(set)}
}

func (t toolset) save(node layout.Node) error {
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return files.Write(node.Seen(toolsetFile), data)
}

func loadToolset() (toolset, error) {
	var t toolset
	data, err := os.ReadFile(toolsetFile)
	if os.IsNotExist(err) {
		return t, fmt.Errorf("the cluster has not been up on this machine yet. Next: make up")
	}
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(data, &t)
}

// command finds a program for people.
func (t toolset) command(name string) string { return filepath.Join(t.Bin, name) }

// rules gives access to the packet filter.
func (t toolset) rules() network.Rules {
	return network.Rules{Env: t.Env, Path: func(name string) string {
		for _, variable := range t.Env {
			directories, found := strings.CutPrefix(variable, "PATH=")
			if !found {
				continue
			}
			for _, directory := range filepath.SplitList(directories) {
				if path := filepath.Join(directory, name); exists(path) {
					return path
				}
			}
		}
		return name
	}}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
