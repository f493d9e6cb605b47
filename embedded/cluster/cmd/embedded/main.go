// Command embedded runs a Kubernetes of one node, or more, with registry and image builder on this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"k8s-web/embedded/cluster/internal/commands"
	"k8s-web/embedded/cluster/internal/node"
	"k8s-web/embedded/cluster/internal/supervisor"
)

const usage = `embedded: a Kubernetes cluster with registry and image builder on this machine

  embedded up [--nodes N] [--metrics on|off]
                                       bring it up; quick when it is up already. Nodes stay until they are removed;
                                       with metrics, it has what watches a stack, until they are off
  embedded down                        stop it, keep its data
  embedded status                      what runs, since when, how healthy
  embedded logs [-f] [component|pod]   what it says; without a name: the supervisor's log
  embedded node add [--taint key=value:effect]...
                                       make one more node, a machine of its own as far as Kubernetes can tell
  embedded node remove [--discard-data] <node>
                                       move its pods elsewhere and remove it
  embedded env                         settings for the shell: eval "$(embedded env)"
  embedded config --stack <stack> [--set key=value]...
                                       make the stack's Pulumi configuration for this cluster
  embedded clean [--keep-cache]        remove everything that it ever made
`

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := run(ctx, os.Args[1:])
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "embedded: interrupted. Next: run it again, it goes on from where it was")
		os.Exit(130)
	case errors.Is(err, commands.ErrUnhealthy):
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "embedded:", err)
		os.Exit(1)
	}
}

// values collects a flag that may be given several times.
type values []string

func (v *values) String() string     { return strings.Join(*v, " ") }
func (v *values) Set(s string) error { *v = append(*v, s); return nil }

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return flag.ErrHelp
	}
	command := args[0]
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.Usage = func() {}
	stack := flags.String("stack", "", "")
	follow := flags.Bool("f", false, "")
	keepCache := flags.Bool("keep-cache", false, "")
	nodes := flags.Int("nodes", 0, "")
	metrics := flags.String("metrics", "", "")
	discardData := flags.Bool("discard-data", false, "")
	var set, taints values
	flags.Var(&set, "set", "")
	flags.Var(&taints, "taint", "")
	rest := args[1:]
	if command == "node" && len(rest) > 0 {
		command, rest = "node "+rest[0], rest[1:]
	}
	if err := flags.Parse(rest); err != nil {
		return err
	}
	switch command {
	case "up":
		return commands.Up(ctx, *nodes, *metrics)
	case "node add":
		return commands.AddNode(ctx, taints)
	case "node remove":
		return commands.RemoveNode(ctx, flags.Arg(0), *discardData)
	case "down":
		return commands.Down(ctx)
	case "status":
		return commands.Status(ctx)
	case "logs":
		return commands.Logs(ctx, flags.Arg(0), *follow)
	case "env":
		return commands.Env()
	case "config":
		return commands.Config(ctx, *stack, set)
	case "clean":
		return commands.Clean(ctx, *keepCache)
	case node.Command:
		return commands.HoldNode(flags.Arg(0))
	case "supervise":
		return supervisor.Run(flags.Arg(0))
	case "help", "-h", "--help":
		return flag.ErrHelp
	default:
		return fmt.Errorf("there is no command %q. Next: embedded help", command)
	}
}
