package languagehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	// exitAlreadyReported is how the SDK says that the user has seen the error.
	exitAlreadyReported = 32
	// interruptGrace is how long a cancelled program may take to end by itself.
	interruptGrace = 5 * time.Second
)

// Run runs the program once, to its end.
func (h *Host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	command, err := h.command(ctx, request)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	return response(command.Run()), nil
}

func response(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case !errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("could not run the program: %v", err)}
	case exit.ExitCode() == exitAlreadyReported:
		return &pulumirpc.RunResponse{Bail: true}
	case exit.ExitCode() < 0:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program ended by a signal: %v", exit)}
	default:
		return &pulumirpc.RunResponse{
			Error: fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode()),
		}
	}
}

func (h *Host) command(ctx context.Context, request *pulumirpc.RunRequest) (*exec.Cmd, error) {
	options, err := parseOptions(request.GetInfo().GetOptions().AsMap())
	if err != nil {
		return nil, err
	}
	settings, err := settingsEnvironment(request.GetConfig(), request.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	runner, err := locateRunner(ctx, node, "@pulumi/pulumi/cmd/run", request.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}

	running, stop := context.WithCancel(ctx)
	context.AfterFunc(h.cancelled, stop)
	command := exec.CommandContext(running, node, append(options.nodeArgs, h.arguments(runner, request)...)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = interruptGrace
	// Node.js makes the files that it inherits non-blocking, which the engine's end does not expect: give it pipes.
	command.Stdout = struct{ io.Writer }{os.Stdout}
	command.Stderr = struct{ io.Writer }{os.Stderr}
	command.Env = append(append(os.Environ(), settings...), options.environment()...)
	return command, nil
}

func (h *Host) arguments(runner string, request *pulumirpc.RunRequest) []string {
	arguments := []string{runner}
	for _, flag := range []struct{ name, value string }{
		{"monitor", request.GetMonitorAddress()},
		{"engine", h.engineAddress},
		{"organization", request.GetOrganization()},
		{"project", request.GetProject()},
		{"root-directory", request.GetInfo().GetRootDirectory()},
		{"stack", request.GetStack()},
		{"pwd", request.GetInfo().GetProgramDirectory()},
		{"parallel", strconv.Itoa(int(request.GetParallel()))},
	} {
		if flag.value != "" {
			arguments = append(arguments, "--"+flag.name, flag.value)
		}
	}
	if request.GetDryRun() {
		arguments = append(arguments, "--dry-run")
	}
	return append(append(arguments, request.GetInfo().GetEntryPoint()), request.GetArgs()...)
}

// settingsEnvironment hands the stack's configuration to the program. The keys take the form that every release of the
// SDK reads.
func settingsEnvironment(settings map[string]string, secretKeys []string) ([]string, error) {
	values := map[string]string{}
	for name, value := range settings {
		key, err := config.ParseKey(name)
		if err != nil {
			return nil, fmt.Errorf("reading the stack's configuration: %w", err)
		}
		values[key.Namespace()+":config:"+key.Name()] = value
	}
	if secretKeys == nil {
		secretKeys = []string{}
	}
	encodedValues, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("encoding the stack's configuration: %w", err)
	}
	encodedKeys, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, fmt.Errorf("encoding the names of the stack's secrets: %w", err)
	}
	return []string{
		"PULUMI_CONFIG=" + string(encodedValues),
		"PULUMI_CONFIG_SECRET_KEYS=" + string(encodedKeys),
	}, nil
}

// locateRunner finds the SDK's program that loads the user's program, the way Node.js itself would.
func locateRunner(ctx context.Context, node, runner, programDirectory string) (string, error) {
	locate := exec.CommandContext(ctx, node, "-p", fmt.Sprintf("require.resolve(%q)", runner))
	locate.Dir = programDirectory
	path, err := locate.Output()
	if err != nil {
		return "", fmt.Errorf("%s is not installed for %s; run `npm ci` in its project", runner, programDirectory)
	}
	return strings.TrimSpace(string(path)), nil
}
