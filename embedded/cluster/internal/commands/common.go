// Package commands is what people call: up, down, status, logs, env, config, clean.
package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s-web/embedded/cluster/internal/console"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/lock"
	"k8s-web/embedded/cluster/internal/tools"
)

// ErrUnhealthy makes the command fail after it has said all there is to say.
var ErrUnhealthy = errors.New("not healthy")

func requireRoot(command string) error {
	if os.Geteuid() == 0 {
		return nil
	}
	return fmt.Errorf("`%s` needs root: it makes network devices, mounts and cgroups. Next: run it as root", command)
}

// begin is what every command that changes the cluster starts with.
func begin(ctx context.Context, command string) (*console.Console, func(), error) {
	if err := requireRoot(command); err != nil {
		return nil, nil, err
	}
	con := console.New()
	release, err := lock.Acquire(ctx, layout.LockFile, con.Printf)
	return con, release, err
}

// projectFile remembers the work tree, so that the commands work from any directory.
var projectFile = layout.Path("project")

// project finds the work tree: above the current directory, or where the cluster was brought up from.
func project() (string, error) {
	directory, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if isProject(directory) {
			return directory, nil
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			break
		}
		directory = parent
	}
	recorded, err := os.ReadFile(projectFile)
	if err == nil && isProject(string(recorded)) {
		return string(recorded), nil
	}
	return "", errors.New("this is not a directory of the project. Next: change to the clone of the project and run it there")
}

// kubectl asks the API server as the administrator; it returns all that was printed.
func kubectl(ctx context.Context, args ...string) (string, error) {
	tools, err := loadToolset()
	if err != nil {
		return "", err
	}
	all := append([]string{"--kubeconfig", layout.Kubeconfig, "--cache-dir", layout.KubectlCache}, args...)
	output, err := exec.CommandContext(ctx, tools.command("kubectl"), all...).CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

func isProject(directory string) bool {
	return exists(filepath.Join(directory, "embedded", "cluster", "go.mod"))
}

func toolsRoot(project string) string { return filepath.Join(project, "embedded") }

// daemonEnv is the environment of the daemons: nothing of the caller's but what tells them how to reach the world.
func daemonEnv(set *tools.Set) []string {
	env := append([]string{"PATH=" + set.SystemPath(), "HOME=" + layout.StateDir, "LANG=C.UTF-8", "TMPDIR=" + layout.TempDir}, set.Env()...)
	for _, name := range []string{
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return env
}
