// Package supervisor starts the cluster's processes, watches them and starts a crashed one again.
package supervisor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"time"
)

// Spec is all that the supervisor runs; `up` writes it and the supervisor reads it once.
type Spec struct {
	Components []Component `json:"components"`
}

// Component is one process to keep alive.
type Component struct {
	Name string   `json:"name"`
	Args []string `json:"args"` // the executable first
	Env  []string `json:"env,omitempty"`
	// After names components that must be healthy before this one is started the first time.
	After []string `json:"after,omitempty"`
	Probe Probe    `json:"probe"`
	// Digest changes with the executable and with the files that the process reads at its start.
	Digest string `json:"digest"`
	// StopGrace is how long the process may take to end; after that it is killed.
	StopGrace time.Duration `json:"stopGrace"`
}

// Save writes the spec for the supervisor.
func (s Spec) Save(file string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// LoadSpec reads what Save wrote.
func LoadSpec(file string) (Spec, error) {
	var spec Spec
	data, err := os.ReadFile(file)
	if err != nil {
		return spec, err
	}
	return spec, json.Unmarshal(data, &spec)
}

// Digest identifies the spec: a supervisor that runs another one is replaced. The path of an executable does not
// count, the component's own digest tells which one it is.
func (s Spec) Digest() (string, error) {
	components := slices.Clone(s.Components)
	for i := range components {
		components[i].Args = components[i].Args[1:]
	}
	data, err := json.Marshal(components)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
