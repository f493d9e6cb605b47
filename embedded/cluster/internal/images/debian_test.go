package images

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSlimRemovesTheMirrorAndKeepsLicences(t *testing.T) {
	base := t.TempDir()
	for _, path := range []string{
		"etc/apt/sources.list", "etc/apt/apt.conf.d/x", "etc/dpkg/dpkg.cfg.d/x", "usr/sbin/x", "usr/share/doc/p/copyright",
		"usr/share/doc/p/README", "usr/share/man/man1/p.1", "var/cache/apt/pkgcache.bin", "var/lib/apt/lists/mirror_Packages", "var/log/dpkg.log",
	} {
		path = filepath.Join(base, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := slim(base); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"etc/apt/sources.list": false, "usr/share/doc/p/copyright": true, "usr/share/doc/p/README": false, "usr/share/man/man1": false,
		"var/cache/apt/pkgcache.bin": false, "var/lib/apt/lists/mirror_Packages": false, "var/log/dpkg.log": false,
		"usr/sbin/policy-rc.d": true, "etc/dpkg/dpkg.cfg.d/slim": true,
	} {
		if _, err := os.Stat(filepath.Join(base, path)); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestLayerInTheCacheMustBeComplete(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "cached")
	if err := os.Mkdir(from, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "layer.tar.gz"), []byte("12345"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := layer{digest: "sha256:a", diffID: "sha256:b", size: 5}
	if err := writeLayer(from, want); err != nil {
		t.Fatal(err)
	}
	if err := moveDir(from, to); err != nil {
		t.Fatal(err)
	}
	if got, err := readLayer(to); err != nil || got != want.at(to) {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := os.Truncate(filepath.Join(to, "layer.tar.gz"), 4); err != nil {
		t.Fatal(err)
	}
	if _, err := readLayer(to); err == nil {
		t.Error("took a layer that is cut short")
	}
}

func TestDebianKeyTellsSuitesApart(t *testing.T) {
	if debianKey("sid") == debianKey("trixie") {
		t.Error("two suites, one key")
	}
}
