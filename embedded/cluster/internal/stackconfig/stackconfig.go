// Package stackconfig makes a stack's Pulumi configuration for the embedded cluster out of the committed one, this
// machine's settings and generated secrets. What comes out is kept outside the work tree.
package stackconfig

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
)

// namespace stands before each of the program's settings.
const namespace = "k8s-web:"

// secrets are made at the first run, each with its length in characters.
var secrets = map[string]int{
	"mysqlRootPassword": 24, "mysqlReplicationPassword": 24, "mysqlPassword": 24, "redisPassword": 24, "djangoSecretKey": 50,
}

// document is a Pulumi.<stack>.yaml.
type document struct {
	SecretsProvider string         `yaml:"secretsprovider,omitempty"`
	EncryptionSalt  string         `yaml:"encryptionsalt,omitempty"`
	Config          map[string]any `yaml:"config"`
}

// File is the generated configuration of a stack.
func File(stack string) string { return filepath.Join(layout.PulumiDir, "Pulumi."+stack+".yaml") }

// baseFile is the configuration as it was generated, to tell what `pulumi config set` has changed since.
func baseFile(stack string) string { return filepath.Join(layout.PulumiDir, "base."+stack+".yaml") }

// PassphraseFile holds the key to all secrets of this machine's stacks.
func PassphraseFile() string { return filepath.Join(layout.PulumiDir, "passphrase") }

// Options is what a configuration is made from.
type Options struct {
	Stack string
	// Project is the directory of the Pulumi program.
	Project string
	// Machine holds the settings that this machine gives, without namespace. The committed ones win.
	Machine map[string]any
	// Set holds `key=value` of the command line, which win over all.
	Set []string
}

// Generate writes the configuration file.
func Generate(o Options) error {
	committedFile := filepath.Join(o.Project, "Pulumi."+o.Stack+".yaml")
	committed, err := read(committedFile)
	if err != nil {
		return err
	}
	if committed.EncryptionSalt != "" || committed.SecretsProvider != "" {
		return fmt.Errorf("%s has secrets of its own, so it belongs to another cluster. Next: use `pulumi up --stack %s` there, or another stack here", committedFile, o.Stack)
	}
	existing, err := read(File(o.Stack))
	if err != nil {
		return err
	}
	base, err := read(baseFile(o.Stack))
	if err != nil {
		return err
	}
	generated, err := merge(committed.Config, o.Machine, o.Set)
	if err != nil {
		return err
	}
	if _, given := o.Machine["storage"]; given {
		dropNodeOfClaims(generated)
	}
	if err := write(baseFile(o.Stack), document{Config: generated}); err != nil {
		return err
	}
	result := document{EncryptionSalt: existing.EncryptionSalt, Config: keep(generated, existing.Config, base.Config)}
	passphrase, err := ensurePassphrase()
	if err != nil {
		return err
	}
	if err := addSecrets(&result, passphrase); err != nil {
		return fmt.Errorf("%s: %w", File(o.Stack), err)
	}
	return write(File(o.Stack), result)
}

// merge puts the settings in order: the machine's, then the committed ones, then those of the command line.
func merge(committed, machine map[string]any, set []string) (map[string]any, error) {
	merged := map[string]any{}
	for key, value := range machine {
		merged[namespace+key] = value
	}
	for key, value := range committed {
		own, isMap := value.(map[string]any)
		given, alsoMap := merged[key].(map[string]any)
		if isMap && alsoMap {
			value = maps.Clone(given)
			maps.Copy(value.(map[string]any), own)
		}
		merged[key] = value
	}
	for _, assignment := range set {
		if err := assign(merged, assignment); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

// dropNodeOfClaims: the machine's word on the node of directories is none on claims, whose volumes say which nodes reach them.
func dropNodeOfClaims(config map[string]any) {
	if storage, _ := config[namespace+"storage"].(map[string]any); storage["kind"] == "claim" {
		delete(storage, "node")
	}
}

// assign sets `key=value` or `key.part=value`; the value is read as YAML, so that 3 is a number.
func assign(config map[string]any, assignment string) error {
	path, text, found := strings.Cut(assignment, "=")
	if !found || path == "" {
		return fmt.Errorf("--set %s: expected key=value", assignment)
	}
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return fmt.Errorf("--set %s: %w", path, err)
	}
	parts := strings.Split(path, ".")
	parts[0] = namespace + strings.TrimPrefix(parts[0], namespace)
	for _, part := range parts[:len(parts)-1] {
		inner, _ := config[part].(map[string]any)
		inner = maps.Clone(inner)
		if inner == nil {
			inner = map[string]any{}
		}
		config[part] = inner
		config = inner
	}
	config[parts[len(parts)-1]] = value
	return nil
}

// keep carries over what somebody has changed in the existing file since it was generated, secrets among it.
func keep(generated, existing, base map[string]any) map[string]any {
	result := maps.Clone(generated)
	for key, value := range existing {
		if was, known := base[key]; !known || !reflect.DeepEqual(was, value) {
			result[key] = value
		}
	}
	return result
}

// addSecrets makes those that are missing.
func addSecrets(d *document, passphrase string) error {
	var missing []string
	for name := range secrets {
		if _, there := d.Config[namespace+name]; !there {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 && d.EncryptionSalt != "" {
		return nil
	}
	var c crypter
	var err error
	if d.EncryptionSalt == "" {
		c, d.EncryptionSalt, err = create(passphrase)
	} else {
		c, err = open(passphrase, d.EncryptionSalt)
	}
	if err != nil {
		return err
	}
	slices.Sort(missing)
	for _, name := range missing {
		d.Config[namespace+name] = map[string]any{"secure": c.encrypt(randomText(secrets[name]))}
	}
	return nil
}

// randomText has letters and digits only, which need no quoting anywhere.
func randomText(length int) string {
	text := ""
	for len(text) < length {
		text += rand.Text()
	}
	return text[:length]
}

func ensurePassphrase() (string, error) {
	data, err := os.ReadFile(PassphraseFile())
	if err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	if !os.IsNotExist(err) {
		return "", err
	}
	passphrase := randomText(40)
	return passphrase, files.Write(PassphraseFile(), []byte(passphrase))
}

func read(file string) (document, error) {
	var d document
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	if err := yaml.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

func write(file string, d document) error {
	data, err := yaml.Marshal(d)
	if err != nil {
		return err
	}
	return files.Write(file, data)
}
