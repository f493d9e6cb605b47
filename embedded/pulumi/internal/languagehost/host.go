// Package languagehost runs Pulumi programs in Node.js, as far as one-machine stacks need it.
package languagehost

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Version is the release of the official host whose calls are answered here.
const Version = "3.246.0"

// Host answers the engine. What it does not offer (generating, packing and linking SDKs, running plugins from source
// other than policy packs) the engine reports as not implemented.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	engineAddress string
	cancelled     context.Context
	cancel        context.CancelFunc
}

// New makes a host whose programs log to the engine at the given address.
func New(engineAddress string) *Host {
	cancelled, cancel := context.WithCancel(context.Background())
	return &Host{engineAddress: engineAddress, cancelled: cancelled, cancel: cancel}
}

// Handshake takes the engine's address from an engine that attaches to a running host.
func (h *Host) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.engineAddress = request.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo reports the version.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetRequiredPackages asks for no plugin up front: the engine would try to download each one that is not installed,
// also those of packages the program never uses. The engine still asks for a plugin when the program uses it.
func (h *Host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// Cancel interrupts the running program.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// About describes the Node.js that programs run in.
func (h *Host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	version, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its version: %w", node, err)
	}
	return &pulumirpc.AboutResponse{Executable: node, Version: strings.TrimSpace(string(version))}, nil
}

func findNode() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", fmt.Errorf("could not find node on the PATH: %w; install Node.js and try again", err)
	}
	return node, nil
}
