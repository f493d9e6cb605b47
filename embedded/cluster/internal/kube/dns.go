package kube

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"strings"
	"text/template"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
)

const (
	dnsDeployment    = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
	digestAnnotation = "k8s-web/digest"
	dnsImage         = layout.Registry + "/coredns:1.15.0"
)

//go:embed dns.yaml
var dnsTemplate string

type dnsParameters struct {
	Domain, Image, Address, Upstreams, Digest, Node string
}

// dnsManifest renders the objects of the cluster's DNS; without upstreams it answers for the cluster only.
func dnsManifest(n layout.Network, upstreams []string) (manifest, digest string, err error) {
	parsed, err := template.New("dns").Parse(dnsTemplate)
	if err != nil {
		return "", "", err
	}
	parameters := dnsParameters{
		Domain: layout.ClusterDomain, Image: dnsImage, Address: n.DNS.String(), Upstreams: strings.Join(upstreams, " "),
		Node: layout.NodeName,
	}
	sum := sha256.Sum256(fmt.Append(nil, dnsTemplate, parameters))
	parameters.Digest = fmt.Sprintf("%x", sum[:8])
	var out bytes.Buffer
	err = parsed.Execute(&out, parameters)
	return out.String(), parameters.Digest, err
}

type deployment struct {
	Metadata struct {
		Annotations map[string]string
		Generation  int64
	} `json:"metadata"`
	Status struct {
		ObservedGeneration, UpdatedReplicas, AvailableReplicas int64
	} `json:"status"`
}

// EnsureDNS applies the objects of the cluster's DNS unless the very same ones are there.
func (c *Client) EnsureDNS(ctx context.Context, n layout.Network, upstreams []string, kubectl string) error {
	manifest, digest, err := dnsManifest(n, upstreams)
	if err != nil {
		return err
	}
	var existing deployment
	err = c.Get(ctx, dnsDeployment, &existing)
	if err == nil && existing.Metadata.Annotations[digestAnnotation] == digest {
		return nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return apply(ctx, kubectl, "the cluster's DNS", manifest)
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
