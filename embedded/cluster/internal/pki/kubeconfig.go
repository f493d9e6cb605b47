package pki

import (
	"encoding/json"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
)

// writeKubeconfig embeds the certificates, so that the file works wherever it is copied to. JSON is YAML too.
func writeKubeconfig(file string, n layout.Network, user string, authority []byte, client *pair) error {
	type object = map[string]any
	config := object{
		"apiVersion":      "v1",
		"kind":            "Config",
		"current-context": layout.Context,
		"clusters": []object{{"name": layout.Context, "cluster": object{
			"server": n.APIServer(), "certificate-authority-data": authority,
		}}},
		"users": []object{{"name": user, "user": object{
			"client-certificate-data": client.certPEM, "client-key-data": client.keyPEM,
		}}},
		"contexts": []object{{"name": layout.Context, "context": object{"cluster": layout.Context, "user": user}}},
	}
	data, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	return files.Write(file, append(data, '\n'))
}
