package tools

import (
	"fmt"
	"os"
	"path/filepath"
)

var xtablesNames = []string{
	"iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore",
}

// userPrograms are what a person gets on the PATH, by part; every other program of those parts is for the daemons.
var userPrograms = map[string]bool{"buildctl": true, "kubectl": true, "pulumi": true, "pulumi-language-nodejs": true}

// lay makes the set's two folders of programs, bin and sbin, unless they are there.
func (s *Set) lay() error {
	if exists(s.dir) {
		return nil
	}
	temp, err := os.MkdirTemp(toolsDir(), stalePrefix("set"))
	if err != nil {
		return fmt.Errorf("tools: %w", err)
	}
	defer os.RemoveAll(temp)
	for _, dir := range []string{"bin", "sbin"} {
		if err := os.Mkdir(filepath.Join(temp, dir), 0o755); err != nil {
			return err
		}
	}
	for _, p := range s.parts {
		if p.name == debianPart {
			continue
		}
		for _, program := range p.programs {
			dir := "sbin"
			if userPrograms[program] {
				dir = "bin"
			}
			if err := place(filepath.Join(p.dir(), program), filepath.Join(temp, dir, program)); err != nil {
				return err
			}
		}
	}
	multi := filepath.Join(s.sysroot, "usr/sbin/xtables-"+s.iptablesVariant()+"-multi")
	for _, name := range xtablesNames {
		if err := os.Symlink(multi, filepath.Join(temp, "sbin", name)); err != nil {
			return err
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	if err := os.Rename(temp, s.dir); err != nil && !exists(s.dir) {
		return fmt.Errorf("tools: %w", err)
	}
	return nil
}

// place gives a program a second name. The CLI looks for its language host beside the file that runs, which a symbolic link would hide;
// where the program is itself a link (one binary with many names, or the machine's own), a link it stays.
func place(program, name string) error {
	info, err := os.Lstat(program)
	if err != nil {
		return fmt.Errorf("tools: %w", err)
	}
	if info.Mode().IsRegular() {
		return os.Link(program, name)
	}
	return os.Symlink(program, name)
}

// PulumiHome lays out dir as PULUMI_HOME: the resource plugins where the CLI looks for them.
func (s *Set) PulumiHome(dir string) error {
	for _, p := range s.parts {
		for _, program := range p.programs {
			kind, ok := pluginFolder(program, p.version)
			if !ok {
				continue
			}
			// The CLI takes folders only, so the link is inside.
			folder := filepath.Join(dir, "plugins", kind)
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return fmt.Errorf("tools: plugins: %w", err)
			}
			if err := relink(filepath.Join(p.dir(), program), filepath.Join(folder, program)); err != nil {
				return fmt.Errorf("tools: plugins: %w", err)
			}
		}
	}
	return nil
}

// relink makes name a link to target, replacing in one step what was there.
func relink(target, name string) error {
	if now, err := os.Readlink(name); err == nil && now == target {
		return nil
	}
	temp := name + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	if err := os.Symlink(target, temp); err != nil {
		return err
	}
	return os.Rename(temp, name)
}
