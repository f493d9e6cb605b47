package kube

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"strings"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
)

const (
	dnsDeployment = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
	dnsImage      = layout.Registry + "/coredns:1.15.0"
)

//go:embed dns.yaml
var dnsTemplate string

type dnsParameters struct {
	Domain, Image, Address, Upstreams, Node string
}

// dnsObjects are those of the cluster's DNS; without upstreams it answers for the cluster only.
func dnsObjects(n layout.Network, upstreams []string) (objects, error) {
	return render(dnsTemplate, dnsParameters{
		Domain: layout.ClusterDomain, Image: dnsImage, Address: n.DNS.String(), Upstreams: strings.Join(upstreams, " "),
		Node: layout.NodeName,
	})
}

type deployment struct {
	Metadata struct {
		Generation int64
	} `json:"metadata"`
	Status struct {
		ObservedGeneration, UpdatedReplicas, AvailableReplicas int64
	} `json:"status"`
}

// EnsureDNS applies the objects of the cluster's DNS unless the very same ones are there.
func (c *Client) EnsureDNS(ctx context.Context, n layout.Network, upstreams []string, kubectl string) error {
	wanted, err := dnsObjects(n, upstreams)
	if err != nil {
		return err
	}
	return c.ensure(ctx, "the cluster's DNS", dnsDeployment, wanted, kubectl)
}

// DNSProblem returns "" when the cluster's DNS answers. What the API server says of it may be from before a restart, so it
// is asked itself, through its Service.
func (c *Client) DNSProblem(ctx context.Context, n layout.Network) (string, error) {
	var d deployment
	if err := c.Get(ctx, dnsDeployment, &d); err != nil {
		return "", err
	}
	if d.Status.ObservedGeneration == d.Metadata.Generation && d.Status.UpdatedReplicas > 0 && d.Status.AvailableReplicas > 0 {
		return resolve(ctx, n), nil
	}
	pods, err := c.Pods(ctx)
	if err != nil {
		return "", err
	}
	for _, pod := range pods {
		if pod.Namespace == "kube-system" && strings.HasPrefix(pod.Name, "coredns-") && pod.Problem != "" {
			return fmt.Sprintf("pod %s: %s", pod.Name, pod.Problem), nil
		}
	}
	return "CoreDNS has no ready pod yet", nil
}

func resolve(ctx context.Context, n layout.Network) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(n.DNS.String(), "53"))
	}}
	// The dot at the end keeps the machine's own search domains out.
	if _, err := resolver.LookupHost(ctx, "kubernetes.default.svc."+layout.ClusterDomain+"."); err != nil {
		return fmt.Sprintf("the cluster's DNS does not answer: %v", err)
	}
	return ""
}
