package contract

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// stack is the program of this folder, deployed through Pulumi's CLI with nothing of the user's.
type stack struct {
	t           *testing.T
	environment []string
}

func newStack(t *testing.T, settings map[string]string) stack {
	t.Helper()
	needCluster(t)
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "backend"), 0o700); err != nil {
		t.Fatal(err)
	}
	for program, installed := range map[string]string{
		"pulumi-resource-kubernetes": "resource-kubernetes-v4.34.2", "pulumi-language-nodejs": "language-nodejs-v3.246.0",
	} {
		directory := filepath.Join(home, "plugins", installed)
		if err := os.MkdirAll(directory, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(binary(program), filepath.Join(directory, program)); err != nil {
			t.Fatal(err)
		}
	}
	s := stack{t: t, environment: append(os.Environ(),
		// Installed plugins, not ones that happen to be on the PATH.
		"PULUMI_IGNORE_AMBIENT_PLUGINS=true", "PULUMI_HOME="+home,
		"PULUMI_BACKEND_URL=file://"+filepath.Join(home, "backend"), "PULUMI_CONFIG_PASSPHRASE=contract",
		"PULUMI_CONFIG_PASSPHRASE_FILE=", "PULUMI_OPTION_CONFIG_FILE="+filepath.Join(home, "Pulumi.yaml"),
		"PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
	)}
	s.must("stack", "init", "contract")
	arguments := []string{
		"config", "set-all", "--secret", "password=" + password,
		"--plaintext", "kubeconfig=" + suite.kubeconfig, "--plaintext", "namespace=" + suite.namespace,
	}
	for name, value := range settings {
		arguments = append(arguments, "--plaintext", name+"="+value)
	}
	s.must(arguments...)
	t.Cleanup(func() { s.must("destroy", "--yes", "--skip-preview") })
	return s
}

const password = "staple-battery"

func (s stack) run(arguments ...string) (string, error) {
	command := exec.Command("pulumi", append(arguments, "--non-interactive", "--cwd", "program")...)
	command.Env = s.environment
	output, err := command.CombinedOutput()
	return string(output), err
}

func (s stack) must(arguments ...string) string {
	s.t.Helper()
	output, err := s.run(arguments...)
	if err != nil {
		s.t.Fatalf("pulumi %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return output
}

func mustShow(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			t.Errorf("output does not show %q:\n%s", text, output)
		}
	}
}

func TestProgramThroughTheCLI(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	services := suite.cluster.CoreV1().Services(suite.namespace)

	mustShow(t, s.must("preview", "--diff"), "the program speaks", "kubernetes:core/v1:Service", "5 to create")
	if _, err := services.Get(t.Context(), "cli-front", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("after the preview: %v", err)
	}
	mustShow(t, s.must("up", "--yes", "--skip-preview"), "5 created")
	service, err := services.Get(t.Context(), "cli-front", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	live := liveConfigMap(t, "cli-settings")
	if live.Data["address"] != service.Spec.ClusterIP || net.ParseIP(live.Data["address"]) == nil {
		t.Errorf("the Service's address reached the program as %q", live.Data["address"])
	}
	mustShow(t, s.must("up", "--yes", "--skip-preview"), "5 unchanged")
	mustShow(t, s.must("preview", "--refresh", "--expect-no-changes"), "5 unchanged")
	if state := s.must("stack", "export"); strings.Contains(state, password) || strings.Contains(state, "c3RhcGxlLWJhdHRlcnk") {
		t.Error("the password stands in the state in plain text")
	}
	mustShow(t, s.must("stack", "output"), "[secret]")

	t.Run("a change in place", func(t *testing.T) {
		s.must("config", "set", "round", "second")
		mustShow(t, s.must("up", "--yes", "--skip-preview"), "1 updated", "4 unchanged")
	})
	t.Run("a change by hand is seen by a refresh and undone", func(t *testing.T) {
		_, err := suite.cluster.CoreV1().ConfigMaps(suite.namespace).Patch(t.Context(), "cli-settings",
			types.MergePatchType, []byte(`{"metadata": {"labels": {"round": null}}}`), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		mustShow(t, s.must("up", "--yes", "--skip-preview"), "5 unchanged")
		mustShow(t, s.must("up", "--yes", "--skip-preview", "--refresh"), "1 updated")
		if got := liveConfigMap(t, "cli-settings").Labels["round"]; got != "second" {
			t.Errorf("label %q", got)
		}
	})
	t.Run("another password replaces the Secret and what names it", func(t *testing.T) {
		before := secretNames(t)
		s.must("config", "set", "--secret", "password", password+"-2")
		// The ConfigMap has a fixed name, and its data cannot change in place: it goes before its successor comes.
		mustShow(t, s.must("up", "--yes", "--skip-preview"), "2 replaced", "settings deleted original")
		after := secretNames(t)
		if len(after) != 1 || slices.Equal(before, after) {
			t.Errorf("Secrets %v, before %v", after, before)
		}
	})
	t.Run("a deleted object is made again", func(t *testing.T) {
		if err := services.Delete(t.Context(), "cli-front", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		mustShow(t, s.must("up", "--yes", "--skip-preview", "--refresh"), "1 created")
	})
	t.Run("destroy leaves nothing", func(t *testing.T) {
		mustShow(t, s.must("destroy", "--yes", "--skip-preview"), "5 deleted")
		if names := secretNames(t); len(names) != 0 {
			t.Errorf("left: %v", names)
		}
	})
}

func secretNames(t *testing.T) []string {
	t.Helper()
	secrets, err := suite.cluster.CoreV1().Secrets(suite.namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, secret := range secrets.Items {
		if strings.HasPrefix(secret.Name, "credentials-") && string(secret.Data["password"][:len(password)]) == password {
			names = append(names, secret.Name)
		}
	}
	return names
}

func TestImportThroughTheCLI(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.environment = append(s.environment, "KUBECONFIG="+suite.kubeconfig)
	// Without generated code: that would take the schema of the official provider.
	s.must("import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false",
		"kubernetes:core/v1:ServiceAccount", "adopted", suite.namespace+"/default")
	var exported struct {
		Deployment struct {
			Resources []struct {
				ID     string         `json:"id"`
				Inputs map[string]any `json:"inputs"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal([]byte(s.must("stack", "export")), &exported); err != nil {
		t.Fatal(err)
	}
	for _, resource := range exported.Deployment.Resources {
		if resource.ID == suite.namespace+"/default" {
			if resource.Inputs["kind"] != "ServiceAccount" {
				t.Errorf("imported as %v", resource.Inputs)
			}
			s.must("state", "delete", "--yes", "urn:pulumi:contract::contract::kubernetes:core/v1:ServiceAccount::adopted")
			return
		}
	}
	t.Error("nothing was imported")
}

func TestFailingProgram(t *testing.T) {
	t.Parallel()
	s := newStack(t, map[string]string{"throw": "true"})
	output, err := s.run("preview")
	if err == nil {
		t.Error("the CLI succeeded")
	}
	mustShow(t, output, "the program speaks", "the program gives up")
	// The SDK has shown the error; the host must not add one of its own.
	if strings.Contains(output, "exit code") {
		t.Errorf("the error is reported twice:\n%s", output)
	}
}
