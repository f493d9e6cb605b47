package images

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// registry is the cluster's own registry, by its HTTP interface.
type registry struct{ host string }

// layer is a compressed file system layer in a file.
type layer struct {
	path           string
	digest, diffID string
	size           int64
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// runConfig is how containers of an image start.
type runConfig struct {
	Env        []string
	Entrypoint []string `json:",omitempty"`
	Cmd        []string `json:",omitempty"`
}

func digestOf(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }

// digest asks which manifest a tag means; empty when there is no such tag.
func (r registry) digest(ctx context.Context, repository, tag string) (string, error) {
	response, err := r.do(ctx, http.MethodHead, r.url(repository, "manifests", tag), nil, 0, map[string]string{
		"Accept": manifestType + ", application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, " +
			"application/vnd.docker.distribution.manifest.list.v2+json",
	})
	if err != nil {
		return "", err
	}
	response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return response.Header.Get("Docker-Content-Digest"), nil
	case http.StatusNotFound:
		return "", nil
	}
	return "", fmt.Errorf("registry %s: %s:%s: %s", r.host, repository, tag, response.Status)
}

// push makes an image of one layer and gives it the tags.
func (r registry) push(ctx context.Context, repository string, tags []string, content layer, run runConfig) error {
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "config": run,
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{content.diffID}},
	})
	if err != nil {
		return err
	}
	file, err := os.Open(content.path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := r.upload(ctx, repository, content.digest, file, content.size); err != nil {
		return err
	}
	configDigest := digestOf(config)
	if err := r.upload(ctx, repository, configDigest, bytes.NewReader(config), int64(len(config))); err != nil {
		return err
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType,
		"config": descriptor{configType, configDigest, int64(len(config))},
		"layers": []descriptor{{layerType, content.digest, content.size}},
	})
	if err != nil {
		return err
	}
	for _, tag := range tags {
		response, err := r.do(ctx, http.MethodPut, r.url(repository, "manifests", tag), bytes.NewReader(manifest), int64(len(manifest)),
			map[string]string{"Content-Type": manifestType})
		if err := expect(response, err, http.StatusCreated); err != nil {
			return fmt.Errorf("registry %s: %s:%s: %w", r.host, repository, tag, err)
		}
	}
	return nil
}

func (r registry) upload(ctx context.Context, repository, digest string, content io.Reader, size int64) error {
	response, err := r.do(ctx, http.MethodHead, r.url(repository, "blobs", digest), nil, 0, nil)
	if expect(response, err, http.StatusOK) == nil {
		return nil
	}
	response, err = r.do(ctx, http.MethodPost, r.url(repository, "blobs", "uploads")+"/", nil, 0, nil)
	if err := expect(response, err, http.StatusAccepted); err != nil {
		return fmt.Errorf("registry %s: upload to %s: %w", r.host, repository, err)
	}
	target, err := response.Location()
	if err != nil {
		return fmt.Errorf("registry %s: upload to %s: %w", r.host, repository, err)
	}
	query := target.Query()
	query.Set("digest", digest)
	target.RawQuery = query.Encode()
	response, err = r.do(ctx, http.MethodPut, target.String(), content, size, map[string]string{"Content-Type": "application/octet-stream"})
	if err := expect(response, err, http.StatusCreated); err != nil {
		return fmt.Errorf("registry %s: upload of %s to %s: %w", r.host, digest, repository, err)
	}
	return nil
}

func (r registry) url(repository, kind, name string) string {
	return (&url.URL{Scheme: "http", Host: r.host, Path: strings.Join([]string{"/v2", repository, kind, name}, "/")}).String()
}

// local never goes through a proxy: the registry is on this machine.
var local = &http.Client{Transport: &http.Transport{}}

func (r registry) do(ctx context.Context, method, address string, body io.Reader, size int64, headers map[string]string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = size
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	return local.Do(request)
}

// expect ends a response whose body does not matter.
func expect(response *http.Response, err error, status int) error {
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == status {
		return nil
	}
	said, _ := io.ReadAll(io.LimitReader(response.Body, 500))
	return errors.New(strings.TrimSpace(response.Status + " " + string(said)))
}
