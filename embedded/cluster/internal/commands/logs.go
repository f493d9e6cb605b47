package commands

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"k8s-web/embedded/cluster/internal/kube"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/node"
	"k8s-web/embedded/cluster/internal/supervisor"
)

// componentName is what people call a component: alone for one of the first node, after the node's name for another's.
func componentName(n layout.Node, component string) string {
	if n == layout.FirstNode {
		return component
	}
	return n.Name() + "/" + component
}

// logFile takes a component's name for people.
func logFile(name string) string {
	if before, component, found := strings.Cut(name, "/"); found {
		if n, err := layout.ParseNode(before); err == nil {
			return filepath.Join(n.Seen(layout.LogDir), component+".log")
		}
	}
	return filepath.Join(layout.LogDir, name+".log")
}

// logOfHolder is where a node says why it has ended as a whole.
func logOfHolder(n layout.Node) string {
	if n == layout.FirstNode {
		return supervisor.Name
	}
	return componentName(n, node.LogName)
}

// lastLines is the end of a component's log, for an error message.
func lastLines(component string, count int) string {
	data, err := os.ReadFile(logFile(component))
	if err != nil {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-count):], []byte("\n")))
}

// Logs shows the log of a component or of a pod; this process becomes the program that does it.
func Logs(ctx context.Context, name string, follow bool) error {
	if err := requireRoot("embedded logs"); err != nil {
		return err
	}
	if name == "" {
		name = supervisor.Name
	}
	if _, err := os.Stat(logFile(name)); err == nil {
		args := []string{"tail", "-n", "200"}
		if follow {
			args = append(args, "-F")
		}
		return become("tail", append(args, logFile(name)))
	}
	pod, err := findPod(ctx, name)
	if err != nil {
		return err
	}
	tools, err := loadToolset()
	if err != nil {
		return err
	}
	args := []string{"kubectl", "--kubeconfig", layout.Kubeconfig, "--cache-dir", layout.KubectlCache, "--namespace", pod.Namespace, "logs", pod.Name, "--all-containers", "--prefix", "--tail=200"}
	if follow {
		args = append(args, "--follow")
	}
	return become(tools.command("kubectl"), args)
}

func become(program string, args []string) error {
	path, err := exec.LookPath(program)
	if err != nil {
		return err
	}
	return syscall.Exec(path, args, os.Environ())
}

// findPod finds a pod in any namespace by its name or the beginning of it.
func findPod(ctx context.Context, name string) (kube.Pod, error) {
	n, err := layout.LoadNetwork()
	if err != nil {
		return kube.Pod{}, err
	}
	client, err := kube.NewClient(n)
	if err != nil {
		return kube.Pod{}, unknownLog(name, fmt.Sprintf("and the cluster has never been up (%v)", err))
	}
	pods, err := client.Pods(ctx)
	if err != nil {
		return kube.Pod{}, unknownLog(name, fmt.Sprintf("and its pods cannot be listed (%v)", err))
	}
	var matches []kube.Pod
	var names []string
	for _, pod := range pods {
		if pod.Name == name {
			return pod, nil
		}
		if strings.HasPrefix(pod.Name, name) {
			matches, names = append(matches, pod), append(names, pod.Name)
		}
	}
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		return kube.Pod{}, unknownLog(name, "nor a pod")
	default:
		return kube.Pod{}, fmt.Errorf("%q is the beginning of several pods' names: %s. Next: make logs WHAT=<one of them>", name, strings.Join(names, ", "))
	}
}

func unknownLog(name, more string) error {
	nodes, _ := allNodes()
	var known []string
	for _, n := range nodes {
		files, _ := filepath.Glob(logFile(componentName(n, "*")))
		for _, file := range files {
			known = append(known, componentName(n, strings.TrimSuffix(filepath.Base(file), ".log")))
		}
	}
	return fmt.Errorf("%q is no component (%s) %s. Next: embedded status", name, strings.Join(known, ", "), more)
}
