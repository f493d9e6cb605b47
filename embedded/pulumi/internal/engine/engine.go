// Package engine tells the Pulumi engine what a provider is doing.
package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Engine is the connection back to the engine that started the plugin.
type Engine struct {
	client pulumirpc.EngineClient
}

// Dial prepares the connection; it is made with the first message.
func Dial(address string) (*Engine, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connecting to the engine at %s: %w", address, err)
	}
	return &Engine{client: pulumirpc.NewEngineClient(connection)}, nil
}

// For reports on one resource.
func (e *Engine) For(urn resource.URN) *Reporter {
	return &Reporter{engine: e, urn: urn}
}

// Reporter writes messages about one resource. Reports are best effort: an operation does not fail for want of them.
type Reporter struct {
	engine *Engine
	urn    resource.URN

	mutex      sync.Mutex
	lastStatus string
}

// Warn shows a message that stays.
func (r *Reporter) Warn(ctx context.Context, format string, arguments ...any) {
	r.send(ctx, pulumirpc.LogSeverity_WARNING, fmt.Sprintf(format, arguments...), false)
}

// Progress shows in the resource's status column, until the next one or the end of the operation.
func (r *Reporter) Progress(ctx context.Context, message string) {
	r.status(ctx, pulumirpc.LogSeverity_INFO, message)
}

// Trouble shows in the status column as a warning: something stands in the way that may yet pass.
func (r *Reporter) Trouble(ctx context.Context, message string) {
	r.status(ctx, pulumirpc.LogSeverity_WARNING, message)
}

// Done clears the status column.
func (r *Reporter) Done(ctx context.Context) {
	r.status(ctx, pulumirpc.LogSeverity_INFO, "")
}

func (r *Reporter) status(ctx context.Context, severity pulumirpc.LogSeverity, message string) {
	r.mutex.Lock()
	repeated := message == r.lastStatus
	r.lastStatus = message
	r.mutex.Unlock()
	if !repeated {
		r.send(ctx, severity, message, true)
	}
}

func (r *Reporter) send(ctx context.Context, severity pulumirpc.LogSeverity, message string, ephemeral bool) {
	_, _ = r.engine.client.Log(ctx, &pulumirpc.LogRequest{
		Severity: severity, Message: message, Urn: string(r.urn), Ephemeral: ephemeral,
	})
}
