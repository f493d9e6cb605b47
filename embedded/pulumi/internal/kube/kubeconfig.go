package kube

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Selection says which cluster is meant. Kubeconfig is a path or the content of such a file; when it is empty, the file
// is the one that kubectl would take.
type Selection struct {
	Kubeconfig string
	Context    string
	Cluster    string
	Namespace  string
}

// Resolve finds the server, the credentials and the default namespace that the selection means.
func (s Selection) Resolve() (*rest.Config, string, error) {
	overrides := &clientcmd.ConfigOverrides{
		CurrentContext: s.Context,
		Context:        clientcmdapi.Context{Cluster: s.Cluster, Namespace: s.Namespace},
	}
	var loaded clientcmd.ClientConfig
	if s.Kubeconfig == "" {
		loaded = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
			clientcmd.NewDefaultClientConfigLoadingRules(), overrides)
	} else {
		parsed, err := ParseKubeconfig(s.Kubeconfig)
		if err != nil {
			return nil, "", err
		}
		loaded = clientcmd.NewDefaultClientConfig(*parsed, overrides)
	}
	config, err := loaded.ClientConfig()
	if err != nil {
		return nil, "", err
	}
	namespace, _, err := loaded.Namespace()
	if err != nil {
		return nil, "", err
	}
	return config, namespace, nil
}

// ParseKubeconfig reads a kubeconfig from a path, in which "~" is the home directory, or from its content.
func ParseKubeconfig(pathOrContent string) (*clientcmdapi.Config, error) {
	path := pathOrContent
	if path == "~" || strings.HasPrefix(path, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("kubeconfig %s: %w", path, err)
		}
		path = filepath.Join(home, strings.TrimPrefix(path, "~"))
	}
	if _, err := os.Stat(path); err == nil {
		return clientcmd.LoadFromFile(path)
	}
	config, err := clientcmd.Load([]byte(pathOrContent))
	if err != nil && !strings.Contains(pathOrContent, "\n") {
		return nil, fmt.Errorf("kubeconfig %q is neither a file nor the content of one: %w", pathOrContent, err)
	}
	return config, err
}

// ActiveCluster is the server that a kubeconfig leads to, or nil when it cannot be told.
func ActiveCluster(config *clientcmdapi.Config, context, cluster string) *clientcmdapi.Cluster {
	if context == "" {
		context = config.CurrentContext
	}
	if cluster == "" {
		active := config.Contexts[context]
		if active == nil {
			return nil
		}
		cluster = active.Cluster
	}
	return config.Clusters[cluster]
}
