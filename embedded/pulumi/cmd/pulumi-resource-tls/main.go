// Command pulumi-resource-tls is the provider of keys and certificates for machines that cannot download the official
// one.
package main

import (
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"k8s-web/embedded/pulumi/internal/pluginserver"
	"k8s-web/embedded/pulumi/internal/tlsprovider"
)

func main() {
	pluginserver.Main(func(server *grpc.Server, _ string) error {
		pulumirpc.RegisterResourceProviderServer(server, tlsprovider.New())
		return nil
	})
}
