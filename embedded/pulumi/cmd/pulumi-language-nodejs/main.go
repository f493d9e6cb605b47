// Command pulumi-language-nodejs is the language host that runs a Pulumi program in Node.js.
package main

import (
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"k8s-web/embedded/pulumi/internal/languagehost"
	"k8s-web/embedded/pulumi/internal/pluginserver"
)

func main() {
	pluginserver.Main(func(server *grpc.Server, engineAddress string) error {
		pulumirpc.RegisterLanguageRuntimeServer(server, languagehost.New(engineAddress))
		return nil
	})
}
