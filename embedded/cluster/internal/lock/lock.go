// Package lock keeps two commands from changing the cluster at once.
package lock

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Acquire waits for its turn; the returned function gives it up. The kernel does that too when the process ends.
func Acquire(ctx context.Context, file string, progress func(format string, args ...any)) (func(), error) {
	told := false
	for {
		held, owner, err := try(file)
		if err != nil {
			return nil, err
		}
		if held != nil {
			return func() { held.Close() }, nil
		}
		if !told {
			told = true
			progress("waiting: another command is changing the cluster (%s)", owner)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// try returns the locked file, or nil and who has it.
func try(path string) (*os.File, string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, "", err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, "", err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		owner, _ := os.ReadFile(path)
		file.Close()
		// It writes its name right after it has the lock.
		return nil, cmp.Or(strings.TrimSpace(string(owner)), "it has just begun"), nil
	}
	if err != nil {
		file.Close()
		return nil, "", fmt.Errorf("lock %s: %w", path, err)
	}
	// `clean` may have removed the file between opening and locking: then this is the lock of nothing.
	if !same(file, path) {
		file.Close()
		return nil, "it has just ended", nil
	}
	if err := file.Truncate(0); err != nil {
		file.Close()
		return nil, "", err
	}
	_, err = fmt.Fprintf(file, "pid %d: %s\n", os.Getpid(), strings.Join(os.Args[1:], " "))
	return file, "", err
}

func same(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(opened, named)
}
