// Package pki makes the cluster's certificates and kubeconfigs and renews them before they expire.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
)

const (
	authorityLife = 20 * 365 * 24 * time.Hour
	leafLife      = 2 * 365 * 24 * time.Hour
	// renewBefore leaves a cluster that nobody restarts for months some time.
	renewBefore = 180 * 24 * time.Hour
)

// leaf is one certificate: for a server when it has hosts, for a client otherwise. Some are both.
type leaf struct {
	name, authority        string
	commonName, group      string
	hosts                  []string
	alsoClient, kubeconfig bool
}

const (
	clusterAuthority = "ca"
	etcdAuthority    = "etcd-ca"
	proxyAuthority   = "front-proxy-ca"
)

func controlPlaneLeaves(n layout.Network) []leaf {
	node, domain := n.Node.String(), layout.ClusterDomain
	return []leaf{
		{name: "etcd", authority: etcdAuthority, commonName: "etcd", hosts: []string{"localhost", "127.0.0.1"}, alsoClient: true},
		{name: "apiserver-etcd-client", authority: etcdAuthority, commonName: "apiserver"},
		{name: "apiserver", authority: clusterAuthority, commonName: "kube-apiserver", hosts: []string{
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + domain,
			"localhost", "127.0.0.1", node, n.API.String(),
		}},
		{name: "apiserver-kubelet-client", authority: clusterAuthority, commonName: "apiserver-kubelet-client", group: "system:masters"},
		{name: "front-proxy-client", authority: proxyAuthority, commonName: "front-proxy-client"},
		{name: "metrics-server-serving", authority: clusterAuthority, commonName: "metrics-server", hosts: []string{
			"metrics-server.kube-system.svc", node,
		}},
		{name: "metrics-server", authority: clusterAuthority, commonName: "system:metrics-server", kubeconfig: true},
		{name: "admin", authority: clusterAuthority, commonName: "admin", group: "system:masters", kubeconfig: true},
		{name: "controller-manager", authority: clusterAuthority, commonName: "system:kube-controller-manager", kubeconfig: true},
		{name: "scheduler", authority: clusterAuthority, commonName: "system:kube-scheduler", kubeconfig: true},
	}
}

// nodeLeaves are those that every node has.
func nodeLeaves(n layout.Network, node layout.Node) []leaf {
	name := node.Name()
	return []leaf{
		{name: "kubelet-server", authority: clusterAuthority, commonName: name, hosts: []string{name, n.Address(node).String()}},
		{name: "proxy", authority: clusterAuthority, commonName: "system:kube-proxy", kubeconfig: true},
		{name: "router", authority: clusterAuthority, commonName: "system:kube-router", kubeconfig: true},
		{name: "kubelet", authority: clusterAuthority, commonName: "system:node:" + name, group: "system:nodes", kubeconfig: true},
	}
}

// Cert and Key name the files of a certificate.
func Cert(name string) string { return filepath.Join(layout.PKIDir, name+".crt") }

// Key is the private key that goes with Cert.
func Key(name string) string { return filepath.Join(layout.PKIDir, name+".key") }

// KubeconfigOf is the kubeconfig of a component.
func KubeconfigOf(name string) string { return filepath.Join(layout.EtcDir, name+".kubeconfig") }

// Ensure makes what is missing, broken, close to its end or made for another address.
func Ensure(n layout.Network) error {
	authorities := map[string]*pair{}
	for _, name := range []string{clusterAuthority, etcdAuthority, proxyAuthority} {
		authority, err := ensureAuthority(name)
		if err != nil {
			return fmt.Errorf("certificate authority %s: %w", name, err)
		}
		authorities[name] = authority
	}
	if err := ensureServiceAccountKey(); err != nil {
		return fmt.Errorf("key of the service accounts: %w", err)
	}
	all := append(controlPlaneLeaves(n), nodeLeaves(n, layout.FirstNode)...)
	return ensureLeaves(n, layout.FirstNode, all, authorities)
}

// EnsureNode makes what a node other than the first needs; the authorities' keys stay with the first.
func EnsureNode(n layout.Network, node layout.Node) error {
	authority, err := load(layout.FirstNode, clusterAuthority)
	if err != nil {
		return fmt.Errorf("certificate authority %s: %w", clusterAuthority, err)
	}
	if err := files.Write(node.Seen(Cert(clusterAuthority)), authority.certPEM); err != nil {
		return err
	}
	return ensureLeaves(n, node, nodeLeaves(n, node), map[string]*pair{clusterAuthority: authority})
}

func ensureLeaves(n layout.Network, node layout.Node, leaves []leaf, authorities map[string]*pair) error {
	for _, l := range leaves {
		made, err := ensureLeaf(node, l, authorities[l.authority])
		if err != nil {
			return fmt.Errorf("certificate %s of %s: %w", l.name, node.Name(), err)
		}
		if !l.kubeconfig {
			continue
		}
		file := KubeconfigOf(l.name)
		if l.name == "admin" {
			file = layout.Kubeconfig
		}
		if err := writeKubeconfig(node.Seen(file), n, l.name, authorities[clusterAuthority].certPEM, made); err != nil {
			return err
		}
	}
	return nil
}

type pair struct {
	cert            *x509.Certificate
	key             *ecdsa.PrivateKey
	certPEM, keyPEM []byte
}

func load(node layout.Node, name string) (*pair, error) {
	certPEM, err := os.ReadFile(node.Seen(Cert(name)))
	if err != nil {
		return nil, err
	}
	keyPEM, err := os.ReadFile(node.Seen(Key(name)))
	if err != nil {
		return nil, err
	}
	certBlock, _ := pem.Decode(certPEM)
	key, err := parseKey(keyPEM)
	if certBlock == nil || err != nil {
		return nil, errors.New("not PEM")
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, err
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the key belongs to another certificate")
	}
	return &pair{cert, key, certPEM, keyPEM}, nil
}

func parseKey(data []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not PEM")
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

func expiresSoon(cert *x509.Certificate, now time.Time) bool {
	return now.Add(renewBefore).After(cert.NotAfter)
}

func ensureAuthority(name string) (*pair, error) {
	if existing, err := load(layout.FirstNode, name); err == nil && !expiresSoon(existing.cert, time.Now()) {
		return existing, nil
	}
	return sign(layout.FirstNode, name, nil, &x509.Certificate{
		Subject:               pkix.Name{CommonName: "k8s-web " + name},
		NotAfter:              time.Now().Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	})
}

func ensureLeaf(node layout.Node, l leaf, authority *pair) (*pair, error) {
	template := l.template()
	if existing, err := load(node, l.name); err == nil && usable(existing.cert, template, authority.cert, time.Now()) {
		return existing, nil
	}
	return sign(node, l.name, authority, template)
}

func (l leaf) template() *x509.Certificate {
	template := &x509.Certificate{
		Subject:  pkix.Name{CommonName: l.commonName},
		NotAfter: time.Now().Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if l.group != "" {
		template.Subject.Organization = []string{l.group}
	}
	for _, host := range l.hosts {
		if address := net.ParseIP(host); address != nil {
			template.IPAddresses = append(template.IPAddresses, address.To4())
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	if len(l.hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if len(l.hosts) == 0 || l.alsoClient {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	return template
}

// usable tells whether an existing certificate is as good as one made now.
func usable(existing, wanted, authority *x509.Certificate, now time.Time) bool {
	return !expiresSoon(existing, now) &&
		existing.CheckSignatureFrom(authority) == nil &&
		existing.Subject.String() == wanted.Subject.String() &&
		slices.Equal(existing.DNSNames, wanted.DNSNames) &&
		slices.EqualFunc(existing.IPAddresses, wanted.IPAddresses, net.IP.Equal)
}

// sign makes a certificate and saves it with its key.
func sign(node layout.Node, name string, authority *pair, template *x509.Certificate) (*pair, error) {
	made, err := issue(authority, template)
	if err != nil {
		return nil, err
	}
	if err := files.Write(node.Seen(Key(name)), made.keyPEM); err != nil {
		return nil, err
	}
	return made, files.Write(node.Seen(Cert(name)), made.certPEM)
}

// issue makes a key and its certificate; without an authority the certificate signs itself.
func issue(authority *pair, template *x509.Certificate) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	// Machines that are resumed may have a clock that is a little behind.
	template.NotBefore = time.Now().Add(-time.Hour)
	issuer, issuerKey := template, key
	if authority != nil {
		issuer, issuerKey = authority.cert, authority.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, issuerKey)
	if err != nil {
		return nil, err
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	cert, err := x509.ParseCertificate(der)
	return &pair{cert, key, certPEM, keyPEM}, err
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), err
}

// ServiceAccount names the key that signs the tokens of pods; a new one would invalidate them all.
const ServiceAccount = "service-account"

func ensureServiceAccountKey() error {
	if existing, err := os.ReadFile(Key(ServiceAccount)); err == nil {
		if _, err := parseKey(existing); err == nil {
			return nil
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	data, err := encodeKey(key)
	if err != nil {
		return err
	}
	return files.Write(Key(ServiceAccount), data)
}
