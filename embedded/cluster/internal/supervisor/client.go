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

var client = &http.Client{Transport: &http.Transport{
	DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", layout.SupervisorSocket)
	},
}}

// GetStatus asks the running supervisor; an error means that none answers.
func GetStatus(ctx context.Context) (Status, error) {
	var status Status
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body, err := call(ctx, http.MethodGet, "/status")
	if err != nil {
		return status, err
	}
	return status, json.Unmarshal(body, &status)
}

// StopComponent ends one component until the supervisor is started anew.
func StopComponent(ctx context.Context, name string) error {
	_, err := call(ctx, http.MethodPost, "/stop/"+name)
	return err
}

func call(ctx context.Context, method, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://supervisor"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
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

// Start runs the supervisor as a process of its own session, which outlives the caller.
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
	cmd := exec.Command(executable, command, layout.SpecFile)
	cmd.Dir = layout.StateDir
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return proc.ID{}, err
	}
	return proc.Identify(cmd.Process.Pid)
}

// Stop ends the supervisor and with it all components; false when none was running. It finds one that has lost its
// files too.
func Stop(grace time.Duration) (bool, error) {
	processes, err := proc.List()
	if err != nil {
		return false, err
	}
	found := false
	for _, process := range processes {
		if len(process.Args) != 3 || !slices.Equal(process.Args[1:], []string{command, layout.SpecFile}) {
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
