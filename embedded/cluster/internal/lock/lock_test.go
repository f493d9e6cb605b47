package lock

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOneAtATime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "lock")
	release, err := Acquire(t.Context(), file, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	told := ""
	if _, err := Acquire(ctx, file, func(format string, args ...any) { told = args[0].(string) }); err != context.DeadlineExceeded {
		t.Errorf("the second one: %v", err)
	}
	if told == "" {
		t.Error("it does not say whom it waits for")
	}
	release()
	release, err = Acquire(t.Context(), file, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestLockOfARemovedFileIsNoLock(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	held, _, err := try(file)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if same(held, file) {
		t.Error("a removed file counts")
	}
}
