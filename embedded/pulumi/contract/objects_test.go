package contract

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

func parseYAML(t *testing.T, text string) map[string]any {
	t.Helper()
	object := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func configMap(t *testing.T, data string) resource.PropertyMap {
	return properties(t, `{apiVersion: v1, kind: ConfigMap, metadata: {labels: {app: contract}}, data: `+data+`}`)
}

func liveConfigMap(t *testing.T, name string) *corev1.ConfigMap {
	t.Helper()
	live, err := suite.cluster.CoreV1().ConfigMaps(suite.namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// patchByHand changes a ConfigMap the way `kubectl edit` does.
func patchByHand(t *testing.T, name, patch string) {
	t.Helper()
	_, err := suite.cluster.CoreV1().ConfigMaps(suite.namespace).Patch(t.Context(), name, types.MergePatchType,
		[]byte(patch), metav1.PatchOptions{FieldManager: "kubectl-edit"})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCreateAndDelete(t *testing.T) {
	p := start(t, nil)
	settings := p.thing("core/v1:ConfigMap", "settings")
	settings.mustCreate(configMap(t, `{a: "1"}`))

	if want := regexp.MustCompile(`^` + suite.namespace + `/settings-[0-9a-f]{8}$`); !want.MatchString(settings.id) {
		t.Errorf("ID %q", settings.id)
	}
	live := liveConfigMap(t, settings.name())
	if live.Data["a"] != "1" || live.Annotations["pulumi.com/autonamed"] != "true" {
		t.Errorf("live: %v %v", live.Data, live.Annotations)
	}
	if manager := live.ManagedFields[0].Manager; manager != "pulumi-kubernetes" {
		t.Errorf("created by %q", manager)
	}
	if uid := at(settings.state, "metadata", "uid").StringValue(); uid != string(live.UID) {
		t.Errorf("recorded uid %q", uid)
	}
	for key, want := range map[string]string{"__initialApiVersion": "^v1$", "__fieldManager": "^pulumi-kubernetes-[0-9a-f]{8}$"} {
		if got := at(settings.state, key).StringValue(); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s is %q", key, got)
		}
	}
	if got := at(settings.state, "__inputs", "data", "a"); got.StringValue() != "1" {
		t.Errorf("recorded inputs: %v", got)
	}
	if diff := settings.diff(configMap(t, `{a: "1"}`)); diff.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("the same arguments differ: %v", diff.GetDetailedDiff())
	}

	if err := settings.delete(); err != nil {
		t.Fatal(err)
	}
	_, err := suite.cluster.CoreV1().ConfigMaps(suite.namespace).Get(t.Context(), settings.name(), metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("after the deletion: %v", err)
	}
	if err := settings.delete(); err != nil {
		t.Errorf("deleting what is gone: %v", err)
	}
	if found, err := settings.refresh(); found || err != nil {
		t.Errorf("reading what is gone: %v, %v", found, err)
	}
}

func TestCreateKeepsOffWhatIsThere(t *testing.T) {
	p := start(t, nil)
	named := properties(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: taken}, data: {a: "1"}}`)
	p.thing("core/v1:ConfigMap", "first").mustCreate(named)
	mustSay(t, p.thing("core/v1:ConfigMap", "second").create(named), "already exists", "pulumi import")

	taking := start(t, map[string]string{"upsertExistingObjects": "true", "enablePatchForce": "true"})
	named["data"] = resource.NewObjectProperty(resource.PropertyMap{"a": resource.NewStringProperty("2")})
	taking.thing("core/v1:ConfigMap", "second").mustCreate(named)
	if live := liveConfigMap(t, "taken"); live.Data["a"] != "2" {
		t.Errorf("taken over: %v", live.Data)
	}
}

func TestPreviewTouchesNothing(t *testing.T) {
	p := start(t, nil)
	service := p.thing("core/v1:Service", "front")
	arguments := properties(t, `{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {ports: [{port: 80}]}}`)
	previewed, err := service.preview(arguments)
	if err != nil {
		t.Fatal(err)
	}
	if got := at(previewed, "spec", "sessionAffinity"); !got.IsString() || got.StringValue() != "None" {
		t.Errorf("the preview does not know the API server's defaults: %v", got)
	}
	if got := at(previewed, "status"); !got.IsNull() {
		t.Errorf("the preview knows a status: %v", got)
	}
	_, err = suite.cluster.CoreV1().Services(suite.namespace).Get(t.Context(), "front", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("after the preview: %v", err)
	}
	arguments["spec"] = resource.NewPropertyValue(map[string]any{"ports": []any{map[string]any{"port": 0.0}}})
	_, err = service.preview(arguments)
	mustSay(t, err, "spec.ports[0].port")

	settings := p.thing("core/v1:ConfigMap", "previewed")
	settings.mustCreate(configMap(t, `{a: "1"}`))
	before := liveConfigMap(t, settings.name()).ResourceVersion
	previewed, err = settings.preview(configMap(t, `{a: "2"}`))
	if err != nil || at(previewed, "data", "a").StringValue() != "2" {
		t.Errorf("preview of the update: %v, %v", previewed, err)
	}
	if after := liveConfigMap(t, settings.name()); after.ResourceVersion != before {
		t.Errorf("the preview changed the object: %v", after)
	}
}

func TestPreviewBeforeTheNamespaceExists(t *testing.T) {
	p := start(t, map[string]string{"namespace": "contract-not-there-yet"})
	previewed, err := p.thing("core/v1:ConfigMap", "early").preview(configMap(t, `{a: "1"}`))
	if err != nil || at(previewed, "data", "a").StringValue() != "1" {
		t.Errorf("%v, %v", previewed, err)
	}
}

func TestUnknownsInPreview(t *testing.T) {
	p := start(t, nil)
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	arguments := configMap(t, `{a: "1"}`)
	arguments["data"].ObjectValue()["b"] = unknown
	arguments["data"].ObjectValue()["c"] = resource.MakeSecret(unknown)
	previewed, err := p.thing("core/v1:ConfigMap", "unknown").preview(arguments)
	if err != nil {
		t.Fatal(err)
	}
	if !at(previewed, "data", "b").IsComputed() || at(previewed, "data", "a").StringValue() != "1" {
		t.Errorf("%v", previewed)
	}

	settings := p.thing("core/v1:ConfigMap", "becoming-unknown")
	settings.mustCreate(configMap(t, `{a: "1"}`))
	changes := settings.diff(arguments).GetDetailedDiff()
	if changes["data.b"].GetKind() != pulumirpc.PropertyDiff_ADD_REPLACE || changes["data.a"] != nil {
		t.Errorf("diff: %v", changes)
	}
	if previewed, err = settings.preview(arguments); err != nil || !at(previewed, "data", "b").IsComputed() {
		t.Errorf("preview of the update: %v, %v", previewed, err)
	}

	named := configMap(t, `{a: "1"}`)
	named["metadata"].ObjectValue()["name"] = unknown
	if got := p.thing("core/v1:ConfigMap", "unnamed").check(named); !at(got, "metadata", "name").IsComputed() {
		t.Errorf("a name that is not known yet became %v", at(got, "metadata", "name"))
	}
}

func TestSecretsStaySecret(t *testing.T) {
	p := start(t, map[string]string{"enableSecretMutable": "true"})
	const password = "correct-horse"
	hidden := func(value string) resource.PropertyMap {
		return resource.PropertyMap{
			"apiVersion": resource.NewStringProperty("v1"), "kind": resource.NewStringProperty("Secret"),
			"stringData": resource.NewObjectProperty(resource.PropertyMap{
				"password": resource.MakeSecret(resource.NewStringProperty(value)),
			}),
		}
	}
	mustHide := func(when string, properties resource.PropertyMap) {
		t.Helper()
		open, err := json.Marshal(openParts(resource.NewObjectProperty(properties)))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{password, "Y29ycmVjdC1ob3JzZQ"} {
			if strings.Contains(string(open), text) {
				t.Errorf("%s the password is in the open: %s", when, open)
			}
		}
	}
	credentials := p.thing("core/v1:Secret", "credentials")
	mustHide("after the check", credentials.check(hidden(password)))
	previewed, err := credentials.preview(hidden(password))
	if err != nil {
		t.Fatal(err)
	}
	mustHide("after the preview", previewed)
	credentials.mustCreate(hidden(password))
	mustHide("after the creation", credentials.state)
	credentials.mustUpdate(hidden(password + "-2"))
	mustHide("after the update", credentials.state)
	if _, err := credentials.refresh(); err != nil {
		t.Fatal(err)
	}
	mustHide("after the refresh", credentials.state)
	mustHide("in the refreshed inputs", credentials.inputs)

	live, err := suite.cluster.CoreV1().Secrets(suite.namespace).Get(t.Context(), credentials.name(), metav1.GetOptions{})
	if err != nil || string(live.Data["password"]) != password+"-2" {
		t.Errorf("live: %v, %v", live, err)
	}
	mutable := configMap(t, `{}`)
	mutable["data"].ObjectValue()["token"] = resource.MakeSecret(resource.NewStringProperty(password))
	settings := p.thing("core/v1:ConfigMap", "with-a-secret")
	settings.mustCreate(mutable)
	mustHide("in a ConfigMap", settings.state)
}

// openParts is a value without what is secret in it.
func openParts(value resource.PropertyValue) any {
	return value.MapRepl(nil, func(value resource.PropertyValue) (any, bool) {
		return "[secret]", value.IsSecret()
	})
}

func TestUpdate(t *testing.T) {
	p := start(t, map[string]string{"enableConfigMapMutable": "true"})
	settings := p.thing("core/v1:ConfigMap", "updated")
	settings.mustCreate(configMap(t, `{a: "1", b: "1"}`))
	name := settings.name()
	patchByHand(t, name, `{"data": {"theirs": "1"}}`)

	changes := settings.diff(configMap(t, `{a: "2", c: "1"}`))
	for path, want := range map[string]pulumirpc.PropertyDiff_Kind{
		"data.a": pulumirpc.PropertyDiff_UPDATE, "data.b": pulumirpc.PropertyDiff_DELETE, "data.c": pulumirpc.PropertyDiff_ADD,
	} {
		if got := changes.GetDetailedDiff()[path]; got == nil || got.GetKind() != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
	if len(changes.GetDetailedDiff()) != 3 || len(changes.GetReplaces()) != 0 {
		t.Errorf("%v", changes)
	}
	settings.mustUpdate(configMap(t, `{a: "2", c: "1"}`))
	if settings.name() != name {
		t.Errorf("the update changed the generated name %q to %q", name, settings.name())
	}
	live := liveConfigMap(t, name)
	if want := map[string]string{"a": "2", "c": "1", "theirs": "1"}; !equal(live.Data, want) {
		t.Errorf("%v, want %v", live.Data, want)
	}
	managers := map[string]metav1.ManagedFieldsOperationType{}
	for _, entry := range live.ManagedFields {
		managers[entry.Manager] = entry.Operation
	}
	manager := at(settings.state, "__fieldManager").StringValue()
	if managers[manager] != metav1.ManagedFieldsOperationApply || managers["pulumi-kubernetes"] != "" {
		t.Errorf("managers: %v, want %s to apply", managers, manager)
	}
}

func equal(a, b map[string]string) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func TestConflicts(t *testing.T) {
	p := start(t, map[string]string{"enableConfigMapMutable": "true"})
	settings := p.thing("core/v1:ConfigMap", "contested")
	settings.mustCreate(configMap(t, `{a: "1"}`))
	settings.mustUpdate(configMap(t, `{a: "2"}`))
	patchByHand(t, settings.name(), `{"data": {"a": "by hand"}}`)
	mustSay(t, settings.update(configMap(t, `{a: "3"}`)),
		"server-side apply field conflict detected", `"kubectl-edit"`, ".data.a")
	if _, err := settings.preview(configMap(t, `{a: "3"}`)); err == nil {
		t.Error("the preview does not announce the conflict")
	}
	forced := configMap(t, `{a: "3"}`)
	forced["metadata"].ObjectValue()["annotations"] =
		resource.NewPropertyValue(map[string]any{"pulumi.com/patchForce": "true"})
	settings.mustUpdate(forced)
	if live := liveConfigMap(t, settings.name()); live.Data["a"] != "3" {
		t.Errorf("forced: %v", live.Data)
	}
}

func TestReplacement(t *testing.T) {
	p := start(t, nil)
	generated := p.thing("core/v1:ConfigMap", "generated")
	generated.mustCreate(configMap(t, `{a: "1"}`))
	diff := generated.diff(configMap(t, `{a: "2"}`))
	if !slices.Equal(diff.GetReplaces(), []string{"data.a"}) || diff.GetDeleteBeforeReplace() {
		t.Errorf("generated name: %v", diff)
	}
	named := func(value string) resource.PropertyMap {
		return properties(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: named}, data: {a: "`+value+`"}}`)
	}
	fixed := p.thing("core/v1:ConfigMap", "fixed")
	fixed.mustCreate(named("1"))
	if diff := fixed.diff(named("2")); len(diff.GetReplaces()) != 1 || !diff.GetDeleteBeforeReplace() {
		t.Errorf("fixed name: %v", diff)
	}
	if diff := fixed.diff(named("2"), "data"); diff.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("ignored: %v", diff)
	}
}

func TestRefreshAfterAChangeByHand(t *testing.T) {
	p := start(t, map[string]string{"enableConfigMapMutable": "true"})
	settings := p.thing("core/v1:ConfigMap", "refreshed")
	arguments := configMap(t, `{a: "1"}`)
	settings.mustCreate(arguments)
	patchByHand(t, settings.name(), `{"data": {"a": "by hand", "b": "by hand"}}`)
	if found, err := settings.refresh(); !found || err != nil {
		t.Fatal(found, err)
	}
	if got := at(settings.inputs, "data", "a").StringValue(); got != "by hand" {
		t.Errorf("refreshed inputs: %q", got)
	}
	if !at(settings.inputs, "data", "b").IsNull() || at(settings.state, "data", "b").StringValue() != "by hand" {
		t.Error("what the program never set belongs to the state, not to the inputs")
	}
	changes := settings.diff(arguments).GetDetailedDiff()
	if len(changes) != 1 || changes["data.a"].GetKind() != pulumirpc.PropertyDiff_UPDATE {
		t.Errorf("%v", changes)
	}
}

func TestIgnoredChangesStayAsTheyAre(t *testing.T) {
	p := start(t, map[string]string{"enableConfigMapMutable": "true"})
	settings := p.thing("core/v1:ConfigMap", "left-alone")
	settings.mustCreate(configMap(t, `{a: "1", b: "1"}`))
	settings.mustUpdate(configMap(t, `{a: "2", b: "2"}`))
	patchByHand(t, settings.name(), `{"data": {"a": "by hand"}}`)
	settings.mustUpdate(configMap(t, `{a: "3", b: "3"}`), "data.a")
	if live := liveConfigMap(t, settings.name()); live.Data["a"] != "by hand" || live.Data["b"] != "3" {
		t.Errorf("%v", live.Data)
	}
}

func TestImport(t *testing.T) {
	p := start(t, nil)
	maps := suite.cluster.CoreV1().ConfigMaps(suite.namespace)
	existing, err := maps.Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "existing", Labels: map[string]string{"app": "contract"}},
		Data:       map[string]string{"a": "1"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = maps.Delete(context.Background(), existing.Name, metav1.DeleteOptions{}) })

	imported := p.thing("core/v1:ConfigMap", "imported")
	imported.id = suite.namespace + "/existing"
	if found, err := imported.refresh(); !found || err != nil {
		t.Fatal(found, err)
	}
	for _, key := range []string{"uid", "resourceVersion", "managedFields", "creationTimestamp"} {
		if !at(imported.inputs, "metadata", key).IsNull() {
			t.Errorf("imported inputs have metadata.%s", key)
		}
	}
	arguments := configMap(t, `{a: "1"}`)
	arguments["metadata"].ObjectValue()["name"] = resource.NewStringProperty("existing")
	if diff := imported.diff(arguments); diff.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("%v", diff.GetDetailedDiff())
	}
	missing := p.thing("core/v1:ConfigMap", "missing")
	missing.id = suite.namespace + "/missing"
	if found, err := missing.refresh(); found || err != nil {
		t.Errorf("importing what is not there: %v, %v", found, err)
	}
}

func TestPatchOfSomebodyElsesObject(t *testing.T) {
	p := start(t, nil)
	namespace := p.thing("core/v1:NamespacePatch", "labelled")
	arguments := properties(t, `{apiVersion: v1, kind: Namespace, metadata: {name: $NAMESPACE, labels: {ours: "1"}}}`)
	namespace.mustCreate(arguments)
	live, err := suite.cluster.CoreV1().Namespaces().Get(t.Context(), suite.namespace, metav1.GetOptions{})
	if err != nil || live.Labels["ours"] != "1" {
		t.Fatal(live, err)
	}
	if err := namespace.delete(); err != nil {
		t.Fatal(err)
	}
	live, err = suite.cluster.CoreV1().Namespaces().Get(t.Context(), suite.namespace, metav1.GetOptions{})
	if err != nil || live.Labels["ours"] != "" || live.DeletionTimestamp != nil {
		t.Error(live, err)
	}
}

func TestDeletionThatIsHeldUp(t *testing.T) {
	p := start(t, nil)
	held := p.thing("core/v1:ConfigMap", "held")
	arguments := configMap(t, `{a: "1"}`)
	arguments["metadata"].ObjectValue()["finalizers"] = resource.NewPropertyValue([]any{"contract.test/holds"})
	held.mustCreate(arguments)
	held.timeout = 2
	mustSay(t, held.delete(), "timed out", "still exists", "contract.test/holds")
	patchByHand(t, held.name(), `{"metadata": {"finalizers": null}}`)
	held.timeout = 60
	if err := held.delete(); err != nil {
		t.Errorf("after the finalizer has finished: %v", err)
	}
}

func TestUnreachableCluster(t *testing.T) {
	p := start(t, map[string]string{"context": "no-such-context"})
	settings := p.thing("core/v1:ConfigMap", "lost")
	mustSay(t, settings.create(configMap(t, `{a: "1"}`)), "cluster is unreachable", "no-such-context")
	settings.id, settings.state = "ns/lost", settings.inputs
	_, err := settings.refresh()
	mustSay(t, err, "PULUMI_K8S_DELETE_UNREACHABLE")
	mustSay(t, settings.delete(), "PULUMI_K8S_DELETE_UNREACHABLE")

	giving := start(t, map[string]string{"context": "no-such-context", "deleteUnreachable": "true"})
	lost := giving.thing("core/v1:ConfigMap", "lost")
	lost.id, lost.state, lost.inputs = settings.id, settings.state, settings.inputs
	if found, err := lost.refresh(); found || err != nil {
		t.Errorf("refresh: %v, %v", found, err)
	}
	if err := lost.delete(); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func TestWhatIsNotOffered(t *testing.T) {
	p := start(t, nil)
	_, err := p.client.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: "kubernetes:yaml:decode"})
	mustSay(t, err, "kubernetes:yaml:decode", "stand-in")
	_, err = p.client.Construct(t.Context(), &pulumirpc.ConstructRequest{Type: "kubernetes:helm.sh/v4:Chart"})
	mustSay(t, err, "kubernetes:helm.sh/v4:Chart", "official provider")
	response, err := p.client.CheckConfig(t.Context(), &pulumirpc.CheckRequest{
		Urn:  "urn:pulumi:dev::contract::pulumi:providers:kubernetes::x",
		News: p.thing("", "").marshal(resource.PropertyMap{"kubecontext": resource.NewStringProperty("x")}),
	})
	if err != nil || len(response.GetFailures()) != 1 {
		t.Errorf("unknown setting: %v, %v", response, err)
	}
}
