package tlsprovider

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

type outputs = map[resource.PropertyKey]string

var curves = map[string]elliptic.Curve{
	"P224": elliptic.P224(), "P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521(),
}

// uses are the names of what a certificate may be used for. Those of the extended kind are in extendedUses.
var uses = map[string]x509.KeyUsage{
	"digital_signature":  x509.KeyUsageDigitalSignature,
	"content_commitment": x509.KeyUsageContentCommitment,
	"key_encipherment":   x509.KeyUsageKeyEncipherment,
	"data_encipherment":  x509.KeyUsageDataEncipherment,
	"key_agreement":      x509.KeyUsageKeyAgreement,
	"cert_signing":       x509.KeyUsageCertSign,
	"crl_signing":        x509.KeyUsageCRLSign,
	"encipher_only":      x509.KeyUsageEncipherOnly,
	"decipher_only":      x509.KeyUsageDecipherOnly,
}

var extendedUses = map[string]x509.ExtKeyUsage{
	"any_extended":     x509.ExtKeyUsageAny,
	"server_auth":      x509.ExtKeyUsageServerAuth,
	"client_auth":      x509.ExtKeyUsageClientAuth,
	"code_signing":     x509.ExtKeyUsageCodeSigning,
	"email_protection": x509.ExtKeyUsageEmailProtection,
	"timestamping":     x509.ExtKeyUsageTimeStamping,
	"ocsp_signing":     x509.ExtKeyUsageOCSPSigning,
}

func createPrivateKey(inputs values, _ time.Time) (string, outputs, error) {
	key, block, err := generate(inputs)
	if err != nil {
		return "", nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", nil, err
	}
	sum := sha1.Sum(public)
	return hex.EncodeToString(sum[:]), outputs{
		"privateKeyPem":      string(pem.EncodeToMemory(block)),
		"privateKeyPemPkcs8": encode("PRIVATE KEY", pkcs8),
		"publicKeyPem":       encode("PUBLIC KEY", public),
	}, nil
}

// generate makes a key, and its traditional form.
func generate(inputs values) (crypto.Signer, *pem.Block, error) {
	algorithm, _ := inputs.text("algorithm")
	switch algorithm {
	case "ECDSA":
		name, _ := inputs.text("ecdsaCurve")
		curve, ok := curves[name]
		if !ok {
			return nil, nil, fmt.Errorf("ecdsaCurve %q is none of P224, P256, P384, P521", name)
		}
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		der, err := x509.MarshalECPrivateKey(key)
		return key, &pem.Block{Type: "EC PRIVATE KEY", Bytes: der}, err
	case "RSA":
		key, err := rsa.GenerateKey(rand.Reader, int(inputs.number("rsaBits")))
		if err != nil {
			return nil, nil, err
		}
		return key, &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}, nil
	case "ED25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return key, &pem.Block{Type: "PRIVATE KEY", Bytes: der}, err
	default:
		return nil, nil, fmt.Errorf("algorithm %q is none of RSA, ECDSA, ED25519", algorithm)
	}
}

func createCertRequest(inputs values, _ time.Time) (string, outputs, error) {
	key, algorithm, err := privateKey(inputs, "privateKeyPem")
	if err != nil {
		return "", nil, err
	}
	addresses, err := parseAddresses(inputs.texts("ipAddresses"))
	if err != nil {
		return "", nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: subject(inputs), DNSNames: inputs.texts("dnsNames"), IPAddresses: addresses,
	}, key)
	if err != nil {
		return "", nil, err
	}
	sum := sha1.Sum(der)
	return hex.EncodeToString(sum[:]), outputs{
		"certRequestPem": encode("CERTIFICATE REQUEST", der), "keyAlgorithm": algorithm,
	}, nil
}

func createSelfSigned(inputs values, now time.Time) (string, outputs, error) {
	key, algorithm, err := privateKey(inputs, "privateKeyPem")
	if err != nil {
		return "", nil, err
	}
	template, err := certificate(inputs, now)
	if err != nil {
		return "", nil, err
	}
	template.Subject, template.DNSNames = subject(inputs), inputs.texts("dnsNames")
	if template.IPAddresses, err = parseAddresses(inputs.texts("ipAddresses")); err != nil {
		return "", nil, err
	}
	if err := identify(template, inputs, key.Public()); err != nil {
		return "", nil, err
	}
	if inputs.flag("setAuthorityKeyId") {
		template.AuthorityKeyId = template.SubjectKeyId
	}
	return sign(template, template, key.Public(), key, "keyAlgorithm", algorithm)
}

func createLocallySigned(inputs values, now time.Time) (string, outputs, error) {
	authorityKey, algorithm, err := privateKey(inputs, "caPrivateKeyPem")
	if err != nil {
		return "", nil, err
	}
	der, err := decode(inputs, "caCertPem")
	if err != nil {
		return "", nil, err
	}
	authority, err := x509.ParseCertificate(der.Bytes)
	if err != nil {
		return "", nil, fmt.Errorf("caCertPem: %w", err)
	}
	if der, err = decode(inputs, "certRequestPem"); err != nil {
		return "", nil, err
	}
	request, err := x509.ParseCertificateRequest(der.Bytes)
	if err != nil {
		return "", nil, fmt.Errorf("certRequestPem: %w", err)
	}
	if err := request.CheckSignature(); err != nil {
		return "", nil, fmt.Errorf("certRequestPem: %w", err)
	}
	template, err := certificate(inputs, now)
	if err != nil {
		return "", nil, err
	}
	template.Subject, template.DNSNames, template.IPAddresses = request.Subject, request.DNSNames, request.IPAddresses
	if err := identify(template, inputs, request.PublicKey); err != nil {
		return "", nil, err
	}
	return sign(template, authority, request.PublicKey, authorityKey, "caKeyAlgorithm", algorithm)
}

// certificate is what all certificates have in common.
func certificate(inputs values, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: now, NotAfter: now.Add(inputs.hours("validityPeriodHours")),
		BasicConstraintsValid: true, IsCA: inputs.flag("isCaCertificate"),
	}
	for _, name := range inputs.texts("allowedUses") {
		use, known := uses[name]
		extended, knownToo := extendedUses[name]
		switch {
		case known:
			template.KeyUsage |= use
		case knownToo:
			template.ExtKeyUsage = append(template.ExtKeyUsage, extended)
		default:
			return nil, fmt.Errorf("allowedUses: %q is not known to the embedded tls provider", name)
		}
	}
	return template, nil
}

// identify gives the certificate the identifier of its key, which an authority has anyway.
func identify(template *x509.Certificate, inputs values, public any) error {
	if !template.IsCA && !inputs.flag("setSubjectKeyId") {
		return nil
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return err
	}
	sum := sha1.Sum(der)
	template.SubjectKeyId = sum[:]
	return nil
}

func sign(
	template, parent *x509.Certificate, public any, signer crypto.Signer, algorithmKey resource.PropertyKey, algorithm string,
) (string, outputs, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return "", nil, err
	}
	return template.SerialNumber.String(), outputs{
		"certPem": encode("CERTIFICATE", der), algorithmKey: algorithm,
		"validityStartTime": template.NotBefore.Format(time.RFC3339),
		"validityEndTime":   template.NotAfter.Format(time.RFC3339),
	}, nil
}

// privateKey reads a key in any of its usual forms, and names its algorithm.
func privateKey(inputs values, name resource.PropertyKey) (crypto.Signer, string, error) {
	block, err := decode(inputs, name)
	if err != nil {
		return nil, "", err
	}
	var key any
	switch block.Type {
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		// Without what the parser says, which could show a part of the key.
		return nil, "", fmt.Errorf("%s is no private key that can be read", name)
	}
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		return key, "ECDSA", nil
	case *rsa.PrivateKey:
		return key, "RSA", nil
	case ed25519.PrivateKey:
		return key, "ED25519", nil
	}
	return nil, "", fmt.Errorf("%s is of an algorithm that signs no certificates", name)
}

func subject(inputs values) pkix.Name {
	given := inputs.object("subject")
	one := func(key resource.PropertyKey) []string {
		if text, ok := given.text(key); ok {
			return []string{text}
		}
		return nil
	}
	name := pkix.Name{
		Organization: one("organization"), OrganizationalUnit: one("organizationalUnit"), Country: one("country"),
		Province: one("province"), Locality: one("locality"), PostalCode: one("postalCode"),
		StreetAddress: given.texts("streetAddresses"),
	}
	name.CommonName, _ = given.text("commonName")
	name.SerialNumber, _ = given.text("serialNumber")
	return name
}

func parseAddresses(texts []string) ([]net.IP, error) {
	var addresses []net.IP
	for _, text := range texts {
		address := net.ParseIP(text)
		if address == nil {
			return nil, fmt.Errorf("ipAddresses: %q is no IP address", text)
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

func decode(inputs values, name resource.PropertyKey) (*pem.Block, error) {
	text, ok := inputs.text(name)
	if !ok {
		return nil, errors.New(string(name) + " is missing")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New(string(name) + " is not PEM")
	}
	return block, nil
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
