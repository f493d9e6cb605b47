package tools

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestWatchKeepsTheOutputAndSaysWhatWentWrong(t *testing.T) {
	var log bytes.Buffer
	err := watch(exec.Command("sh", "-c", "echo one >&2; echo no space left >&2; exit 3"), &log, func(int, time.Duration) {})
	if err == nil || !strings.Contains(err.Error(), "exit status 3: no space left") {
		t.Errorf("got %v", err)
	}
	if log.String() != "one\nno space left\n" {
		t.Errorf("the log has %q", log.String())
	}
}

func TestWatchNamesWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := watch(exec.Command("go", "version"), &bytes.Buffer{}, func(int, time.Duration) {})
	if err == nil || !strings.Contains(err.Error(), "install Go") {
		t.Errorf("got %v", err)
	}
}
