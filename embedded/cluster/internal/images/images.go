// Package images puts into the cluster's registry what no registry in reach has: stand-ins for the official base images, under the official
// names, made of Debian's packages, and the two images that Kubernetes itself needs.
package images

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s-web/embedded/cluster/internal/tools"
)

// Names that Ensure takes.
const (
	Pause   = "pause"
	CoreDNS = "coredns"
)

// Config says where the images come from and go to.
type Config struct {
	// Root is the folder `embedded/` of the work tree.
	Root string
	// Registry is its host and port.
	Registry string
	// BuildkitAddr is the address of the running buildkitd.
	BuildkitAddr string
	// DebianMirror is the address that the machine's own apt uses.
	DebianMirror string
	// State is a folder for what is under construction and for logs.
	State string
	Tools *tools.Set
	// Metrics says whether Prometheus and the exporters are wanted.
	Metrics  bool
	Progress tools.Progress
}

// image is one image and how it is made.
type image struct {
	name, repository, tag string
	// key changes with everything that the image is made from.
	key  func(Config) (string, error)
	make func(ctx context.Context, cfg Config, tags []string) error
}

// chains are independent of each other; within one, each image may need the first.
func chains(metrics bool) [][]image {
	trixie, sid := debianImage("trixie"), debianImage("sid")
	all := [][]image{
		{programImage(Pause, tools.PauseVersion), programImage(CoreDNS, tools.CoreDNSVersion)},
		{
			trixie, official("redis", "8", "trixie"), official("nginx", "stable", "trixie"), official("python", "3.13-slim", "trixie"),
			dockerfileImage("restic", "restic/restic", "0.18.0", "trixie"),
		},
		{sid, official("mysql", "9.7", "sid")},
	}
	if metrics {
		all[1] = append(all[1], watchers()...)
	}
	return all
}

// watchers are Prometheus and the exporters, in the versions that Debian has.
func watchers() []image {
	return []image{
		dockerfileImage("mysqld-exporter", "prom/mysqld-exporter", "v0.17.2", "trixie"),
		dockerfileImage("redis-exporter", "oliver006/redis_exporter", "v1.69.0", "trixie"),
		dockerfileImage("nginx-exporter", "nginx/nginx-prometheus-exporter", "1.4.1", "trixie"),
		dockerfileImage("prometheus", "prom/prometheus", "v2.53.3", "trixie"),
		dockerfileImage("node-exporter", "prom/node-exporter", "v1.9.0", "trixie"),
	}
}

// Ensure makes and pushes the named images, all without a name, unless the registry has them as they should be.
func Ensure(ctx context.Context, cfg Config, names ...string) error {
	return ensure(ctx, cfg, chains(cfg.Metrics), names)
}

func ensure(ctx context.Context, cfg Config, all [][]image, names []string) error {
	if err := os.MkdirAll(cfg.State, 0o700); err != nil {
		return fmt.Errorf("images: %w", err)
	}
	var wanted [][]work
	missing := 0
	for _, chain := range all {
		list, err := pending(ctx, cfg, chain, names)
		if err != nil {
			return fmt.Errorf("images: %w", err)
		}
		missing += len(list)
		wanted = append(wanted, list)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int32
	var group sync.WaitGroup
	for _, list := range wanted {
		group.Go(func() {
			for _, next := range list {
				start := time.Now()
				cfg.Progress("images: %s: building", next.reference())
				if err := next.make(ctx, cfg, []string{next.tag, next.keyTag}); err != nil {
					cancel(fmt.Errorf("images: %s: %w", next.reference(), err))
					return
				}
				cfg.Progress("images %d/%d: %s: built, %s", done.Add(1), missing, next.reference(), time.Since(start).Round(time.Second))
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// work is an image that the registry lacks, with the tag that tells its inputs.
type work struct {
	image
	keyTag string
}

func (i image) reference() string { return i.repository + ":" + i.tag }

// pending is what of a chain has to be made for the named images.
func pending(ctx context.Context, cfg Config, chain []image, names []string) ([]work, error) {
	var list []work
	for _, next := range chain {
		if len(names) > 0 && !slices.Contains(names, next.name) {
			continue
		}
		key, err := next.key(cfg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", next.reference(), err)
		}
		keyTag := "inputs-" + key
		now, err := registry{cfg.Registry}.digest(ctx, next.repository, next.tag)
		if err != nil {
			return nil, err
		}
		made, err := registry{cfg.Registry}.digest(ctx, next.repository, keyTag)
		if err != nil {
			return nil, err
		}
		if now == "" || now != made {
			list = append(list, work{next, keyTag})
		}
	}
	return list, nil
}

// programImage is a single static program in an otherwise empty image.
func programImage(name, tag string) image {
	return image{
		name: name, repository: name, tag: tag,
		key: func(cfg Config) (string, error) { return hashFiles(cfg.Tools.Path(name)) },
		make: func(ctx context.Context, cfg Config, tags []string) error {
			path := filepath.Join(cfg.State, name+".tar.gz")
			defer os.Remove(path)
			content, err := packLayer(path, oneProgram(cfg.Tools.Path(name), name))
			if err != nil {
				return err
			}
			return registry{cfg.Registry}.push(ctx, name, tags, content, runConfig{Entrypoint: []string{"/" + name}})
		},
	}
}

// hashFiles is short for the content of files.
func hashFiles(paths ...string) (string, error) {
	sum := sha256.New()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("%s is missing", path)
		}
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%d\n", len(content))
		sum.Write(content)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}
