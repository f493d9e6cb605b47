package kube

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"strings"
)

const routerRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:kube-router"

//go:embed router.yaml
var routerTemplate string

// routerManifest renders the rights of who enforces network policies.
func routerManifest() (manifest, digest string) {
	sum := sha256.Sum256([]byte(routerTemplate))
	digest = fmt.Sprintf("%x", sum[:8])
	return strings.ReplaceAll(routerTemplate, "{{.Digest}}", digest), digest
}

// EnsureRouter gives kube-router its rights, unless it has the very same.
func (c *Client) EnsureRouter(ctx context.Context, kubectl string) error {
	manifest, digest := routerManifest()
	var existing struct {
		Metadata struct{ Annotations map[string]string } `json:"metadata"`
	}
	err := c.Get(ctx, routerRole, &existing)
	if err == nil && existing.Metadata.Annotations[digestAnnotation] == digest {
		return nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return apply(ctx, kubectl, "rights of kube-router", manifest)
}
