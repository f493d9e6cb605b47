package tlsprovider

import (
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const earlyRenewal resource.PropertyKey = "earlyRenewalHours"

// kind is one kind of resource: its inputs and outputs as the official provider has them.
type kind struct {
	required []resource.PropertyKey
	optional []resource.PropertyKey
	defaults resource.PropertyMap
	// secrets are those of the inputs and outputs that nobody may read.
	secrets []resource.PropertyKey
	outputs []resource.PropertyKey
	create  func(inputs values, now time.Time) (id string, outputs map[resource.PropertyKey]string, err error)
}

var (
	validity      = []resource.PropertyKey{"validityStartTime", "validityEndTime"}
	ofCertificate = resource.PropertyMap{
		earlyRenewal:      resource.NewProperty(0.0),
		"isCaCertificate": resource.NewProperty(false),
		"setSubjectKeyId": resource.NewProperty(false),
	}
)

// kinds are the resources, by their types.
var kinds = map[string]kind{
	"tls:index/privateKey:PrivateKey": {
		required: []resource.PropertyKey{"algorithm"},
		defaults: resource.PropertyMap{
			"ecdsaCurve": resource.NewProperty("P224"), "rsaBits": resource.NewProperty(2048.0),
		},
		secrets: []resource.PropertyKey{"privateKeyPem", "privateKeyPemPkcs8"},
		outputs: []resource.PropertyKey{"privateKeyPem", "privateKeyPemPkcs8", "publicKeyPem"},
		create:  createPrivateKey,
	},
	"tls:index/certRequest:CertRequest": {
		required: []resource.PropertyKey{"privateKeyPem"},
		optional: []resource.PropertyKey{"subject", "dnsNames", "ipAddresses"},
		secrets:  []resource.PropertyKey{"privateKeyPem"},
		outputs:  []resource.PropertyKey{"certRequestPem", "keyAlgorithm"},
		create:   createCertRequest,
	},
	"tls:index/selfSignedCert:SelfSignedCert": {
		required: []resource.PropertyKey{"privateKeyPem", "allowedUses", "validityPeriodHours"},
		optional: []resource.PropertyKey{"subject", "dnsNames", "ipAddresses"},
		defaults: with(ofCertificate, "setAuthorityKeyId", resource.NewProperty(false)),
		secrets:  []resource.PropertyKey{"privateKeyPem"},
		outputs:  append([]resource.PropertyKey{"certPem", "keyAlgorithm"}, validity...),
		create:   createSelfSigned,
	},
	"tls:index/locallySignedCert:LocallySignedCert": {
		required: []resource.PropertyKey{
			"certRequestPem", "caPrivateKeyPem", "caCertPem", "allowedUses", "validityPeriodHours",
		},
		defaults: ofCertificate,
		secrets:  []resource.PropertyKey{"caPrivateKeyPem"},
		outputs:  append([]resource.PropertyKey{"certPem", "caKeyAlgorithm"}, validity...),
		create:   createLocallySigned,
	},
}

func with(properties resource.PropertyMap, key resource.PropertyKey, value resource.PropertyValue) resource.PropertyMap {
	copied := properties.Copy()
	copied[key] = value
	return copied
}

func kindOf(urn string) (kind, error) {
	name := string(resource.URN(urn).Type())
	found, ok := kinds[name]
	if !ok {
		return kind{}, notOffered(name)
	}
	return found, nil
}

// inputs are all keys that a program may give, sorted.
func (k kind) inputs() []resource.PropertyKey {
	return slices.Sorted(slices.Values(slices.Concat(k.required, k.optional, k.defaults.StableKeys())))
}

// failures are what is wrong with the inputs' keys.
func (k kind) failures(inputs resource.PropertyMap) []*pulumirpc.CheckFailure {
	var failures []*pulumirpc.CheckFailure
	for _, key := range k.required {
		if !inputs.HasValue(key) {
			failures = append(failures, &pulumirpc.CheckFailure{Property: string(key), Reason: "it is required"})
		}
	}
	known := k.inputs()
	for _, key := range inputs.StableKeys() {
		if inputs.HasValue(key) && !slices.Contains(known, key) {
			failures = append(failures, &pulumirpc.CheckFailure{
				Property: string(key), Reason: fmt.Sprintf("the embedded tls provider knows %v only", known),
			})
		}
	}
	return failures
}

// unknown is what a preview shows of something that is not made yet.
func (k kind) unknown(inputs resource.PropertyMap) resource.PropertyMap {
	properties := inputs.Copy()
	for _, key := range k.outputs {
		properties[key] = resource.MakeComputed(resource.NewProperty(""))
	}
	return k.keepSecret(properties)
}

func (k kind) make(inputs resource.PropertyMap, now time.Time) (string, resource.PropertyMap, error) {
	id, outputs, err := k.create(values{inputs}, now)
	if err != nil {
		return "", nil, err
	}
	properties := inputs.Copy()
	for key, text := range outputs {
		properties[key] = resource.NewProperty(text)
	}
	if _, certificate := outputs["certPem"]; certificate {
		properties["readyForRenewal"] = resource.NewProperty(false)
	}
	return id, k.keepSecret(properties), nil
}

func (k kind) keepSecret(properties resource.PropertyMap) resource.PropertyMap {
	for _, key := range k.secrets {
		if value, ok := properties[key]; ok {
			properties[key] = resource.MakeSecret(plain(value))
		}
	}
	return properties
}

// dueForRenewal tells whether a certificate has come as near to its end as its renewal is early.
func dueForRenewal(made, wanted resource.PropertyMap, now time.Time) (bool, error) {
	text, certificate := values{made}.text("validityEndTime")
	if !certificate {
		return false, nil
	}
	end, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return false, fmt.Errorf("validityEndTime in the state: %w", err)
	}
	early := values{wanted}.hours(earlyRenewal)
	return !now.Before(end.Add(-early)), nil
}

// values reads inputs whether they are secret or not.
type values struct{ properties resource.PropertyMap }

func (v values) text(key resource.PropertyKey) (string, bool) {
	value := plain(v.properties[key])
	if !value.IsString() {
		return "", false
	}
	return value.StringValue(), true
}

func (v values) number(key resource.PropertyKey) float64 {
	if value := plain(v.properties[key]); value.IsNumber() {
		return value.NumberValue()
	}
	return 0
}

func (v values) hours(key resource.PropertyKey) time.Duration {
	return time.Duration(v.number(key) * float64(time.Hour))
}

func (v values) flag(key resource.PropertyKey) bool {
	value := plain(v.properties[key])
	return value.IsBool() && value.BoolValue()
}

func (v values) texts(key resource.PropertyKey) []string {
	value := plain(v.properties[key])
	if !value.IsArray() {
		return nil
	}
	var texts []string
	for _, element := range value.ArrayValue() {
		if element = plain(element); element.IsString() {
			texts = append(texts, element.StringValue())
		}
	}
	return texts
}

func (v values) object(key resource.PropertyKey) values {
	if value := plain(v.properties[key]); value.IsObject() {
		return values{value.ObjectValue()}
	}
	return values{}
}
