package languagehost

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const lockFile = "package-lock.json"

// InstallDependencies runs npm in the program's directory, with its output shown to the user.
func (h *Host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	options, err := parseOptions(request.GetInfo().GetOptions().AsMap())
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, request.GetIsTerminal())
	if err != nil {
		return err
	}
	defer contract.IgnoreClose(closer)

	directory := request.GetInfo().GetProgramDirectory()
	arguments := []string{"install"}
	if _, err := os.Stat(filepath.Join(directory, lockFile)); err == nil {
		arguments = []string{"ci"}
	}
	if options.production {
		arguments = append(arguments, "--omit=dev")
	}
	npm := exec.CommandContext(server.Context(), "npm", arguments...)
	npm.Dir, npm.Stdout, npm.Stderr = directory, stdout, stderr
	if err := npm.Run(); err != nil {
		return fmt.Errorf("`npm %s` in %s failed: %w", strings.Join(arguments, " "), directory, err)
	}
	return closer.Close()
}

// GetProgramDependencies lists what the lock file pins.
func (h *Host) GetProgramDependencies(
	_ context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	path := filepath.Join(request.GetInfo().GetProgramDirectory(), lockFile)
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%s is missing: %w; run `npm install`", path, fs.ErrNotExist)
	} else if err != nil {
		return nil, err
	}
	dependencies, err := lockedDependencies(content, request.GetTransitiveDependencies())
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return &pulumirpc.GetProgramDependenciesResponse{Dependencies: dependencies}, nil
}

func lockedDependencies(lock []byte, transitive bool) ([]*pulumirpc.DependencyInfo, error) {
	type lockedPackage struct {
		Version         string            `json:"version"`
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	var parsed struct {
		Packages map[string]lockedPackage `json:"packages"`
	}
	if err := json.Unmarshal(lock, &parsed); err != nil {
		return nil, err
	}
	program := parsed.Packages[""]
	var dependencies []*pulumirpc.DependencyInfo
	for path, locked := range parsed.Packages {
		const modules = "node_modules/"
		if !strings.HasPrefix(path, modules) {
			continue
		}
		name := path[strings.LastIndex(path, modules)+len(modules):]
		_, direct := program.Dependencies[name]
		_, directDev := program.DevDependencies[name]
		if top := path == modules+name; transitive || (top && (direct || directDev)) {
			dependencies = append(dependencies, &pulumirpc.DependencyInfo{Name: name, Version: locked.Version})
		}
	}
	slices.SortFunc(dependencies, func(a, b *pulumirpc.DependencyInfo) int {
		return strings.Compare(a.GetName()+" "+a.GetVersion(), b.GetName()+" "+b.GetVersion())
	})
	return dependencies, nil
}
