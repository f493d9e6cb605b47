package tools

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// reportEvery is how often a long build says how far it is.
const reportEvery = 15 * time.Second

// goModule is what to build out of one Go module.
type goModule struct {
	dir      string
	packages []string
	// set are variables for the linker, as name=value.
	set []string
	// links are further names of a program that acts by its name.
	links []string
	// temp is the compiler's folder for what it has under construction.
	temp string
}

func (m goModule) build(ctx context.Context, p *part, dir string, progress Progress) error {
	logPath := filepath.Join(CacheDir(), "logs", "build-"+p.name+".log")
	if err := os.MkdirAll(filepath.Dir(logPath), 0o755); err != nil {
		return err
	}
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	temp, err := os.MkdirTemp(toolsDir(), stalePrefix(p.name))
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	m.temp = temp
	named := func(format string, args ...any) {
		progress("%s %s: %s", p.name, p.version, fmt.Sprintf(format, args...))
	}
	total, err := m.resolve(ctx, log, named)
	if err == nil {
		err = m.compile(ctx, dir, log, total, named)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w; all that Go said is in %s", err, logPath)
	}
	for _, link := range m.links {
		if err := os.Symlink(p.name, filepath.Join(dir, link)); err != nil {
			return err
		}
	}
	return nil
}

// resolve downloads the modules and counts the packages to compile.
func (m goModule) resolve(ctx context.Context, log io.Writer, progress Progress) (int, error) {
	var list bytes.Buffer
	command := m.command(ctx, append([]string{"list", "-deps"}, m.packages...)...)
	command.Stdout = &list
	err := watch(command, log, func(modules int, elapsed time.Duration) {
		progress("downloading modules: %d, %s", modules, elapsed)
	})
	if err != nil {
		return 0, fmt.Errorf("its modules can't be had: %w", err)
	}
	return bytes.Count(list.Bytes(), []byte("\n")), nil
}

func (m goModule) compile(ctx context.Context, dir string, log io.Writer, total int, progress Progress) error {
	flags := []string{"-s", "-w"}
	for _, variable := range m.set {
		flags = append(flags, "-X", variable)
	}
	args := []string{"build", "-v", "-trimpath", "-buildvcs=false", "-pgo=off", "-ldflags", strings.Join(flags, " "), "-o", dir + "/"}
	err := watch(m.command(ctx, append(args, m.packages...)...), log, func(packages int, elapsed time.Duration) {
		progress("compiling, package %d of at most %d, %s", packages, total, elapsed)
	})
	if err != nil {
		return fmt.Errorf("go build failed: %w", err)
	}
	return nil
}

func (m goModule) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = m.dir
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	// Caches of our own: they are found again whatever the user's settings are, and removed with everything else.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly -modcacherw", "GOTMPDIR="+m.temp,
		"GOPATH="+filepath.Join(CacheDir(), "go"), "GOMODCACHE="+filepath.Join(CacheDir(), "go/mod"), "GOCACHE="+filepath.Join(CacheDir(), "go/build"))
	if os.Getenv("GOGC") == "" {
		// At its own setting the compiler spends a fifth of its time on collecting garbage.
		command.Env = append(command.Env, "GOGC=400")
	}
	return command
}

// watch runs a command whose standard error has a line for each step done; it keeps them in log and reports their number.
func watch(command *exec.Cmd, log io.Writer, report func(lines int, elapsed time.Duration)) error {
	stderr, err := command.StderrPipe()
	if err != nil {
		return err
	}
	// The kernel sends the signal of a parent's death when the thread ends that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := command.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("there is no `go` on the PATH; install Go 1.26 or later")
		}
		return err
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(stderr); scanner.Scan(); {
			lines <- scanner.Text()
		}
		_, _ = io.Copy(io.Discard, stderr) // a line that is too long must not stop the command
	}()
	start, count, last := time.Now(), 0, ""
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	for {
		select {
		case line, more := <-lines:
			if !more {
				if err := command.Wait(); err != nil {
					return fmt.Errorf("%w: %s", err, last)
				}
				return nil
			}
			count++
			last = line
			fmt.Fprintln(log, line)
		case <-ticker.C:
			report(count, time.Since(start).Round(time.Second))
		}
	}
}
