package kube

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"text/template"

	"k8s-web/embedded/cluster/internal/layout"
)

const digestAnnotation = "k8s-web/digest"

// objects are some of the cluster's own, as a manifest, and the digest that one of them carries as its annotation.
type objects struct{ manifest, digest string }

// render fills in a template, in which `digest` stands for what tells this manifest from any other.
func render(text string, parameters any) (objects, error) {
	sum := sha256.Sum256(fmt.Append(nil, text, parameters))
	digest := fmt.Sprintf("%x", sum[:8])
	parsed, err := template.New("objects").Funcs(template.FuncMap{"digest": func() string { return digest }}).Parse(text)
	if err != nil {
		return objects{}, err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, parameters)
	return objects{out.String(), digest}, err
}

// ensure applies objects unless the one at path, which carries their digest, says that the very same ones are there.
func (c *Client) ensure(ctx context.Context, what, path string, wanted objects, kubectl string) error {
	var existing struct {
		Metadata struct{ Annotations map[string]string } `json:"metadata"`
	}
	err := c.Get(ctx, path, &existing)
	if err == nil && existing.Metadata.Annotations[digestAnnotation] == wanted.digest {
		return nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	cmd := exec.CommandContext(ctx, kubectl, "--kubeconfig", layout.Kubeconfig, "--cache-dir", layout.KubectlCache,
		"apply", "--server-side", "--force-conflicts", "--field-manager=k8s-web-embedded", "--filename=-")
	cmd.Stdin = strings.NewReader(wanted.manifest)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s could not be applied: %w\n%s", what, err, output)
	}
	return nil
}
