package tools

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func silent(string, ...any) {}

func TestKeyChangesWithWhatABuildDependsOn(t *testing.T) {
	source := t.TempDir()
	write(t, filepath.Join(source, "main.go"), "package main")
	write(t, filepath.Join(source, "go.mod"), "module m")
	p := &part{sources: []string{source}, extra: []string{"amd64"}}
	first := p.key()
	for name, isSource := range map[string]bool{
		"main_test.go": false, "README.md": false, "testdata/x.go": false, ".git/x.go": false,
		"sub/other.go": true, "go.sum": true, "main.go": true, "go.mod": true,
	} {
		before := p.key()
		write(t, filepath.Join(source, name), "changed")
		if changed := p.key() != before; changed != isSource {
			t.Errorf("%s: key changed is %v, want %v", name, changed, isSource)
		}
	}
	if (&part{sources: []string{source}, extra: []string{"arm64"}}).key() == p.key() || p.key() == first {
		t.Error("the key does not tell other inputs apart")
	}
}

func TestKeyTellsAMovedFile(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	write(t, filepath.Join(one, "a.go"), "x")
	write(t, filepath.Join(two, "b.go"), "x")
	if (&part{sources: []string{one}}).key() == (&part{sources: []string{two}}).key() {
		t.Error("two names, one key")
	}
}

func newPart(t *testing.T, build func(dir string) error) *part {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if err := os.MkdirAll(toolsDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	return &part{
		name: "thing", version: "1", programs: []string{"thing"},
		build: func(_ context.Context, _ *part, dir string, _ Progress) error { return build(dir) },
	}
}

func TestAPartAppearsWholeOrNotAtAll(t *testing.T) {
	fail := errors.New("no disk")
	p := newPart(t, func(dir string) error {
		write(t, filepath.Join(dir, "thing"), "half")
		return fail
	})
	if err := p.get(t.Context(), silent); !errors.Is(err, fail) {
		t.Fatalf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(toolsDir(), ".*")); p.cached(t.Context()) || len(left) > 0 {
		t.Errorf("a failed build left %v", left)
	}
}

func TestAKilledRunIsPickedUp(t *testing.T) {
	p := newPart(t, func(dir string) error {
		write(t, filepath.Join(dir, "thing"), "whole")
		return nil
	})
	stale := filepath.Join(toolsDir(), stalePrefix("thing")+"123")
	write(t, filepath.Join(stale, "thing"), "half")
	write(t, filepath.Join(p.dir(), "other"), "a folder without its program")
	if err := p.get(t.Context(), silent); err != nil {
		t.Fatal(err)
	}
	if !p.cached(t.Context()) || exists(stale) || exists(filepath.Join(p.dir(), "other")) {
		t.Error("the folder is not as a fresh build makes it")
	}
}

func TestLinkToTheMachineIsCheckedAgain(t *testing.T) {
	p := newPart(t, nil)
	program := filepath.Join(t.TempDir(), "thing")
	write(t, program, "")
	if err := os.MkdirAll(p.dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(p.dir(), "thing")); err != nil {
		t.Fatal(err)
	}
	for _, still := range []bool{true, false} {
		p.machine = func(context.Context) bool { return still }
		if p.cached(t.Context()) != still {
			t.Errorf("cached is %v", !still)
		}
	}
}

func TestLockWaitsAndEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, silent)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waits := func(string, ...any) { cancel() }
	if _, err := lock(ctx, path, waits); !errors.Is(err, context.Canceled) {
		t.Errorf("a second run got %v", err)
	}
	unlock()
	again, err := lock(t.Context(), path, silent)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
