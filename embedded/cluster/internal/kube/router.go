package kube

import (
	"context"
	_ "embed"
)

const routerRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:kube-router"

//go:embed router.yaml
var routerTemplate string

// routerObjects are the rights of who enforces network policies.
func routerObjects() (objects, error) { return render(routerTemplate, nil) }

// EnsureRouter gives kube-router its rights.
func (c *Client) EnsureRouter(ctx context.Context, kubectl string) error {
	wanted, err := routerObjects()
	if err != nil {
		return err
	}
	return c.ensure(ctx, "the rights of kube-router", routerRole, wanted, kubectl)
}
