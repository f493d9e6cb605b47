package languagehost

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// RunPlugin runs a policy pack: the one kind of plugin from source that is offered here.
func (h *Host) RunPlugin(request *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer) error {
	if kind := request.GetKind(); kind != string(apitype.AnalyzerPlugin) {
		return status.Errorf(codes.Unimplemented, "this host runs policy packs, and no plugin of the kind %q, from source", kind)
	}
	ctx, stop := context.WithCancel(server.Context())
	defer stop()
	context.AfterFunc(h.cancelled, stop)
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer contract.IgnoreClose(closer)

	// A pack finds the stack's settings in its environment, so it starts when the engine has told them.
	proxy, output, err := sdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return fmt.Errorf("serving the policy pack: %w", err)
	}
	stack, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return fmt.Errorf("waiting for the settings of the stack: %w", err)
	}
	environment, err := packEnvironment(stack)
	if err != nil {
		return err
	}
	directory := request.GetInfo().GetProgramDirectory()
	node, err := findNode()
	if err != nil {
		return err
	}
	runner, err := locateRunner(ctx, node, "@pulumi/pulumi/cmd/run-policy-pack", directory)
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, node, append(append([]string{runner}, request.GetArgs()...), directory)...)
	command.Dir, command.Stdout, command.Stderr = directory, output, stderr
	command.Env = append(request.GetEnv(), environment...)
	command.WaitDelay = interruptGrace
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting the policy pack in %s: %w", directory, err)
	}
	return proxy.Attach(ctx, command)
}

// packEnvironment tells a pack which stack it judges; there is none when it is only asked for its policies.
func packEnvironment(stack *pulumirpc.AnalyzerStackConfigureRequest) ([]string, error) {
	environment, err := settingsEnvironment(stack.GetConfig(), stack.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	return append(environment,
		"PULUMI_NODEJS_ORGANIZATION="+stack.GetOrganization(),
		"PULUMI_NODEJS_PROJECT="+stack.GetProject(),
		"PULUMI_NODEJS_STACK="+stack.GetStack(),
		"PULUMI_NODEJS_DRY_RUN="+strconv.FormatBool(stack.GetDryRun()),
	), nil
}
