package tlsprovider

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

const hour = time.Hour

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// thing is one resource as the engine records it.
type thing struct {
	t             *testing.T
	provider      *Provider
	urn           string
	inputs, state resource.PropertyMap
}

func must(t *testing.T, properties *structpb.Struct, err error) resource.PropertyMap {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	unmarshalled, err := unmarshal("test", properties)
	if err != nil {
		t.Fatal(err)
	}
	return unmarshalled
}

func wire(t *testing.T, properties resource.PropertyMap) *structpb.Struct {
	t.Helper()
	marshalled, err := marshal(properties)
	if err != nil {
		t.Fatal(err)
	}
	return marshalled
}

func create(t *testing.T, provider *Provider, kind string, given map[string]any) *thing {
	t.Helper()
	lower := strings.ToLower(kind[:1]) + kind[1:]
	x := &thing{t: t, provider: provider, urn: "urn:pulumi:dev::p::tls:index/" + lower + ":" + kind + "::x"}
	checked, err := provider.Check(t.Context(), &pulumirpc.CheckRequest{
		Urn: x.urn, News: wire(t, resource.NewPropertyMapFromMap(given)),
	})
	if failures := checked.GetFailures(); len(failures) > 0 {
		t.Fatalf("failures: %v", failures)
	}
	x.inputs = must(t, checked.GetInputs(), err)
	created, err := provider.Create(t.Context(), &pulumirpc.CreateRequest{Urn: x.urn, Properties: wire(t, x.inputs)})
	x.state = must(t, created.GetProperties(), err)
	if created.GetId() == "" {
		t.Error("no id")
	}
	return x
}

func (x *thing) text(key resource.PropertyKey) string {
	x.t.Helper()
	text, ok := values{x.state}.text(key)
	if !ok {
		x.t.Fatalf("%s is not in the state", key)
	}
	return text
}

// diff lists what is replaced for inputs that are changed, and whether anything differs.
func (x *thing) diff(changes map[string]any) ([]string, bool) {
	x.t.Helper()
	news := x.inputs.Copy()
	for key, value := range changes {
		news[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
	}
	response, err := x.provider.Diff(x.t.Context(), &pulumirpc.DiffRequest{
		Urn: x.urn, Olds: wire(x.t, x.state), OldInputs: wire(x.t, x.inputs), News: wire(x.t, news),
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return response.GetReplaces(), response.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME
}

// authority is a key, its certificate, and a server's certificate that it signed.
func authority(t *testing.T, provider *Provider) (key, own, server *thing) {
	t.Helper()
	key = create(t, provider, "PrivateKey", map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	own = create(t, provider, "SelfSignedCert", map[string]any{
		"privateKeyPem": key.text("privateKeyPem"), "subject": map[string]any{"commonName": "authority"},
		"isCaCertificate": true, "setSubjectKeyId": true, "allowedUses": []any{"cert_signing"},
		"validityPeriodHours": 100000.0, "earlyRenewalHours": 20000.0,
	})
	serverKey := create(t, provider, "PrivateKey", map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	request := create(t, provider, "CertRequest", map[string]any{
		"privateKeyPem": serverKey.text("privateKeyPem"), "subject": map[string]any{"commonName": "server"},
		"dnsNames": []any{"server"}, "ipAddresses": []any{"10.0.0.1"},
	})
	server = create(t, provider, "LocallySignedCert", map[string]any{
		"certRequestPem": request.text("certRequestPem"), "caPrivateKeyPem": key.text("privateKeyPem"),
		"caCertPem": own.text("certPem"), "allowedUses": []any{"digital_signature", "server_auth"},
		"setSubjectKeyId": true, "validityPeriodHours": 100.0, "earlyRenewalHours": 10.0,
	})
	return key, own, server
}

func parse(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func at(now time.Time) *Provider { return &Provider{now: func() time.Time { return now }} }

func TestCertificates(t *testing.T) {
	key, own, server := authority(t, at(start))
	roots := x509.NewCertPool()
	roots.AddCert(parse(t, own.text("certPem")))
	certificate := parse(t, server.text("certPem"))
	for _, name := range []string{"server", "10.0.0.1"} {
		options := x509.VerifyOptions{Roots: roots, CurrentTime: start.Add(99 * hour), DNSName: name}
		if _, err := certificate.Verify(options); err != nil {
			t.Errorf("as %s: %v", name, err)
		}
	}
	for name, options := range map[string]x509.VerifyOptions{
		"another name":      {Roots: roots, CurrentTime: start, DNSName: "other"},
		"another use":       {Roots: roots, CurrentTime: start, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
		"after its end":     {Roots: roots, CurrentTime: start.Add(101 * hour)},
		"another authority": {Roots: x509.NewCertPool(), CurrentTime: start},
	} {
		if _, err := certificate.Verify(options); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if own := parse(t, own.text("certPem")); !own.IsCA || certificate.IsCA || len(own.SubjectKeyId) == 0 ||
		!slices.Equal(own.SubjectKeyId, certificate.AuthorityKeyId) {
		t.Error("the chain is not marked as one")
	}
	if key.text("privateKeyPem") == server.text("certPem") || !key.state["privateKeyPem"].IsSecret() ||
		!own.state["privateKeyPem"].IsSecret() || !server.state["caPrivateKeyPem"].IsSecret() {
		t.Error("a private key is not secret in the state")
	}
}

// A new certificate of the same authority: those who have the old one trust what is signed under the new one, and the
// other way round.
func TestRenewedAuthority(t *testing.T) {
	key, old, signed := authority(t, at(start))
	inputs := map[string]any{}
	for name, value := range old.inputs.Mappable() {
		inputs[name] = value
	}
	inputs["privateKeyPem"] = key.text("privateKeyPem")
	renewed := create(t, at(start.Add(hour)), "SelfSignedCert", inputs)
	if renewed.text("certPem") == old.text("certPem") {
		t.Fatal("nothing was renewed")
	}
	roots := x509.NewCertPool()
	roots.AddCert(parse(t, renewed.text("certPem")))
	certificate := parse(t, signed.text("certPem"))
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: start.Add(2 * hour)}); err != nil {
		t.Error(err)
	}
}

func TestDiff(t *testing.T) {
	key, _, server := authority(t, at(start))
	for _, test := range []struct {
		name    string
		of      *thing
		changes map[string]any
		after   time.Duration
		want    []string
		differs bool
	}{
		{name: "nothing", of: server, after: 89 * hour},
		{name: "the time for renewal", of: server, after: 90 * hour, want: []string{"readyForRenewal"}, differs: true},
		{name: "the end", of: server, after: 200 * hour, want: []string{"readyForRenewal"}, differs: true},
		{name: "an earlier renewal, not due", of: server, changes: map[string]any{"earlyRenewalHours": 20.0}, differs: true},
		{
			name: "an earlier renewal, due", of: server, after: 85 * hour,
			changes: map[string]any{"earlyRenewalHours": 20.0}, want: []string{"readyForRenewal"}, differs: true,
		},
		{
			name: "another validity", of: server, changes: map[string]any{"validityPeriodHours": 99.0},
			want: []string{"validityPeriodHours"}, differs: true,
		},
		{name: "a key never ends", of: key, after: 1000000 * hour},
		{
			name: "another algorithm", of: key, changes: map[string]any{"algorithm": "RSA"},
			want: []string{"algorithm"}, differs: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			of := *test.of
			of.t, of.provider = t, at(start.Add(test.after))
			got, differs := of.diff(test.changes)
			if !slices.Equal(got, test.want) || differs != test.differs {
				t.Errorf("replaced for %v, differs %v", got, differs)
			}
		})
	}
}

func TestUpdateKeepsTheCertificate(t *testing.T) {
	_, _, server := authority(t, at(start))
	news := server.inputs.Copy()
	news[earlyRenewal] = resource.NewProperty(20.0)
	updated, err := server.provider.Update(t.Context(), &pulumirpc.UpdateRequest{
		Urn: server.urn, Olds: wire(t, server.state), News: wire(t, news),
	})
	state := must(t, updated.GetProperties(), err)
	if text, _ := (values{state}).text("certPem"); text != server.text("certPem") {
		t.Error("another certificate")
	}
	if got := (values{state}).hours(earlyRenewal); got != 20*hour {
		t.Errorf("early renewal %v", got)
	}
}

func TestPreviewKnowsNoKey(t *testing.T) {
	provider := at(start)
	response, err := provider.Create(t.Context(), &pulumirpc.CreateRequest{
		Urn: "urn:pulumi:dev::p::tls:index/privateKey:PrivateKey::x", Preview: true,
		Properties: wire(t, resource.PropertyMap{"algorithm": resource.NewProperty("RSA")}),
	})
	properties := must(t, response.GetProperties(), err)
	if !properties["privateKeyPem"].ContainsUnknowns() || !properties["privateKeyPem"].IsSecret() {
		t.Errorf("privateKeyPem is %v", properties["privateKeyPem"])
	}
}

func TestRefusals(t *testing.T) {
	provider := at(start)
	checked, err := provider.Check(t.Context(), &pulumirpc.CheckRequest{
		Urn:  "urn:pulumi:dev::p::tls:index/certRequest:CertRequest::x",
		News: wire(t, resource.PropertyMap{"dnsName": resource.NewProperty("x")}),
	})
	if err != nil || len(checked.GetFailures()) != 2 {
		t.Errorf("%v, failures %v", err, checked.GetFailures())
	}
	_, err = provider.Check(t.Context(), &pulumirpc.CheckRequest{Urn: "urn:pulumi:dev::p::tls:index/other:Other::x"})
	if err == nil || !strings.Contains(err.Error(), "embedded stand-in") {
		t.Errorf("another kind: %v", err)
	}
	_, _, err = createCertRequest(values{resource.PropertyMap{"privateKeyPem": resource.NewProperty("s3cret")}}, start)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a key that is none: %v", err)
	}
}
