// Package tlsprovider makes keys and certificates for Pulumi programs in the way of the official `tls` provider: all of
// them exist in the state only, and a certificate that is due for renewal is replaced by the next update.
package tlsprovider

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// Version is the release of the official provider whose behaviour is kept to.
const Version = "5.6.1"

// Provider answers the engine. It has nothing to configure.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	now func() time.Time
}

// New makes a provider.
func New() *Provider {
	return &Provider{now: time.Now}
}

// GetPluginInfo reports the version.
func (p *Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetSchema names the package only. Programs and the engine do not need more; generating an SDK would.
func (p *Provider) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: fmt.Sprintf(`{"name":"tls","version":%q}`, Version)}, nil
}

// CheckConfig takes the settings as they are.
func (p *Provider) CheckConfig(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: request.GetNews()}, nil
}

// DiffConfig finds no setting that would matter.
func (p *Provider) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure says what the provider can do.
func (p *Provider) Configure(
	context.Context, *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

// Cancel has nothing to end.
func (p *Provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Invoke refuses the provider's functions.
func (p *Provider) Invoke(_ context.Context, request *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	return nil, notOffered(request.GetTok())
}

// Check refuses inputs that are misspelt or missing, and fills in the defaults.
func (p *Provider) Check(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	kind, err := kindOf(request.GetUrn())
	if err != nil {
		return nil, err
	}
	given, err := unmarshal("Check.news", request.GetNews())
	if err != nil {
		return nil, err
	}
	inputs := given.Copy()
	for key, value := range kind.defaults {
		if !inputs.HasValue(key) {
			inputs[key] = value
		}
	}
	response := &pulumirpc.CheckResponse{Failures: kind.failures(inputs)}
	response.Inputs, err = marshal(inputs)
	return response, err
}

// Diff replaces what is asked for otherwise than before, and certificates whose time for renewal has come. The only
// input that changes nothing made is how early that is.
func (p *Provider) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	kind, err := kindOf(request.GetUrn())
	if err != nil {
		return nil, err
	}
	before, err := unmarshal("Diff.oldInputs", request.GetOldInputs())
	if err != nil {
		return nil, err
	}
	after, err := unmarshal("Diff.news", request.GetNews())
	if err != nil {
		return nil, err
	}
	made, err := unmarshal("Diff.olds", request.GetOlds())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true,
		DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	change := func(key resource.PropertyKey, diff pulumirpc.PropertyDiff_Kind, ofInputs bool) {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		response.DetailedDiff[string(key)] = &pulumirpc.PropertyDiff{Kind: diff, InputDiff: ofInputs}
		if diff == pulumirpc.PropertyDiff_UPDATE_REPLACE {
			response.Replaces = append(response.Replaces, string(key))
		}
	}
	for _, key := range kind.inputs() {
		if plain(before[key]).DeepEquals(plain(after[key])) {
			continue
		}
		if key == earlyRenewal {
			change(key, pulumirpc.PropertyDiff_UPDATE, true)
		} else {
			change(key, pulumirpc.PropertyDiff_UPDATE_REPLACE, true)
		}
	}
	due, err := dueForRenewal(made, after, p.now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", request.GetUrn(), err)
	}
	if due {
		change("readyForRenewal", pulumirpc.PropertyDiff_UPDATE_REPLACE, false)
	}
	return response, nil
}

// Create makes a key, a request or a certificate. A preview knows of them only that they will be there.
func (p *Provider) Create(_ context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	kind, err := kindOf(request.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal("Create.properties", request.GetProperties())
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		properties, err := marshal(kind.unknown(inputs))
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	id, outputs, err := kind.make(inputs, p.now())
	if err != nil {
		return nil, fmt.Errorf("%s could not be made: %w", request.GetUrn(), err)
	}
	properties, err := marshal(outputs)
	return &pulumirpc.CreateResponse{Id: id, Properties: properties}, err
}

// Read finds what the state has: there is no other place to look.
func (p *Provider) Read(_ context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if request.GetProperties() == nil {
		return nil, status.Error(codes.Unimplemented, "keys and certificates exist in the state only, and cannot be imported")
	}
	return &pulumirpc.ReadResponse{
		Id: request.GetId(), Properties: request.GetProperties(), Inputs: request.GetInputs(),
	}, nil
}

// Update takes over how early the renewal is, and leaves what was made.
func (p *Provider) Update(_ context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	made, err := unmarshal("Update.olds", request.GetOlds())
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal("Update.news", request.GetNews())
	if err != nil {
		return nil, err
	}
	made[earlyRenewal] = inputs[earlyRenewal]
	properties, err := marshal(made)
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// Delete has nothing to remove but the state, which is the engine's.
func (p *Provider) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func notOffered(what string) error {
	return status.Errorf(codes.Unimplemented,
		"%s: this `tls` provider is the embedded stand-in, which has PrivateKey, CertRequest, SelfSignedCert and "+
			"LocallySignedCert only; use the official provider for the rest", what)
}

var marshalOptions = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}

func unmarshal(label string, properties *structpb.Struct) (resource.PropertyMap, error) {
	options := marshalOptions
	options.Label = label
	return plugin.UnmarshalProperties(properties, options)
}

func marshal(properties resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(properties, marshalOptions)
}

// plain takes the wrapping off a secret.
func plain(value resource.PropertyValue) resource.PropertyValue {
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	return value
}
