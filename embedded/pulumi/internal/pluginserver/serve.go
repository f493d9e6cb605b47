// Package pluginserver runs a gRPC server the way Pulumi's engine expects of a plugin: the port stands on the first
// line of its standard output, and it ends with the engine that started it.
package pluginserver

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"google.golang.org/grpc"
)

// engineCheckInterval is how often a plugin looks whether the engine that started it is still there.
const engineCheckInterval = 30 * time.Second

// Register adds the plugin's services to the server. The address is where the engine listens for log messages; it is
// empty when the plugin was started by hand.
type Register func(server *grpc.Server, engineAddress string) error

// Main serves until the engine goes away or the process is interrupted, and exits.
func Main(register Register) {
	if err := serve(register); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
}

func serve(register Register) error {
	// The engine passes these to every plugin; tracing itself is not collected here.
	flag.String("tracing", "", "tracing endpoint (accepted, not used)")
	flag.Parse()
	logging.InitLogging(false, 0, false)
	engineAddress := flag.Arg(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan bool)
	context.AfterFunc(ctx, func() { close(ended) })
	if engineAddress != "" {
		if err := rpcutil.Healthcheck(ctx, engineAddress, engineCheckInterval, stop); err != nil {
			return fmt.Errorf("watching the engine at %s: %w", engineAddress, err)
		}
	}

	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: ended,
		Init:   func(server *grpc.Server) error { return register(server, engineAddress) },
	})
	if err != nil {
		return fmt.Errorf("starting the plugin's server: %w", err)
	}
	fmt.Println(handle.Port)
	if err := <-handle.Done; err != nil {
		return errors.Join(errors.New("the plugin's server stopped"), err)
	}
	return nil
}
