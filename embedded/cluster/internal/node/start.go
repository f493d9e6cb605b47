// Package node makes and holds the nodes other than the first: each a process with namespaces of its own, in which a
// supervisor runs what a node needs. What runs in a node ends with that process, as with the power of a machine.
package node

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/network"
	"k8s-web/embedded/cluster/internal/proc"
)

// Command is what the process that holds a node is called with, before the node's name.
const Command = "hold"

// LogName is the log of the process that holds a node, among those of the node's components.
const LogName = "node"

// Find returns the process that holds the node; false when there is none.
func Find(node layout.Node) (proc.ID, bool, error) {
	processes, err := proc.List()
	if err != nil {
		return proc.ID{}, false, err
	}
	for _, process := range processes {
		if len(process.Args) != 3 || !slices.Equal(process.Args[1:], []string{Command, node.Name()}) {
			continue
		}
		if id, err := proc.Identify(process.Pid); err == nil && id.Alive() {
			return id, true, nil
		}
	}
	return proc.ID{}, false, nil
}

// Start makes the node's namespaces and its network and lets it run.
func Start(n layout.Network, node layout.Node, env []string) (proc.ID, error) {
	executable, err := os.Executable()
	if err != nil {
		return proc.ID{}, err
	}
	output, err := os.OpenFile(filepath.Join(node.Seen(layout.LogDir), LogName+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return proc.ID{}, err
	}
	defer output.Close()
	cmd := exec.Command(executable, Command, node.Name())
	cmd.Dir = "/"
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID,
	}
	start, err := cmd.StdinPipe()
	if err != nil {
		return proc.ID{}, err
	}
	defer start.Close()
	if err := cmd.Start(); err != nil {
		return proc.ID{}, fmt.Errorf("namespaces of %s: %w", node.Name(), err)
	}
	id, err := proc.Identify(cmd.Process.Pid)
	if err == nil {
		err = network.Connect(n, node, cmd.Process.Pid)
	}
	if err == nil {
		_, err = start.Write([]byte(connected))
	}
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	return id, err
}

// Stop ends all that runs in the node; false when nothing did. Its pods should have been stopped before.
func Stop(node layout.Node, grace time.Duration) (bool, error) {
	id, running, err := Find(node)
	if err != nil || !running {
		return false, err
	}
	return true, id.Stop(grace)
}
