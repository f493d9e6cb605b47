package kube

import (
	"context"
	_ "embed"
	"encoding/base64"
	"os"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/pki"
)

const metricsService = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"

//go:embed metrics.yaml
var metricsTemplate string

type metricsParameters struct {
	Address, Authority string
	Port               int
}

// metricsObjects make metrics-server, which is a process of the first node, a part of the API; authority is PEM text.
func metricsObjects(n layout.Network, authority []byte) (objects, error) {
	return render(metricsTemplate, metricsParameters{
		Address: n.Node.String(), Port: layout.PortMetricsServer, Authority: base64.StdEncoding.EncodeToString(authority),
	})
}

// EnsureMetrics gives metrics-server its rights and its place in the API.
func (c *Client) EnsureMetrics(ctx context.Context, n layout.Network, kubectl string) error {
	authority, err := os.ReadFile(pki.Cert("ca"))
	if err != nil {
		return err
	}
	wanted, err := metricsObjects(n, authority)
	if err != nil {
		return err
	}
	return c.ensure(ctx, "the objects of metrics-server", metricsService, wanted, kubectl)
}
