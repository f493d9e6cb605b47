package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const debianPart = "debian"

// debianPackages are unpacked, never installed: installing would start daemons and change the machine.
var debianPackages = []string{
	"conntrack", "containerd", "containernetworking-plugins", "debootstrap", "docker-registry", "etcd-server", "ethtool",
	"iproute2", "ipset", "iptables", "kmod", "nftables", "runc", "socat",
}

// sysrootPath are the folders of programs below the sysroot.
var sysrootPath = []string{"usr/sbin", "usr/bin", "sbin", "bin"}

// useless are the folders of a package that no program reads.
var useless = []string{"usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/bash-completion", "usr/share/lintian"}

func debian() *part {
	return &part{
		name: debianPart, version: debianVersion(),
		programs: []string{
			"usr/bin/containerd", "usr/bin/containerd-shim-runc-v2", "usr/bin/docker-registry", "usr/bin/etcd", "usr/lib/cni/bridge",
			"usr/sbin/conntrack", "usr/sbin/debootstrap", "usr/sbin/ipset", "usr/sbin/runc", "usr/sbin/xtables-nft-multi",
		},
		extra: append([]string{runtime.GOARCH}, debianPackages...),
		build: unpackDebian,
	}
}

func debianVersion() string {
	content, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "unknown"
	}
	return osReleaseVersion(string(content))
}

func osReleaseVersion(content string) string {
	for line := range strings.Lines(content) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "VERSION_ID="); ok {
			return strings.Trim(value, `"'`)
		}
	}
	return "unknown"
}

func unpackDebian(ctx context.Context, p *part, dir string, progress Progress) error {
	download := filepath.Join(dir, ".download")
	if err := os.Mkdir(download, 0o755); err != nil {
		return err
	}
	progress("%s: downloading %d packages and what they need", p.name, len(debianPackages))
	wanted, err := downloadDebian(ctx, download)
	if err != nil {
		progress("%s: apt can't get them, its lists may be old or missing; running apt-get update", p.name)
		if output, updateErr := apt(ctx, "", "update"); updateErr != nil {
			return fmt.Errorf("apt-get update: %w\n%s", updateErr, lastLines(output, 5))
		}
		if wanted, err = downloadDebian(ctx, download); err != nil {
			return err
		}
	}
	files, err := filepath.Glob(filepath.Join(download, "*.deb"))
	if err != nil {
		return err
	}
	progress("%s: unpacking %d packages", p.name, len(files))
	for _, file := range files {
		if output, err := exec.CommandContext(ctx, "dpkg-deb", "-x", file, dir).CombinedOutput(); err != nil {
			return fmt.Errorf("dpkg-deb -x %s: %w\n%s", filepath.Base(file), err, lastLines(output, 5))
		}
	}
	if err := os.RemoveAll(download); err != nil {
		return err
	}
	for _, folder := range useless {
		if err := os.RemoveAll(filepath.Join(dir, folder)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "packages.txt"), []byte(strings.Join(wanted, "\n")+"\n"), 0o644)
}

func downloadDebian(ctx context.Context, dir string) ([]string, error) {
	wanted, err := closure(ctx)
	if err != nil {
		return nil, err
	}
	if output, err := apt(ctx, dir, append([]string{"download"}, wanted...)...); err != nil {
		return nil, fmt.Errorf("apt-get download: %w\n%s", err, lastLines(output, 5))
	}
	return wanted, nil
}

// closure is the packages with all they need that this machine lacks, as name=version.
func closure(ctx context.Context) ([]string, error) {
	output, err := apt(ctx, "", append([]string{"install", "--simulate", "--reinstall", "--no-install-recommends"}, debianPackages...)...)
	if err != nil {
		return nil, fmt.Errorf("apt-get install --simulate: %w\n%s", err, lastLines(output, 5))
	}
	wanted := plannedPackages(string(output))
	if len(wanted) < len(debianPackages) {
		return nil, errors.New("apt-get install --simulate plans fewer packages than were asked for")
	}
	return wanted, nil
}

// plannedPackages reads apt's plan: lines such as `Inst runc (1.1.5+ds1-1+deb12u1 Debian:12/stable [amd64])`,
// with the version that is there now in brackets after the name when one is.
func plannedPackages(plan string) []string {
	var wanted []string
	for line := range strings.Lines(plan) {
		rest, ok := strings.CutPrefix(line, "Inst ")
		if !ok {
			continue
		}
		name, rest, _ := strings.Cut(rest, " ")
		_, rest, ok = strings.Cut(rest, "(")
		if !ok {
			continue
		}
		version, _, _ := strings.Cut(rest, " ")
		wanted = append(wanted, name+"="+version)
	}
	return wanted
}

func apt(ctx context.Context, dir string, args ...string) ([]byte, error) {
	// As root apt would drop to a user that can't write to the cache.
	options := []string{"-q", "-y", "-o", "APT::Sandbox::User=root"}
	if args[0] != "update" {
		// What changes nothing need not wait for the machine's own apt.
		options = append(options, "-o", "Debug::NoLocking=1")
	}
	command := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
	command.Dir = dir
	command.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	return command.CombinedOutput()
}

func lastLines(output []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// libDirs are the sysroot's folders of shared libraries, the one with xtables' modules first.
func (s *Set) libDirs() []string {
	triplet := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
	return []string{filepath.Join(s.sysroot, "usr/lib", triplet), filepath.Join(s.sysroot, "lib", triplet)}
}

// iptablesVariant is nft where the kernel takes it, else legacy: unpacked packages have no alternatives set up.
func (s *Set) iptablesVariant() string {
	command := exec.Command(filepath.Join(s.sysroot, "usr/sbin/xtables-nft-multi"), "iptables", "-t", "nat", "-S")
	command.Env = append(os.Environ(), s.Env()...)
	if command.Run() == nil {
		return "nft"
	}
	return "legacy"
}
