// Package tools gets every program that the embedded cluster runs, each from the first place that has it:
// the machine itself, its official download, or its Go modules and Debian packages. What it gets lies in a cache
// outside the work tree, one folder for each program and version, and is never made twice.
package tools

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Progress takes one whole line for a human.
type Progress func(format string, args ...any)

// Set is a complete set of tools.
type Set struct {
	dir     string
	sysroot string
	parts   []*part
}

// CacheDir is the folder that all caches of the embedded cluster lie in.
func CacheDir() string {
	base := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			home = "/root"
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "k8s-web")
}

func toolsDir() string { return filepath.Join(CacheDir(), "tools") }

// Ensure makes whatever is missing in the cache and returns the complete set. Root is the folder `embedded/` of the work tree.
func Ensure(ctx context.Context, root string, progress Progress) (*Set, error) {
	if err := os.MkdirAll(toolsDir(), 0o755); err != nil {
		return nil, fmt.Errorf("tools: no cache folder: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(toolsDir(), ".lock"), progress)
	if err != nil {
		return nil, err
	}
	defer unlock()
	list := parts(root)
	missing := 0
	for _, p := range list {
		if !p.cached(ctx) {
			missing++
		}
	}
	done := 0
	for _, p := range list {
		if p.cached(ctx) {
			continue
		}
		done++
		if err := p.get(ctx, numbered(progress, done, missing)); err != nil {
			return nil, err
		}
	}
	set, err := newSet(list)
	if err != nil {
		return nil, err
	}
	return set, set.lay()
}

// Find returns the set as far as it needs nothing built.
func Find(ctx context.Context, root string) (*Set, error) {
	list := parts(root)
	var missing []string
	for _, p := range list {
		if !p.cached(ctx) {
			missing = append(missing, p.name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("tools: not in %s yet: %s; run `make up`, which gets them", toolsDir(), strings.Join(missing, ", "))
	}
	set, err := newSet(list)
	if err != nil {
		return nil, err
	}
	return set, set.lay()
}

func numbered(progress Progress, n, of int) Progress {
	return func(format string, args ...any) {
		progress("tools %d/%d: %s", n, of, fmt.Sprintf(format, args...))
	}
}

func newSet(list []*part) (*Set, error) {
	set := &Set{parts: list}
	sum := sha256.New()
	for _, p := range list {
		if p.name == debianPart {
			set.sysroot = p.dir()
		}
		fmt.Fprintln(sum, p.dir())
	}
	if set.sysroot == "" {
		return nil, errors.New("tools: the list of parts has no Debian packages")
	}
	variant := set.iptablesVariant()
	fmt.Fprintln(sum, variant)
	set.dir = filepath.Join(toolsDir(), fmt.Sprintf("set-%x", sum.Sum(nil)[:6]))
	return set, nil
}

// Path is the absolute path of a program; it runs as it is, given Env for those from Debian packages.
func (s *Set) Path(name string) string {
	for _, dir := range []string{"bin", "sbin"} {
		if path := filepath.Join(s.dir, dir, name); exists(path) {
			return path
		}
	}
	for _, dir := range sysrootPath {
		if path := filepath.Join(s.sysroot, dir, name); exists(path) {
			return path
		}
	}
	return filepath.Join(s.dir, "sbin", name)
}

// BinDir is the folder for a user's PATH: pulumi and its language host, kubectl, buildctl.
func (s *Set) BinDir() string { return filepath.Join(s.dir, "bin") }

// CNIDir is the folder of the network plugins.
func (s *Set) CNIDir() string { return filepath.Join(s.sysroot, "usr/lib/cni") }

// SystemPath is the PATH of the daemons.
func (s *Set) SystemPath() string {
	dirs := []string{filepath.Join(s.dir, "sbin")}
	for _, dir := range sysrootPath {
		dirs = append(dirs, filepath.Join(s.sysroot, dir))
	}
	return strings.Join(append(dirs, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"), ":")
}

// Env is what the daemons need besides PATH to run programs out of unpacked packages.
func (s *Set) Env() []string {
	libs := s.libDirs()
	return []string{
		"LD_LIBRARY_PATH=" + strings.Join(libs, ":"),
		"XTABLES_LIBDIR=" + filepath.Join(libs[0], "xtables"),
		"DEBOOTSTRAP_DIR=" + filepath.Join(s.sysroot, "usr/share/debootstrap"),
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
