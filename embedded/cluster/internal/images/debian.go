package images

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"k8s-web/embedded/cluster/internal/tools"
)

// settings are files of the base image: what makes it small keeps its descendants small.
var settings = []struct {
	path, content string
	mode          os.FileMode
}{
	{"etc/dpkg/dpkg.cfg.d/slim", `force-unsafe-io
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
`, 0o644},
	{"etc/apt/apt.conf.d/slim", `APT::Install-Recommends "false";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
`, 0o644},
	// Packages start their daemons when they are installed, unless this says no.
	{"usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755},
}

// removed are patterns of what no container reads; the packages' licences stay.
var removed = []string{
	"etc/apt/sources.list", "usr/share/doc/*/*", "usr/share/info/*", "usr/share/lintian/*", "usr/share/locale/*", "usr/share/man/*",
	"var/cache/*/*", "var/lib/apt/lists/*", "var/log/*",
}

func debianImage(suite string) image {
	return image{
		name: suite, repository: "library/debian", tag: suite + "-slim",
		key: func(Config) (string, error) { return debianKey(suite), nil },
		make: func(ctx context.Context, cfg Config, tags []string) error {
			content, err := debianLayer(ctx, cfg, suite)
			if err != nil {
				return err
			}
			return registry{cfg.Registry}.push(ctx, "library/debian", tags, content, runConfig{
				Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, Cmd: []string{"bash"},
			})
		},
	}
}

func debianKey(suite string) string {
	sum := sha256.New()
	fmt.Fprintln(sum, suite, runtime.GOARCH, settings, removed)
	return fmt.Sprintf("%x", sum.Sum(nil)[:8])
}

// debianLayer takes the base system from the tool cache, where it outlives the cluster, or makes it.
func debianLayer(ctx context.Context, cfg Config, suite string) (layer, error) {
	folder := filepath.Join(tools.CacheDir(), "images", suite+"-"+debianKey(suite))
	if content, err := readLayer(folder); err == nil {
		return content, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return layer{}, err
	}
	work := filepath.Join(cfg.State, "debootstrap-"+suite)
	// A run that was killed has left its own; its mounts went with it.
	if err := os.RemoveAll(work); err != nil {
		return layer{}, err
	}
	defer os.RemoveAll(work)
	if err := os.MkdirAll(filepath.Join(work, "layer"), 0o755); err != nil {
		return layer{}, err
	}
	base := filepath.Join(work, "root")
	if err := debootstrap(ctx, cfg, suite, base); err != nil {
		return layer{}, err
	}
	if err := slim(base); err != nil {
		return layer{}, err
	}
	content, err := packLayer(filepath.Join(work, "layer", "layer.tar.gz"), func(out io.Writer) error { return tarTree(ctx, base, out) })
	if err != nil {
		return layer{}, err
	}
	if err := writeLayer(filepath.Join(work, "layer"), content); err != nil {
		return layer{}, err
	}
	return content.at(folder), moveDir(filepath.Join(work, "layer"), folder)
}

func debootstrap(ctx context.Context, cfg Config, suite, base string) error {
	if cfg.DebianMirror == "" {
		return errors.New("no Debian mirror is known: apt's sources on this machine name none")
	}
	logPath := filepath.Join(cfg.State, "debootstrap-"+suite+".log")
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.CommandContext(ctx, cfg.Tools.Path("debootstrap"), "--variant=minbase", suite, base, cfg.DebianMirror)
	command.Env = append(os.Environ(), cfg.Tools.Env()...)
	command.Env = append(command.Env, "PATH="+cfg.Tools.SystemPath(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	command.Stdout, command.Stderr = log, log
	// In namespaces of its own: however it ends, no mount and no process of it stays.
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL,
	}
	// The signal of a parent's death comes when the thread ends that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := command.Run(); err != nil {
		return fmt.Errorf("debootstrap %s from %s: %w; its output is in %s", suite, cfg.DebianMirror, err, logPath)
	}
	return nil
}

func slim(base string) error {
	for _, pattern := range removed {
		matches, err := filepath.Glob(filepath.Join(base, pattern))
		if err != nil {
			return err
		}
		for _, match := range matches {
			if filepath.Base(match) == "copyright" {
				continue
			}
			if err := os.RemoveAll(match); err != nil {
				return err
			}
		}
	}
	for _, file := range settings {
		path := filepath.Join(base, file.path)
		if err := os.WriteFile(path, []byte(file.content), file.mode); err != nil {
			return err
		}
		if err := os.Chmod(path, file.mode); err != nil {
			return err
		}
	}
	return nil
}

func tarTree(ctx context.Context, base string, out io.Writer) error {
	var said strings.Builder
	command := exec.CommandContext(ctx, "tar", "--create", "--numeric-owner", "--sort=name", "--directory", base,
		"--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*", ".")
	command.Stdout, command.Stderr = out, &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("tar: %w: %s", err, said.String())
	}
	return nil
}

type layerRecord struct {
	Digest, DiffID string
	Size           int64
}

func (l layer) at(folder string) layer {
	l.path = filepath.Join(folder, "layer.tar.gz")
	return l
}

func writeLayer(folder string, l layer) error {
	record, err := json.Marshal(layerRecord{l.digest, l.diffID, l.size})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "layer.json"), record, 0o644)
}

func readLayer(folder string) (layer, error) {
	content, err := os.ReadFile(filepath.Join(folder, "layer.json"))
	if err != nil {
		return layer{}, err
	}
	var record layerRecord
	if err := json.Unmarshal(content, &record); err != nil {
		return layer{}, err
	}
	found := layer{digest: record.Digest, diffID: record.DiffID, size: record.Size}.at(folder)
	info, err := os.Stat(found.path)
	if err == nil && info.Size() != found.size {
		err = fmt.Errorf("%s is not complete", found.path)
	}
	return found, err
}

// moveDir moves between file systems too: the state and the cache may be on two.
func moveDir(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.Rename(from, to); err == nil {
		return nil
	}
	temp := to + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	if err := os.CopyFS(temp, os.DirFS(from)); err != nil {
		return err
	}
	return os.Rename(temp, to)
}
