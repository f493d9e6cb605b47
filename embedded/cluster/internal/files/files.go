// Package files writes files that others read while they are written.
package files

import (
	"bytes"
	"os"
	"path/filepath"
)

// Write replaces the file in one step, so that nobody ever sees half of it, and leaves it untouched when it has that
// content already: kube-proxy ends when its configuration is written, changed or not.
func Write(name string, content []byte) error {
	if existing, err := os.ReadFile(name); err == nil && bytes.Equal(existing, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	temporary := name + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}
