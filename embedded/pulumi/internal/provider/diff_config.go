package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"k8s-web/embedded/pulumi/internal/kube"
)

// identifierKey is a setting by which a program vouches for the identity of the cluster.
const identifierKey = "clusterIdentifier"

// clusterKeys are the settings that say which cluster is meant.
var clusterKeys = []resource.PropertyKey{"kubeconfig", "context", "cluster"}

// DiffConfig replaces the provider, and with it all its resources, when it will lead to another cluster.
func (p *Provider) DiffConfig(
	_ context.Context, request *pulumirpc.DiffRequest,
) (*pulumirpc.DiffResponse, error) {
	before, err := unmarshal("DiffConfig.olds", request.GetOlds())
	if err != nil {
		return nil, err
	}
	after, err := unmarshal("DiffConfig.news", request.GetNews())
	if err != nil {
		return nil, err
	}
	return diffConfig(before, after)
}

func diffConfig(before, after resource.PropertyMap) (*pulumirpc.DiffResponse, error) {
	difference := before.Diff(after)
	if difference == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}
	changed := map[resource.PropertyKey]bool{}
	for _, key := range difference.ChangedKeys() {
		changed[key] = true
		response.Diffs = append(response.Diffs, string(key))
	}

	if difference.Updated(identifierKey) {
		response.Replaces = append(response.Replaces, identifierKey)
	} else if after.HasValue(identifierKey) && difference.Same(identifierKey) {
		return response, nil
	}
	for _, key := range clusterKeys {
		if after[key].ContainsUnknowns() {
			// It may be another cluster; assuming that it is not could lose track of what is in this one.
			response.Replaces = append(response.Replaces, string(key))
			return response, nil
		}
	}
	old, err := activeCluster(before)
	if err != nil {
		return nil, err
	}
	current, err := activeCluster(after)
	if err != nil {
		return nil, err
	}
	if old != nil && current != nil && !reflect.DeepEqual(old, current) {
		for _, key := range clusterKeys {
			if changed[key] {
				response.Replaces = append(response.Replaces, string(key))
			}
		}
	}
	return response, nil
}

func activeCluster(settings resource.PropertyMap) (*clientcmdapi.Cluster, error) {
	if settings["kubeconfig"].IsNull() {
		return nil, nil
	}
	kubeconfig, err := parseKubeconfig(plain(settings["kubeconfig"]))
	if err != nil {
		return nil, err
	}
	context, _ := plain(settings["context"]).(string)
	cluster, _ := plain(settings["cluster"]).(string)
	return kube.ActiveCluster(kubeconfig, context, cluster), nil
}

// parseKubeconfig takes what a program may give: a path, the content of a file, or that content as an object.
func parseKubeconfig(value any) (*clientcmdapi.Config, error) {
	switch value := value.(type) {
	case string:
		return kube.ParseKubeconfig(value)
	case map[string]any:
		content, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("kubeconfig: %w", err)
		}
		return kube.ParseKubeconfig(string(content))
	default:
		return nil, fmt.Errorf("kubeconfig cannot be a %T; give a path, or the content of a kubeconfig", value)
	}
}
