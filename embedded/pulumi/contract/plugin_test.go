package contract

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// engine collects what the provider reports, in the engine's place.
type engine struct {
	pulumirpc.UnimplementedEngineServer

	mutex    sync.Mutex
	statuses []string
}

func (e *engine) Log(_ context.Context, request *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.statuses = append(e.statuses, request.GetMessage())
	return &emptypb.Empty{}, nil
}

func (e *engine) said(text string) bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return strings.Contains(strings.Join(e.statuses, "\n"), text)
}

// provider is a running provider, as the engine sees one.
type provider struct {
	t      *testing.T
	engine *engine
	client pulumirpc.ResourceProviderClient
}

// start runs the provider's own program, with settings besides the suite's cluster and namespace.
func start(t *testing.T, settings map[string]string) *provider {
	t.Helper()
	needCluster(t)
	p := &provider{t: t, engine: &engine{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	pulumirpc.RegisterEngineServer(server, p.engine)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)

	command := exec.Command(binary("pulumi-resource-kubernetes"), listener.Addr().String())
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the plugin printed no port: %v", err)
	}
	connection, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	p.client = pulumirpc.NewResourceProviderClient(connection)

	variables := map[string]string{"kubeconfig": suite.kubeconfig, "namespace": suite.namespace}
	maps.Copy(variables, settings)
	prefixed := map[string]string{}
	for name, value := range variables {
		prefixed["kubernetes:config:"+name] = value
	}
	_, err = p.client.Configure(t.Context(), &pulumirpc.ConfigureRequest{
		Variables: prefixed, AcceptSecrets: true,
	})
	if err != nil {
		t.Fatalf("configuring: %v", err)
	}
	return p
}

// thing is one resource of a program: what the engine records of it from call to call.
type thing struct {
	provider *provider
	urn      string
	id       string
	inputs   resource.PropertyMap
	state    resource.PropertyMap
	timeout  float64
}

func (p *provider) thing(kind, name string) *thing {
	return &thing{provider: p, urn: fmt.Sprintf("urn:pulumi:dev::contract::kubernetes:%s::%s", kind, name), timeout: 120}
}

var marshalOptions = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}

func (x *thing) marshal(properties resource.PropertyMap) *structpb.Struct {
	x.provider.t.Helper()
	marshalled, err := plugin.MarshalProperties(properties, marshalOptions)
	if err != nil {
		x.provider.t.Fatal(err)
	}
	return marshalled
}

func (x *thing) unmarshal(properties *structpb.Struct) resource.PropertyMap {
	x.provider.t.Helper()
	unmarshalled, err := plugin.UnmarshalProperties(properties, marshalOptions)
	if err != nil {
		x.provider.t.Fatal(err)
	}
	return unmarshalled
}

// check returns what the provider makes of the program's arguments.
func (x *thing) check(arguments resource.PropertyMap) resource.PropertyMap {
	t := x.provider.t
	t.Helper()
	response, err := x.provider.client.Check(t.Context(), &pulumirpc.CheckRequest{
		Urn: x.urn, Olds: x.marshal(x.inputs), News: x.marshal(arguments),
	})
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	return x.unmarshal(response.GetInputs())
}

// create checks and creates, and keeps what is recorded also when the object does not become ready.
func (x *thing) create(arguments resource.PropertyMap) error {
	t := x.provider.t
	t.Helper()
	inputs := x.check(arguments)
	response, err := x.provider.client.Create(t.Context(), &pulumirpc.CreateRequest{
		Urn: x.urn, Properties: x.marshal(inputs), Timeout: x.timeout,
	})
	x.inputs = inputs
	if err != nil {
		x.keepPartial(err)
		return err
	}
	x.id, x.state = response.GetId(), x.unmarshal(response.GetProperties())
	t.Cleanup(x.remove)
	return nil
}

func (x *thing) mustCreate(arguments resource.PropertyMap) {
	x.provider.t.Helper()
	if err := x.create(arguments); err != nil {
		x.provider.t.Fatalf("create: %v\n%s", err, strings.Join(reasons(err), "\n"))
	}
}

func (x *thing) keepPartial(err error) {
	for _, detail := range status.Convert(err).Details() {
		if failed, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			if x.id == "" {
				x.provider.t.Cleanup(x.remove)
			}
			x.id, x.state = failed.GetId(), x.unmarshal(failed.GetProperties())
		}
	}
}

// preview is a create or an update that must leave no trace.
func (x *thing) preview(arguments resource.PropertyMap) (resource.PropertyMap, error) {
	t := x.provider.t
	t.Helper()
	inputs := x.marshal(x.check(arguments))
	if x.id == "" {
		response, err := x.provider.client.Create(t.Context(), &pulumirpc.CreateRequest{
			Urn: x.urn, Properties: inputs, Preview: true,
		})
		return x.unmarshal(response.GetProperties()), err
	}
	response, err := x.provider.client.Update(t.Context(), &pulumirpc.UpdateRequest{
		Urn: x.urn, Id: x.id, Olds: x.marshal(x.state), News: inputs, OldInputs: x.marshal(x.inputs), Preview: true,
	})
	return x.unmarshal(response.GetProperties()), err
}

func (x *thing) diff(arguments resource.PropertyMap, ignored ...string) *pulumirpc.DiffResponse {
	t := x.provider.t
	t.Helper()
	response, err := x.provider.client.Diff(t.Context(), &pulumirpc.DiffRequest{
		Urn: x.urn, Id: x.id, Olds: x.marshal(x.state), OldInputs: x.marshal(x.inputs),
		News: x.marshal(x.check(arguments)), IgnoreChanges: ignored,
	})
	if err != nil {
		t.Fatalf("diff: %v", err)
	}
	return response
}

func (x *thing) update(arguments resource.PropertyMap, ignored ...string) error {
	t := x.provider.t
	t.Helper()
	inputs := x.check(arguments)
	response, err := x.provider.client.Update(t.Context(), &pulumirpc.UpdateRequest{
		Urn: x.urn, Id: x.id, Olds: x.marshal(x.state), News: x.marshal(inputs), OldInputs: x.marshal(x.inputs),
		IgnoreChanges: ignored, Timeout: x.timeout,
	})
	x.inputs = inputs
	if err != nil {
		x.keepPartial(err)
		return err
	}
	x.state = x.unmarshal(response.GetProperties())
	return nil
}

func (x *thing) mustUpdate(arguments resource.PropertyMap, ignored ...string) {
	x.provider.t.Helper()
	if err := x.update(arguments, ignored...); err != nil {
		x.provider.t.Fatalf("update: %v\n%s", err, strings.Join(reasons(err), "\n"))
	}
}

// refresh reads the live object and records it; it returns false for one that is gone.
func (x *thing) refresh() (bool, error) {
	t := x.provider.t
	t.Helper()
	response, err := x.provider.client.Read(t.Context(), &pulumirpc.ReadRequest{
		Urn: x.urn, Id: x.id, Properties: x.marshal(x.state), Inputs: x.marshal(x.inputs),
	})
	if err != nil {
		x.keepPartial(err)
		return true, err
	}
	if response.GetId() == "" {
		return false, nil
	}
	x.state, x.inputs = x.unmarshal(response.GetProperties()), x.unmarshal(response.GetInputs())
	return true, nil
}

func (x *thing) delete() error {
	x.provider.t.Helper()
	// Not the test's context: clean-up comes after its end.
	_, err := x.provider.client.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Urn: x.urn, Id: x.id, Properties: x.marshal(x.state), OldInputs: x.marshal(x.inputs), Timeout: x.timeout,
	})
	return err
}

func (x *thing) remove() {
	if err := x.delete(); err != nil {
		x.provider.t.Errorf("removing %s: %v", x.id, err)
	}
}

// name is the object's name without its namespace.
func (x *thing) name() string {
	return x.id[strings.LastIndex(x.id, "/")+1:]
}

// reasons are what an error says of why the object is not ready.
func reasons(err error) []string {
	for _, detail := range status.Convert(err).Details() {
		if failed, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			return failed.GetReasons()
		}
	}
	return nil
}

func mustSay(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", texts)
	}
	all := err.Error() + "\n" + strings.Join(reasons(err), "\n")
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("error does not say %q:\n%s", text, all)
		}
	}
}

// properties makes a program's arguments of YAML; "$NAMESPACE" and "$IMAGE" are the suite's.
func properties(t *testing.T, text string) resource.PropertyMap {
	t.Helper()
	text = strings.NewReplacer("$NAMESPACE", suite.namespace, "$IMAGE", suite.image).Replace(text)
	return resource.NewPropertyMapFromMap(parseYAML(t, text))
}

// at finds a value in nested objects, through secrets.
func at(properties resource.PropertyMap, keys ...string) resource.PropertyValue {
	value := resource.NewObjectProperty(properties)
	for _, key := range keys {
		for value.IsSecret() {
			value = value.SecretValue().Element
		}
		if !value.IsObject() {
			return resource.NewNullProperty()
		}
		value = value.ObjectValue()[resource.PropertyKey(key)]
	}
	return value
}
