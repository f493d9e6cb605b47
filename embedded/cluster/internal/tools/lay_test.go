package tools

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPluginFolder(t *testing.T) {
	for program, want := range map[string]string{
		"pulumi-resource-docker-build": "resource-docker-build-v0.0.22", "pulumi-language-nodejs": "", "pulumi": "", "kubectl": "",
	} {
		if got, ok := pluginFolder(program, "0.0.22"); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v", program, got, ok)
		}
	}
}

func TestRelinkReplaces(t *testing.T) {
	name := filepath.Join(t.TempDir(), "link")
	for _, target := range []string{"/a", "/a", "/b"} {
		if err := relink(target, name); err != nil {
			t.Fatal(err)
		}
		if now, _ := os.Readlink(name); now != target {
			t.Errorf("got %q, want %q", now, target)
		}
	}
}

func TestPlaceKeepsTheFileThatTheProgramIs(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pulumi"), program)
	if err := os.Symlink("pulumi", filepath.Join(dir, "alias")); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for name, link := range map[string]bool{"pulumi": false, "alias": true} {
		if err := place(filepath.Join(dir, name), filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
		_, err := os.Readlink(filepath.Join(bin, name))
		if isLink := err == nil; isLink != link {
			t.Errorf("%s: link is %v", name, isLink)
		}
	}
}

func TestFindNamesWhatIsMissing(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := Find(t.Context(), t.TempDir()); err == nil {
		t.Error("found a set in an empty cache")
	}
}
