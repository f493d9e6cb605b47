package tools

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// part is one folder of the cache and how it is got.
type part struct {
	name, version string
	// programs are the executables that the folder must have.
	programs []string
	// extra is what the key depends on besides the sources, such as a list of packages.
	extra []string
	// sources are the folders of our own files that it is built from.
	sources []string
	// machine says whether the machine's own programs are the wanted ones; nil for parts that are always ours.
	machine func(ctx context.Context) bool
	release release
	build   func(ctx context.Context, p *part, dir string, progress Progress) error
	// keyed is key as it was when the part was listed: sources may be edited while they are built.
	keyed string
}

// dir is the part's folder. Its name changes with everything that its content depends on.
func (p *part) dir() string {
	return filepath.Join(toolsDir(), fmt.Sprintf("%s-%s-%s", p.name, p.version, p.keyed))
}

func (p *part) key() string {
	sum := sha256.New()
	for _, s := range p.extra {
		fmt.Fprintln(sum, s)
	}
	for _, dir := range p.sources {
		if err := hashGo(sum, dir); err != nil {
			// A folder that can't be read has a key of its own; building from it will say why.
			fmt.Fprintln(sum, err)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:6])
}

// hashGo feeds a Go module's files to w: what a build depends on, so no tests and nothing else.
func hashGo(w interface{ Write([]byte) (int, error) }, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != dir && (strings.HasPrefix(name, ".") || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		isSource := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if !isSource && name != "go.mod" && name != "go.sum" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s %d\n%s", relative, len(content), content)
		return err
	})
}

func (p *part) cached(ctx context.Context) bool {
	dir := p.dir()
	for _, program := range p.programs {
		if !exists(filepath.Join(dir, program)) {
			return false
		}
	}
	// A link out of the folder is to a program of the machine's, which may have become another version since.
	target, err := os.Readlink(filepath.Join(dir, p.programs[0]))
	return err != nil || !filepath.IsAbs(target) || p.machine(ctx)
}

// get makes the part's folder: beside its place first, then moved there whole, so that a run that is killed leaves nothing half made.
func (p *part) get(ctx context.Context, progress Progress) error {
	dir := p.dir()
	if err := removeStale(p.name); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(toolsDir(), stalePrefix(p.name))
	if err != nil {
		return fmt.Errorf("tools: %w", err)
	}
	defer os.RemoveAll(temp)
	start := time.Now()
	how, err := p.fill(ctx, temp, progress)
	if err != nil {
		return fmt.Errorf("tools: %s %s: %w", p.name, p.version, err)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	// What is there without being complete (programs deleted by hand) would be in the way of the rename.
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("tools: %w", err)
	}
	progress("%s %s: %s, %s", p.name, p.version, how, time.Since(start).Round(time.Second))
	return nil
}

func (p *part) fill(ctx context.Context, dir string, progress Progress) (string, error) {
	if p.machine != nil && p.machine(ctx) {
		return "the machine's own", linkMachine(p.programs, dir)
	}
	if p.release.url != "" {
		err := p.release.fetch(ctx, p, dir, progress)
		if err == nil {
			return "downloaded", nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		progress("%s %s: no official download (%v), so it is built from its modules", p.name, p.version, err)
		if err := emptyDir(dir); err != nil {
			return "", err
		}
	}
	return "built", p.build(ctx, p, dir, progress)
}

func stalePrefix(name string) string { return ".new-" + name + "-" }

// removeStale removes what runs that were killed have left. The lock is held, so nobody else writes there.
func removeStale(name string) error {
	left, err := filepath.Glob(filepath.Join(toolsDir(), stalePrefix(name)+"*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// lock keeps other runs out. The kernel drops it with the process, however that ends.
func lock(ctx context.Context, path string, progress Progress) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("tools: %w", err)
	}
	told := false
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			file.Close()
			return nil, fmt.Errorf("tools: lock %s: %w", path, err)
		}
		if !told {
			progress("tools: another run is at it (%s); waiting for it to finish", path)
			told = true
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
