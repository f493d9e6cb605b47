package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/proc"
)

// command is what the supervisor is called with.
const command = "supervise"

// client keeps no connection: it asks rarely, and each node's supervisor has a socket of its own.
func client(node layout.Node) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", node.Seen(layout.SupervisorSocket))
		},
	}}
}

// GetStatus asks the node's running supervisor; an error means that none answers.
func GetStatus(ctx context.Context, node layout.Node) (Status, error) {
	var status Status
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body, err := call(ctx, node, http.MethodGet, "/status")
	if err != nil {
		return status, err
	}
	return status, json.Unmarshal(body, &status)
}

// StopComponent ends one component until the supervisor is started anew.
func StopComponent(ctx context.Context, node layout.Node, name string) error {
	_, err := call(ctx, node, http.MethodPost, "/stop/"+name)
	return err
}

func call(ctx context.Context, node layout.Node, method, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://supervisor"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := client(node).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("supervisor: %s", strings.TrimSpace(string(body)))
	}
	return body, nil
}

// Start runs the first node's supervisor as a process of its own session, which outlives the caller.
func Start(env []string) (proc.ID, error) {
	executable, err := os.Executable()
	if err != nil {
		return proc.ID{}, err
	}
	output, err := os.OpenFile(layout.Path("logs", Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return proc.ID{}, err
	}
	defer output.Close()
	cmd := Command(executable, layout.FirstNode, env)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return proc.ID{}, err
	}
	return proc.Identify(cmd.Process.Pid)
}

// Command is the supervisor of a node, to be started on that node.
func Command(executable string, node layout.Node, env []string) *exec.Cmd {
	cmd := exec.Command(executable, command, node.SpecFile())
	cmd.Dir = layout.StateDir
	cmd.Env = env
	return cmd
}

// Stop ends the node's supervisor and with it all its components; false when none was running. It finds one that has
// lost its files too.
func Stop(node layout.Node, grace time.Duration) (bool, error) {
	processes, err := proc.List()
	if err != nil {
		return false, err
	}
	found := false
	for _, process := range processes {
		if len(process.Args) != 3 || !slices.Equal(process.Args[1:], []string{command, node.SpecFile()}) {
			continue
		}
		id, err := proc.Identify(process.Pid)
		if err != nil {
			continue // it has just ended
		}
		found = true
		if err := id.Stop(grace); err != nil {
			return found, err
		}
	}
	return found, nil
}
