package images

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// systemCertificates has the machine's local authorities too.
const systemCertificates = "/etc/ssl/certs/ca-certificates.crt"

// official is one of the images that Docker itself keeps.
func official(name, tag, suite string) image {
	return dockerfileImage(name, "library/"+name, tag, suite)
}

// dockerfileImage is built from embedded/images/<name>/Dockerfile on top of a suite's base system.
func dockerfileImage(name, repository, tag, suite string) image {
	return image{
		name: name, repository: repository, tag: tag,
		key: func(cfg Config) (string, error) {
			files, err := hashFiles(filepath.Join(cfg.Root, "images", "install"), filepath.Join(cfg.Root, "images", name, "Dockerfile"))
			return files + "-" + debianKey(suite), err
		},
		make: func(ctx context.Context, cfg Config, tags []string) error {
			return buildDockerfile(ctx, cfg, name, repository, suite, tags)
		},
	}
}

func buildDockerfile(ctx context.Context, cfg Config, name, repository, suite string, tags []string) error {
	// The mirror is a secret of the build, not an argument: arguments stay in the image's history.
	sources := filepath.Join(cfg.State, "sources-"+name)
	if err := os.WriteFile(sources, []byte("deb "+cfg.DebianMirror+" "+suite+" main\n"), 0o600); err != nil {
		return err
	}
	defer os.Remove(sources)
	logPath := filepath.Join(cfg.State, "build-"+name+".log")
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	folder := filepath.Join(cfg.Root, "images")
	names := ""
	for i, tag := range tags {
		if i > 0 {
			names += ","
		}
		names += cfg.Registry + "/" + repository + ":" + tag
	}
	args := []string{
		"--addr", cfg.BuildkitAddr, "build", "--progress", "plain", "--frontend", "dockerfile.v0",
		"--local", "context=" + folder, "--local", "dockerfile=" + filepath.Join(folder, name),
		"--secret", "id=sources,src=" + sources,
		"--output", `type=image,push=true,oci-mediatypes=true,"name=` + names + `"`,
	}
	if _, err := os.Stat(systemCertificates); err == nil {
		args = append(args, "--secret", "id=ca,src="+systemCertificates)
	}
	command := exec.CommandContext(ctx, cfg.Tools.Path("buildctl"), args...)
	command.Stdout, command.Stderr = log, log
	ended := make(chan struct{})
	defer close(ended)
	go report(cfg, name+":"+tags[0], ended)
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("the build failed (%w); its output is in %s", err, logPath)
	}
	return nil
}

func report(cfg Config, reference string, ended <-chan struct{}) {
	ticker := time.NewTicker(15 * time.Second)
	defer ticker.Stop()
	for start := time.Now(); ; {
		select {
		case <-ended:
			return
		case <-ticker.C:
			cfg.Progress("images: %s: building, %s", reference, time.Since(start).Round(time.Second))
		}
	}
}
