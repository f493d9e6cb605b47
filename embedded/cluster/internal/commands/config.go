package commands

import (
	"context"
	"errors"
	"os"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/mirrors"
	"k8s-web/embedded/cluster/internal/stackconfig"
)

// Config makes a stack and its configuration for this cluster.
func Config(ctx context.Context, stack string, set []string) error {
	if stack == "" {
		return errors.New("which stack? Next: embedded config --stack dev")
	}
	_, release, err := begin(ctx, "embedded config")
	if err != nil {
		return err
	}
	defer release()
	directory, err := project()
	if err != nil {
		return err
	}
	tools, err := loadToolset()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(layout.PulumiDir, 0o700); err != nil {
		return err
	}
	settings, err := machineSettings()
	if err != nil {
		return err
	}
	if err := stackconfig.Generate(stackconfig.Options{Stack: stack, Project: directory, Machine: settings, Set: set}); err != nil {
		return err
	}
	var env []string
	for _, variable := range pulumiEnv() {
		env = append(env, variable[0]+"="+variable[1])
	}
	return stackconfig.EnsureStack(ctx, stack, directory, tools.command("pulumi"), env)
}

// machineSettings are the program's settings that this machine and its cluster give.
func machineSettings() (map[string]any, error) {
	settings := map[string]any{
		"context":    layout.Context,
		"kubeconfig": layout.Kubeconfig,
		"registry":   layout.Registry + "/k8s-web",
		"builder":    layout.Context,
	}
	several, err := severalForStacks()
	if err != nil {
		return nil, err
	}
	if several {
		// Each node has its own directories; the first is the one that had them when it was the only one.
		settings["storage"] = map[string]any{"node": layout.NodeName}
	}
	if pip := mirrors.PipIndexURL(); pip != "" {
		settings["mirrors"] = map[string]any{"pip": pip}
	}
	bundle, err := mirrors.CABundle()
	if err != nil || bundle == nil {
		return settings, err
	}
	file := layout.Path("ca.pem")
	settings["caCertificate"] = file
	return settings, files.Write(file, bundle)
}
