package stackconfig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"k8s-web/embedded/cluster/internal/layout"
)

// BackendURL is where Pulumi keeps the stacks' states.
func BackendURL() string { return "file://" + filepath.Join(layout.PulumiDir, "backend") }

// EnsureStack makes the stack in Pulumi's backend. It does so from a directory of its own, which has the generated
// configuration: in the work tree, Pulumi would write the salt of the secrets into the committed file.
func EnsureStack(ctx context.Context, stack, project, pulumi string, env []string) error {
	data, err := os.ReadFile(filepath.Join(project, "Pulumi.yaml"))
	if err != nil {
		return fmt.Errorf("the program's description: %w", err)
	}
	var program struct {
		Name string `yaml:"name"`
	}
	if err := yaml.Unmarshal(data, &program); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(project, "Pulumi.yaml"), err)
	}
	if _, err := os.Stat(filepath.Join(layout.PulumiDir, "backend", ".pulumi", "stacks", program.Name, stack+".json")); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(layout.PulumiDir, "backend"), 0o700); err != nil {
		return err
	}
	// The options of the program's runtime hold in the program's own directory only.
	description := fmt.Appendf(nil, "name: %s\nruntime: nodejs\n", program.Name)
	if err := os.WriteFile(filepath.Join(layout.PulumiDir, "Pulumi.yaml"), description, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, pulumi, "stack", "init", stack, "--non-interactive", "--no-select")
	cmd.Dir = layout.PulumiDir
	cmd.Env = append(os.Environ(), env...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pulumi stack init %s: %w\n%s", stack, err, output)
	}
	return nil
}
