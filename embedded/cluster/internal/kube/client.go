// Package kube asks the cluster's API server the few things that `up` and `status` want to know.
package kube

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/pki"
)

// ErrNotFound means that there is no such object.
var ErrNotFound = errors.New("not found")

// Client talks to the API server as the administrator.
type Client struct {
	base string
	http *http.Client
}

// NewClient needs the certificates only, not the API server.
func NewClient(n layout.Network) (*Client, error) {
	authority, err := os.ReadFile(pki.Cert("ca"))
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(pki.Cert("admin"), pki.Key("admin"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	config := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	return &Client{base: n.APIServer(), http: &http.Client{Transport: transport, Timeout: 10 * time.Second}}, nil
}

// Get reads an object or a list into a struct.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: %w", path, ErrNotFound)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s: %s", path, response.Status, strings.TrimSpace(string(body)))
	}
	return json.Unmarshal(body, into)
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func find(conditions []condition, kind string) condition {
	for _, c := range conditions {
		if c.Type == kind {
			return c
		}
	}
	return condition{Message: "no report yet"}
}

// NodeProblem returns "" when the node is Ready.
func (c *Client) NodeProblem(ctx context.Context, n layout.Node) (string, error) {
	var node struct {
		Status struct{ Conditions []condition } `json:"status"`
	}
	err := c.Get(ctx, "/api/v1/nodes/"+n.Name(), &node)
	if errors.Is(err, ErrNotFound) {
		return fmt.Sprintf("the kubelet has not registered node %s yet", n.Name()), nil
	}
	if err != nil {
		return "", err
	}
	ready := find(node.Status.Conditions, "Ready")
	if ready.Status == "True" {
		return "", nil
	}
	return strings.TrimSpace(fmt.Sprintf("node %s is not ready: %s", n.Name(), ready.Message)), nil
}

// Pod is what people want to know of a pod.
type Pod struct {
	Namespace, Name string
	// Problem is empty for a pod that is ready or done.
	Problem string
	// Containers are the runtime's ids of the containers that make the pod ready.
	Containers []string
}

// Pods returns all pods.
func (c *Client) Pods(ctx context.Context) ([]Pod, error) {
	var list struct {
		Items []struct {
			Metadata struct{ Namespace, Name string } `json:"metadata"`
			Status   podStatus                        `json:"status"`
		} `json:"items"`
	}
	if err := c.Get(ctx, "/api/v1/pods", &list); err != nil {
		return nil, err
	}
	var pods []Pod
	for _, item := range list.Items {
		pods = append(pods, Pod{item.Metadata.Namespace, item.Metadata.Name, item.Status.problem(), item.Status.containers()})
	}
	return pods, nil
}

type podStatus struct {
	Phase                 string            `json:"phase"`
	Reason                string            `json:"reason"`
	Conditions            []condition       `json:"conditions"`
	InitContainerStatuses []containerStatus `json:"initContainerStatuses"`
	ContainerStatuses     []containerStatus `json:"containerStatuses"`
}

type containerStatus struct {
	Name        string `json:"name"`
	ContainerID string `json:"containerID"`
	State       struct {
		Waiting *struct{ Reason, Message string } `json:"waiting"`
	} `json:"state"`
}

// containers is empty for a pod that is done.
func (s podStatus) containers() []string {
	if s.Phase == "Succeeded" {
		return nil
	}
	var ids []string
	for _, container := range s.ContainerStatuses {
		_, id, _ := strings.Cut(container.ContainerID, "://")
		ids = append(ids, id)
	}
	return ids
}

// problem prefers what a container waits for to the pod's general answer.
func (s podStatus) problem() string {
	ready := find(s.Conditions, "Ready")
	if s.Phase == "Succeeded" || ready.Status == "True" {
		return ""
	}
	for _, container := range append(s.InitContainerStatuses, s.ContainerStatuses...) {
		if w := container.State.Waiting; w != nil && w.Reason != "PodInitializing" && w.Reason != "ContainerCreating" {
			return strings.TrimSuffix(fmt.Sprintf("%s: %s: %s", container.Name, w.Reason, w.Message), ": ")
		}
	}
	if s.Reason != "" {
		return s.Reason
	}
	if scheduled := find(s.Conditions, "PodScheduled"); scheduled.Status == "False" {
		return scheduled.Message
	}
	return strings.TrimSuffix(fmt.Sprintf("%s: %s", s.Phase, ready.Message), ": ")
}
