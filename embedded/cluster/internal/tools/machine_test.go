package tools

import (
	"os"
	"path/filepath"
	"testing"
)

func TestVersionIn(t *testing.T) {
	for answer, want := range map[string]string{
		"Kubernetes v1.36.3\n":                         "1.36.3",
		"Client Version: v1.36.3\nKustomize: v5.8.1\n": "1.36.3",
		"Client Version: v1.32.4-dispatcher\n":         "1.32.4-dispatcher",
		"v3.246.0\n":                                   "3.246.0",
		"no version at all":                            "",
	} {
		if got := versionIn(answer); got != want {
			t.Errorf("%q: got %q, want %q", answer, got, want)
		}
	}
}

func TestOnPathWantsTheVersion(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	write(t, filepath.Join(bin, "thing"), "#!/bin/sh\necho thing v1.2.3\n")
	for version, want := range map[string]bool{"1.2.3": true, "1.2.4": false} {
		if got := onPath(t.Context(), version, "thing"); got != want {
			t.Errorf("%s: got %v", version, got)
		}
	}
	if onPath(t.Context(), "1.2.3", "no-such-thing") {
		t.Error("found what is not there")
	}
}

func TestOurOwnProgramsAreNotTheMachines(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	bin := filepath.Join(toolsDir(), "set-1", "bin")
	write(t, filepath.Join(bin, "thing"), "#!/bin/sh\necho 1.2.3\n")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	if onPath(t.Context(), "1.2.3", "thing") {
		t.Error("took its own program for the machine's")
	}
}
