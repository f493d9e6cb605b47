package provider

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"k8s-web/embedded/pulumi/internal/kube"
)

// rule is the path of a field that cannot change in place; "*" stands for any element of a list.
type rule []string

func parseRules(paths ...string) []rule {
	rules := make([]rule, 0, len(paths))
	for _, path := range paths {
		rules = append(rules, strings.Split(path, "."))
	}
	return rules
}

var (
	identityRules = parseRules("metadata.name", "metadata.namespace")
	secretRules   = parseRules("type", "stringData", "data")
	configRules   = parseRules("binaryData", "data")
)

// immutable are the fields for whose sake the official provider replaces an object, by kind and group. A
// ReplicationController has none: a changed template stays without effect on its pods.
var immutable = map[string][]rule{
	"Deployment.apps": parseRules("spec.selector"),
	"DaemonSet.apps":  parseRules("spec.selector"),
	"StatefulSet.apps": parseRules(
		"spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName",
		"spec.volumeClaimTemplates"),
	"Job.batch": parseRules("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
	"ClusterRoleBinding.rbac.authorization.k8s.io": parseRules("roleRef"),
	"RoleBinding.rbac.authorization.k8s.io":        parseRules("roleRef"),
	"StorageClass.storage.k8s.io":                  parseRules("parameters", "provisioner"),

	"PersistentVolumeClaim": parseRules(
		"spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"),
	"ResourceQuota": parseRules("spec.scopes"),
	"Secret":        parseRules("type"),
	"Service":       parseRules("spec.clusterIP"),
	"PersistentVolume": under("spec",
		"awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker",
		"gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk",
		"portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"),
	"Pod": slices.Concat(
		under("spec",
			"affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases",
			"hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead",
			"preemptionPolicy", "priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName",
			"schedulerName", "securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace",
			"subdomain", "terminationGracePeriodSeconds", "volumes"),
		containerRules("spec.containers.*"), containerRules("spec.initContainers.*")),
}

func under(parent string, fields ...string) []rule {
	paths := make([]string, 0, len(fields))
	for _, field := range fields {
		paths = append(paths, parent+"."+field)
	}
	return parseRules(paths...)
}

func containerRules(container string) []rule {
	return under(container,
		"args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe",
		"resources", "securityContext", "stdin", "stdinOnce", "terminationMessagePath", "terminationMessagePolicy",
		"tty", "volumeDevices", "volumeMounts", "workingDir")
}

// replacementRules are the fields of the object whose change makes a new object.
func (p *Provider) replacementRules(urn resource.URN, object *unstructured.Unstructured) []rule {
	if isPatch(urn, object) {
		return identityRules
	}
	fixed, _, _ := unstructured.NestedBool(object.Object, "immutable")
	switch {
	case kube.IsSecret(object) && (fixed || !p.config.enableSecretMutable):
		return slices.Concat(identityRules, secretRules)
	case kube.IsConfigMap(object) && (fixed || !p.config.enableConfigMapMutable):
		return slices.Concat(identityRules, configRules)
	}
	return slices.Concat(identityRules, immutable[object.GroupVersionKind().GroupKind().String()])
}

// requiresReplacement tells whether a change at the path touches a field that cannot change in place: at it, below it,
// or above it with the field inside the new value.
func requiresReplacement(rules []rule, path resource.PropertyPath, value any) bool {
	return slices.ContainsFunc(rules, func(r rule) bool { return r.touches(path, value) })
}

func (r rule) touches(path resource.PropertyPath, value any) bool {
	for i, step := range path {
		if i == len(r) {
			return true
		}
		if name, isName := step.(string); isName && name != r[i] || !isName && r[i] != "*" {
			return false
		}
	}
	// Taking away all metadata takes away the name.
	if _, deleted := value.(missing); deleted {
		return len(path) == len(r) || (len(path) == 1 && path[0] == "metadata")
	}
	return r[len(path):].isIn(value)
}

func (r rule) isIn(value any) bool {
	if len(r) == 0 {
		return true
	}
	switch value := value.(type) {
	case map[string]any:
		inner, ok := value[r[0]]
		return ok && r[1:].isIn(inner)
	case []any:
		return r[0] == "*" && slices.ContainsFunc(value, r[1:].isIn)
	}
	return false
}
