package languagehost

import (
	"fmt"

	"github.com/google/shlex"
)

// options are the runtime options of Pulumi.yaml (runtime.options) that the official host knows.
type options struct {
	typescript     bool
	tsconfig       string
	nodeArgs       []string
	packageManager string
	production     bool
}

func parseOptions(raw map[string]any) (options, error) {
	parsed := options{typescript: true, packageManager: "auto"}
	var nodeArgs string
	for name, value := range raw {
		var ok bool
		switch name {
		case "typescript":
			parsed.typescript, ok = value.(bool)
		case "production":
			parsed.production, ok = value.(bool)
		case "tsconfig":
			parsed.tsconfig, ok = value.(string)
		case "nodeargs":
			nodeArgs, ok = value.(string)
		case "packagemanager":
			parsed.packageManager, ok = value.(string)
		default:
			// The official host leaves options that it does not know to later versions.
			ok = true
		}
		if !ok {
			return options{}, fmt.Errorf("Pulumi.yaml: runtime option %q cannot be %v (%T)", name, value, value)
		}
	}
	if parsed.packageManager != "auto" && parsed.packageManager != "npm" {
		return options{}, fmt.Errorf(
			"Pulumi.yaml: runtime option \"packagemanager\" is %q; this host has npm only", parsed.packageManager)
	}
	var err error
	if parsed.nodeArgs, err = shlex.Split(nodeArgs); err != nil {
		return options{}, fmt.Errorf("Pulumi.yaml: runtime option \"nodeargs\" (%s): %w", nodeArgs, err)
	}
	return parsed, nil
}

// environment is what the options mean to the SDK inside the program.
func (o options) environment() []string {
	var environment []string
	if o.typescript {
		environment = append(environment, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		environment = append(environment, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return environment
}
