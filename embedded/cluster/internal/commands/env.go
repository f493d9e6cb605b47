package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/stackconfig"
)

// defaultStack is the one that `make up` deploys.
const defaultStack = "dev"

// Env prints lines for the shell, which make kubectl and pulumi work on this cluster.
func Env() error {
	if err := requireRoot("embedded env"); err != nil {
		return err
	}
	tools, err := loadToolset()
	if err != nil {
		return err
	}
	directories := tools.Bin
	if executable, err := os.Executable(); err == nil {
		directories += ":" + filepath.Dir(executable)
	}
	variables := append([][2]string{
		{"KUBECONFIG", layout.Kubeconfig},
		{"KUBECACHEDIR", layout.KubectlCache},
		{"DOCKER_CONFIG", layout.DockerConfigDir},
		{"BUILDX_CONFIG", layout.BuildxConfigDir},
		{"PULUMI_OPTION_CONFIG_FILE", stackconfig.File(defaultStack)},
	}, pulumiEnv()...)
	// Twice is as good as once: the directories are put first only when they are not on the PATH.
	fmt.Printf("case \":$PATH:\" in *:%s:*) ;; *) export PATH=%s:\"$PATH\" ;; esac\n", quote(directories), quote(directories))
	for _, variable := range variables {
		fmt.Printf("export %s=%s\n", variable[0], quote(variable[1]))
	}
	return nil
}

// quote makes one word of any text for a POSIX shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
