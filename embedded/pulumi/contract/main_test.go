package contract

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const kubeconfigVariable = "K8S_WEB_TEST_KUBECONFIG"

// suite is what all tests share.
var suite struct {
	kubeconfig string
	namespace  string
	image      string
	binaries   string
	cluster    kubernetes.Interface
}

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests wait far more than they compute.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	suite.kubeconfig = os.Getenv(kubeconfigVariable)
	if suite.kubeconfig == "" {
		return m.Run(), nil
	}
	suite.image = os.Getenv("K8S_WEB_TEST_IMAGE")
	if suite.image == "" {
		suite.image = "debian:trixie-slim"
	}
	var err error
	if suite.binaries, err = os.MkdirTemp("", "contract"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(suite.binaries)
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", suite.binaries, "../cmd/...")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 1, fmt.Errorf("building the plugins: %w", err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", suite.kubeconfig)
	if err != nil {
		return 1, err
	}
	if suite.cluster, err = kubernetes.NewForConfig(config); err != nil {
		return 1, err
	}
	removed, err := makeNamespace()
	if err != nil {
		return 1, err
	}
	code := m.Run()
	return code, removed()
}

// makeNamespace makes the tests' namespace and returns how to remove it, with all that is in it.
func makeNamespace() (func() error, error) {
	ctx := context.Background()
	namespaces := suite.cluster.CoreV1().Namespaces()
	made, err := namespaces.Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "contract-"},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("making a namespace for the tests: %w", err)
	}
	suite.namespace = made.Name
	// Pods need the account that a controller makes.
	err = eventually(func(ctx context.Context) (bool, error) {
		_, err := suite.cluster.CoreV1().ServiceAccounts(made.Name).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, ignoreMissing(err)
	})
	return func() error {
		if err := namespaces.Delete(ctx, made.Name, metav1.DeleteOptions{}); err != nil {
			return err
		}
		return eventually(func(ctx context.Context) (bool, error) {
			_, err := namespaces.Get(ctx, made.Name, metav1.GetOptions{})
			return apierrors.IsNotFound(err), ignoreMissing(err)
		})
	}, err
}

func eventually(condition func(context.Context) (bool, error)) error {
	return wait.PollUntilContextTimeout(context.Background(), 200*time.Millisecond, 2*time.Minute, true, condition)
}

func ignoreMissing(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func needCluster(t *testing.T) {
	t.Helper()
	if suite.kubeconfig == "" {
		t.Skipf("set %s to the kubeconfig of a cluster for tests", kubeconfigVariable)
	}
}

func binary(name string) string { return filepath.Join(suite.binaries, name) }
