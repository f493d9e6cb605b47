package files

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWriteTouchesOnlyWhatChanges(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sub", "file")
	identify := func(content string) os.FileInfo {
		t.Helper()
		if err := Write(name, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != content {
			t.Fatalf("%q, %v", got, err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := identify("a")
	if first.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", first.Mode())
	}
	if same := identify("a"); !os.SameFile(first, same) || same.ModTime() != first.ModTime() {
		t.Error("the same content was written again")
	}
	if other := identify("b"); os.SameFile(first, other) {
		t.Error("the file was changed in place")
	}
}
