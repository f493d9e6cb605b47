package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/client-go/rest"

	"k8s-web/embedded/pulumi/internal/kube"
)

// Defaults of the official provider for the client, which talks to the API server for many resources at once.
const (
	defaultBurst = 120
	defaultQPS   = 50
)

// config is the provider's configuration.
type config struct {
	selection kube.Selection
	// namespace is where objects go that do not say.
	namespace string

	deleteUnreachable      bool
	skipUpdateUnreachable  bool
	enableConfigMapMutable bool
	enableSecretMutable    bool
	enablePatchForce       bool
	upsertExistingObjects  bool

	client clientSettings
}

type clientSettings struct {
	Burst   *int     `json:"burst"`
	QPS     *float64 `json:"qps"`
	Timeout *int     `json:"timeout"`
}

// flags are the switches, with the environment variable that sets each where the program does not.
var flags = map[string]struct {
	variable string
	field    func(*config) *bool
}{
	"deleteUnreachable": {
		"PULUMI_K8S_DELETE_UNREACHABLE", func(c *config) *bool { return &c.deleteUnreachable },
	},
	"skipUpdateUnreachable": {
		"PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", func(c *config) *bool { return &c.skipUpdateUnreachable },
	},
	"enableConfigMapMutable": {
		"PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", func(c *config) *bool { return &c.enableConfigMapMutable },
	},
	"enableSecretMutable": {
		"PULUMI_K8S_ENABLE_SECRET_MUTABLE", func(c *config) *bool { return &c.enableSecretMutable },
	},
	"enablePatchForce": {
		"PULUMI_K8S_ENABLE_PATCH_FORCE", func(c *config) *bool { return &c.enablePatchForce },
	},
	"upsertExistingObjects": {
		"PULUMI_K8S_UPSERT_EXISTING_OBJECTS", func(c *config) *bool { return &c.upsertExistingObjects },
	},
}

// known are all settings of the official provider. Those without effect here concern Helm, warnings that are not given,
// and identity; the refused ones are checked apart.
var known = append(slices.Collect(maps.Keys(flags)),
	"kubeconfig", "context", "cluster", "namespace", "kubeClientSettings", "clusterIdentifier", "strictMode",
	"enableServerSideApply", "renderYamlToDirectory", "alwaysRender", "helmReleaseSettings",
	"suppressDeprecationWarnings", "suppressHelmHookWarnings",
	// The engine's own.
	"version", "pluginDownloadURL")

// CheckConfig refuses settings that are misspelt or not offered.
func (p *Provider) CheckConfig(
	_ context.Context, request *pulumirpc.CheckRequest,
) (*pulumirpc.CheckResponse, error) {
	settings, err := unmarshal("CheckConfig", request.GetNews())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: request.GetNews(), Failures: configFailures(settings)}, nil
}

func configFailures(settings resource.PropertyMap) []*pulumirpc.CheckFailure {
	var failures []*pulumirpc.CheckFailure
	fail := func(key resource.PropertyKey, format string, arguments ...any) {
		failures = append(failures, &pulumirpc.CheckFailure{
			Property: string(key), Reason: fmt.Sprintf(format, arguments...),
		})
	}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		value := plain(settings[key])
		switch {
		case strings.HasPrefix(string(key), "__") || value == nil || hasUnknown(value):
		case !slices.Contains(known, string(key)):
			fail(key, "the kubernetes provider has no setting %q; its settings are %s", key, settingNames())
		case key == "renderYamlToDirectory" && value != "", key == "alwaysRender" && isOn(value):
			fail(key, "the embedded kubernetes provider does not render YAML; use the official provider for %q", key)
		case key == "enableServerSideApply" && !isOn(value):
			fail(key, "the embedded kubernetes provider has server-side apply only; leave out %q", key)
		case key == "strictMode" && isOn(value):
			for _, required := range []resource.PropertyKey{"kubeconfig", "context"} {
				if given := settings[required]; given.IsNull() || plain(given) == "" {
					fail(required, "strict mode requires Provider %q argument", required)
				}
			}
		case key == "kubeconfig":
			if _, err := parseKubeconfig(value); err != nil && value != "" {
				fail(key, "%v", err)
			}
		}
	}
	return failures
}

func settingNames() string {
	return strings.Join(slices.Sorted(slices.Values(known)), ", ")
}

func isOn(value any) bool {
	return value == true || value == "true"
}

func parseConfig(variables map[string]string) (config, error) {
	const prefix = "kubernetes:config:"
	parsed := config{selection: kube.Selection{
		Kubeconfig: variables[prefix+"kubeconfig"],
		Context:    variables[prefix+"context"],
		Cluster:    variables[prefix+"cluster"],
		Namespace:  variables[prefix+"namespace"],
	}}
	parsed.namespace = parsed.selection.Namespace
	for name, flag := range flags {
		value, given := variables[prefix+name]
		if !given {
			value = os.Getenv(flag.variable)
		}
		*flag.field(&parsed) = value == "true"
	}
	if encoded := variables[prefix+"kubeClientSettings"]; encoded != "" {
		if err := json.Unmarshal([]byte(encoded), &parsed.client); err != nil {
			return config{}, fmt.Errorf("kubernetes:kubeClientSettings: %w", err)
		}
	}
	return parsed, parsed.client.complete()
}

// complete fills in from the environment, and from the defaults, what is not set.
func (s *clientSettings) complete() error {
	if err := fromEnvironment("PULUMI_K8S_CLIENT_BURST", &s.Burst, strconv.Atoi); err != nil {
		return err
	}
	if err := fromEnvironment("PULUMI_K8S_CLIENT_TIMEOUT", &s.Timeout, strconv.Atoi); err != nil {
		return err
	}
	parseFloat := func(text string) (float64, error) { return strconv.ParseFloat(text, 64) }
	if err := fromEnvironment("PULUMI_K8S_CLIENT_QPS", &s.QPS, parseFloat); err != nil {
		return err
	}
	if s.Burst == nil {
		burst := defaultBurst
		s.Burst = &burst
	}
	if s.QPS == nil {
		qps := float64(defaultQPS)
		s.QPS = &qps
	}
	return nil
}

func fromEnvironment[T any](variable string, field **T, parse func(string) (T, error)) error {
	text := os.Getenv(variable)
	if *field != nil || text == "" {
		return nil
	}
	value, err := parse(text)
	if err != nil {
		return fmt.Errorf("environment variable %s: %w", variable, err)
	}
	*field = &value
	return nil
}

func (s clientSettings) apply(client *rest.Config) {
	client.Burst, client.QPS = *s.Burst, float32(*s.QPS)
	if s.Timeout != nil {
		client.Timeout = time.Duration(*s.Timeout) * time.Second
	}
}

// Configure connects to the cluster. One that cannot be reached fails the operations that need it, not this call: what
// is left of a lost cluster must stay removable.
func (p *Provider) Configure(
	_ context.Context, request *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	var err error
	// Variables, not Args: they are strings whatever the program gave, which is how the settings are defined.
	if p.config, err = parseConfig(request.GetVariables()); err != nil {
		return nil, err
	}
	if p.cluster, p.unreachable = p.connect(); p.unreachable != nil {
		p.unreachable = fmt.Errorf("%w; check the provider's kubeconfig and context", p.unreachable)
	}
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets:                   true,
		SupportsPreview:                 true,
		SupportsAutonamingConfiguration: true,
	}, nil
}

func (p *Provider) connect() (*kube.Cluster, error) {
	client, namespace, err := p.config.selection.Resolve()
	if err != nil {
		return nil, fmt.Errorf("unable to load Kubernetes client configuration from kubeconfig file: %w", err)
	}
	p.config.namespace = namespace
	p.config.client.apply(client)
	client.UserAgent = "pulumi-kubernetes/" + Version
	client.WarningHandler = rest.NoWarnings{}
	return kube.Connect(client)
}
