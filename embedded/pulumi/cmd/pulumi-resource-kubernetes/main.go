// Command pulumi-resource-kubernetes is the provider of Kubernetes objects for machines that cannot download the
// official one.
package main

import (
	"errors"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"k8s-web/embedded/pulumi/internal/engine"
	"k8s-web/embedded/pulumi/internal/pluginserver"
	"k8s-web/embedded/pulumi/internal/provider"
)

func main() {
	pluginserver.Main(func(server *grpc.Server, engineAddress string) error {
		if engineAddress == "" {
			return errors.New("the engine's address is missing; this program is started by `pulumi`")
		}
		connection, err := engine.Dial(engineAddress)
		if err != nil {
			return err
		}
		pulumirpc.RegisterResourceProviderServer(server, provider.New(connection))
		return nil
	})
}
