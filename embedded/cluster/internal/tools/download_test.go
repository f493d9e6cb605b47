package tools

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const program = "\x7fELF and so on"

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	zip := gzip.NewWriter(&buffer)
	writer := tar.NewWriter(zip)
	for name, content := range files {
		if err := writer.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// site serves files as a download site does; it ends with the test.
func site(t *testing.T, files map[string][]byte) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func sumOf(content []byte) []byte { return fmt.Appendf(nil, "%x", sha256.Sum256(content)) }

func TestFetchSingleProgramsWithTheirChecksums(t *testing.T) {
	address := site(t, map[string][]byte{
		"/a": []byte(program), "/a.sha256": sumOf([]byte(program)), "/b": []byte(program), "/b.sha256": append(sumOf([]byte(program)), "  b\n"...),
	})
	dir := t.TempDir()
	r := release{url: address + "/{program}", sha256: address + "/{program}.sha256"}
	if err := r.fetch(t.Context(), &part{programs: []string{"a", "b"}}, dir, silent); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o755 || info.Size() != int64(len(program)) {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

func TestFetchTakesThePartsProgramsOutOfAnArchive(t *testing.T) {
	packed := archive(t, map[string]string{"pulumi/pulumi": program, "pulumi/pulumi-language-go": program})
	address := site(t, map[string][]byte{"/x.tar.gz": packed, "/sums": append(sumOf(packed), " *x.tar.gz\n"...)})
	dir := t.TempDir()
	r := release{url: address + "/x.tar.gz", sha256: address + "/sums"}
	if err := r.fetch(t.Context(), &part{programs: []string{"pulumi"}}, dir, silent); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 || entries[0].Name() != "pulumi" {
		t.Errorf("got %v", entries)
	}
}

func TestFetchRefuses(t *testing.T) {
	packed := archive(t, map[string]string{"other": program})
	address := site(t, map[string][]byte{
		"/a": []byte(program), "/a.sums": sumOf([]byte("another")), "/b.sums": append(sumOf([]byte(program)), "  c\n"...),
		"/page": []byte("<html>log in first</html>"), "/x.tgz": packed,
	})
	for want, r := range map[string]release{
		"its sha256 is":        {url: address + "/a", sha256: address + "/a.sums"},
		"no checksum of":       {url: address + "/b", sha256: address + "/b.sums"},
		"404":                  {url: address + "/missing"},
		"is no program":        {url: address + "/page"},
		"the archive has 0 of": {url: address + "/x.tgz"},
	} {
		dir := t.TempDir()
		err := r.fetch(t.Context(), &part{programs: []string{"a"}}, dir, silent)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if exists(filepath.Join(dir, "a")) {
			t.Errorf("%s: the program was kept", want)
		}
	}
}

func TestWithoutADownloadAPartIsBuilt(t *testing.T) {
	built := false
	p := newPart(t, func(dir string) error {
		built = true
		left, _ := os.ReadDir(dir)
		if len(left) > 0 {
			t.Errorf("the download left %v", left)
		}
		write(t, filepath.Join(dir, "thing"), program)
		return nil
	})
	p.release = release{url: site(t, map[string][]byte{"/thing": []byte("no")}) + "/thing"}
	if err := p.get(t.Context(), silent); err != nil || !built {
		t.Errorf("built is %v: %v", built, err)
	}
}

func TestASiteThatDoesNotAnswerIsAskedOnce(t *testing.T) {
	asked := 0
	refuse := roundTrip(func(*http.Request) (*http.Response, error) {
		asked++
		return nil, context.DeadlineExceeded
	})
	s := &sites{client: &http.Client{Transport: refuse}, mute: map[string]error{}}
	for range 3 {
		if _, err := s.open(t.Context(), "https://downloads.example/x"); err == nil || !strings.Contains(err.Error(), "downloads.example does not answer") {
			t.Errorf("got %v", err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
