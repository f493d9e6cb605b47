package tools

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

var versionPattern = regexp.MustCompile(`\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)`)

// versionIn is the first version in a program's answer, without the v.
func versionIn(answer string) string {
	if match := versionPattern.FindStringSubmatch(answer); match != nil {
		return match[1]
	}
	return ""
}

// onPath says whether a program on the PATH answers with the wanted version.
func onPath(ctx context.Context, version, program string, args ...string) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	path, err := lookPath(program)
	if err != nil {
		return false
	}
	answer, err := exec.CommandContext(ctx, path, args...).Output()
	return err == nil && versionIn(string(answer)) == version
}

// lookPath finds a program of the machine. Our own are on the PATH too in a shell that took over `make env`.
func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err == nil && strings.HasPrefix(path, CacheDir()+string(filepath.Separator)) {
		err = exec.ErrNotFound
	}
	return path, err
}

func machineKubernetes(ctx context.Context) bool {
	for _, program := range kubernetesPrograms {
		args := []string{"--version"}
		switch program {
		case "kubectl":
			args = []string{"version", "--client"}
		case "kubeadm":
			args = []string{"version", "--output", "short"}
		}
		if !onPath(ctx, kubernetesVersion, program, args...) {
			return false
		}
	}
	return true
}

// machinePulumi wants the language host of the same installation too.
func machinePulumi(ctx context.Context) bool {
	_, err := lookPath("pulumi-language-nodejs")
	return err == nil && onPath(ctx, pulumiVersion, "pulumi", "version")
}

// linkMachine makes dir a folder of links to the machine's programs.
func linkMachine(programs []string, dir string) error {
	for _, program := range programs {
		path, err := lookPath(program)
		if err != nil {
			return err
		}
		if err := os.Symlink(path, filepath.Join(dir, program)); err != nil {
			return err
		}
	}
	return nil
}
