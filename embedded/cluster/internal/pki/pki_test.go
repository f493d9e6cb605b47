package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"slices"
	"testing"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
)

func authority(t *testing.T) *pair {
	t.Helper()
	made, err := issue(nil, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestEveryLeafVerifies(t *testing.T) {
	n, err := layout.ParseNetwork("10.97")
	if err != nil {
		t.Fatal(err)
	}
	ca := authority(t)
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for _, l := range slices.Concat(controlPlaneLeaves(n), nodeLeaves(n, layout.FirstNode), nodeLeaves(n, 2)) {
		made, err := issue(ca, l.template())
		if err != nil {
			t.Fatal(err)
		}
		usage := x509.ExtKeyUsageClientAuth
		if len(l.hosts) > 0 {
			usage = x509.ExtKeyUsageServerAuth
		}
		for _, host := range append(l.hosts, "") {
			options := x509.VerifyOptions{Roots: roots, DNSName: host, KeyUsages: []x509.ExtKeyUsage{usage}}
			if _, err := made.cert.Verify(options); err != nil {
				t.Errorf("%s for %q: %v", l.name, host, err)
			}
		}
	}
}

func TestUsable(t *testing.T) {
	ca := authority(t)
	l := leaf{name: "x", commonName: "x", group: "g", hosts: []string{"localhost", "10.0.0.1"}}
	made, err := issue(ca, l.template())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if !usable(made.cert, l.template(), ca.cert, now) {
		t.Error("a fresh certificate is not usable")
	}
	if usable(made.cert, l.template(), ca.cert, now.Add(leafLife-renewBefore+time.Hour)) {
		t.Error("one close to its end is usable")
	}
	if usable(made.cert, l.template(), authority(t).cert, now) {
		t.Error("one of another authority is usable")
	}
	moved := l.template()
	moved.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 2)}
	if usable(made.cert, moved, ca.cert, now) {
		t.Error("one for another address is usable")
	}
}
