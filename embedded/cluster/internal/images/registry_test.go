package images

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fakeRegistry keeps blobs and manifests as a registry does, checks digests, and refuses manifests of blobs that it lacks.
type fakeRegistry struct {
	lock             sync.Mutex
	blobs, manifests map[string][]byte
}

func newFakeRegistry(t *testing.T) (*fakeRegistry, string) {
	t.Helper()
	fake := &fakeRegistry{blobs: map[string][]byte{}, manifests: map[string][]byte{}}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return fake, strings.TrimPrefix(server.URL, "http://")
}

func (f *fakeRegistry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.lock.Lock()
	defer f.lock.Unlock()
	body, _ := io.ReadAll(r.Body)
	repository, rest, isBlob := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/blobs/")
	if !isBlob {
		repository, rest, _ = strings.Cut(repository, "/manifests/")
	}
	key := repository + "/" + rest
	switch {
	case isBlob && r.Method == http.MethodHead:
		if _, ok := f.blobs[key]; !ok {
			w.WriteHeader(http.StatusNotFound)
		}
	case isBlob && r.Method == http.MethodPost:
		w.Header().Set("Location", "/v2/"+repository+"/blobs/uploads/1?state=x")
		w.WriteHeader(http.StatusAccepted)
	case isBlob && r.Method == http.MethodPut:
		digest := r.URL.Query().Get("digest")
		if digest != digestOf(body) || r.URL.Query().Get("state") != "x" {
			http.Error(w, "digest or state", http.StatusBadRequest)
			return
		}
		f.blobs[repository+"/"+digest] = body
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodHead:
		manifest, ok := f.manifests[key]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Docker-Content-Digest", digestOf(manifest))
	case r.Method == http.MethodPut:
		var manifest struct{ Layers []descriptor }
		if json.Unmarshal(body, &manifest) != nil || f.blobs[repository+"/"+manifest.Layers[0].Digest] == nil {
			http.Error(w, "unknown blob", http.StatusBadRequest)
			return
		}
		f.manifests[key] = body
		w.WriteHeader(http.StatusCreated)
	}
}

func TestPushedImageIsWhatContainerdExpects(t *testing.T) {
	fake, host := newFakeRegistry(t)
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("content"), 0o755); err != nil {
		t.Fatal(err)
	}
	content, err := packLayer(path+".tar.gz", oneProgram(path, "pause"))
	if err != nil {
		t.Fatal(err)
	}
	if err := (registry{host}).push(t.Context(), "pause", []string{"3.10"}, content, runConfig{Entrypoint: []string{"/pause"}}); err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	if err := json.Unmarshal(fake.manifests["pause/3.10"], &manifest); err != nil {
		t.Fatal(err)
	}
	var config struct {
		Config struct{ Entrypoint []string }
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(fake.blobs["pause/"+manifest.Config.Digest], &config); err != nil {
		t.Fatal(err)
	}
	packed := fake.blobs["pause/"+manifest.Layers[0].Digest]
	zip, err := gzip.NewReader(strings.NewReader(string(packed)))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256(plain)); config.RootFS.DiffIDs[0] != want || config.Config.Entrypoint[0] != "/pause" {
		t.Errorf("config is %+v, the layer is %s", config, want)
	}
	header, err := tar.NewReader(strings.NewReader(string(plain))).Next()
	if err != nil || header.Name != "pause" || header.Mode != 0o755 {
		t.Errorf("the layer starts with %+v, %v", header, err)
	}
}

func TestRegistryErrorsSayWhichAndWhere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "disk full", http.StatusInternalServerError)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	if _, err := (registry{host}).digest(t.Context(), "library/redis", "8"); err == nil || !strings.Contains(err.Error(), host+": library/redis:8") {
		t.Errorf("got %v", err)
	}
	if err := (registry{host}).upload(t.Context(), "library/redis", "sha256:0", strings.NewReader(""), 0); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

func TestPendingIsWhatTheRegistryLacksOrHasFromOtherInputs(t *testing.T) {
	fake, host := newFakeRegistry(t)
	one := image{name: "redis", repository: "library/redis", tag: "8", key: func(Config) (string, error) { return "k1", nil }}
	cfg := Config{Registry: host}
	for _, step := range []struct {
		what    string
		tags    map[string]string
		names   []string
		pending bool
	}{
		{"nothing there", nil, nil, true},
		{"as it should be", map[string]string{"8": "A", "inputs-k1": "A"}, nil, false},
		{"made from other inputs", map[string]string{"8": "B", "inputs-k0": "B"}, nil, true},
		{"tag moved since", map[string]string{"8": "B", "inputs-k1": "A"}, nil, true},
		{"not asked for", nil, []string{"mysql"}, false},
		{"asked for", nil, []string{"mysql", "redis"}, true},
	} {
		fake.manifests = map[string][]byte{}
		for tag, content := range step.tags {
			fake.manifests["library/redis/"+tag] = []byte(content)
		}
		list, err := pending(t.Context(), cfg, []image{one}, step.names)
		if err != nil || (len(list) == 1) != step.pending {
			t.Errorf("%s: %v, %v", step.what, list, err)
		}
	}
}

func TestEnsureStopsAtTheFirstErrorAndNamesTheImage(t *testing.T) {
	_, host := newFakeRegistry(t)
	var made []string
	chain := func(name string, err error) image {
		return image{
			name: name, repository: name, tag: "1", key: func(Config) (string, error) { return "k", nil },
			make: func(context.Context, Config, []string) error {
				made = append(made, name)
				return err
			},
		}
	}
	fail := errors.New("no space left")
	cfg := Config{Registry: host, State: t.TempDir(), Progress: func(string, ...any) {}}
	err := ensure(t.Context(), cfg, [][]image{{chain("a", nil), chain("b", fail), chain("c", nil)}}, nil)
	if !errors.Is(err, fail) || !strings.Contains(err.Error(), "b:1") || strings.Join(made, "") != "ab" {
		t.Errorf("made %v, got %v", made, err)
	}
}

func TestWhatWatchesIsThereOnlyIfItIsWanted(t *testing.T) {
	names := func(metrics bool) (list []string) {
		for _, chain := range chains(metrics) {
			for _, next := range chain {
				list = append(list, next.reference())
			}
		}
		return list
	}
	if got := names(false); slices.ContainsFunc(got, func(reference string) bool { return strings.Contains(reference, "exporter") }) {
		t.Errorf("without metrics: %v", got)
	}
	for _, want := range []string{"library/redis:8", "prom/prometheus:v2.53.3", "prom/mysqld-exporter:v0.17.2"} {
		if !slices.Contains(names(true), want) {
			t.Errorf("with metrics there is no %s", want)
		}
	}
}
