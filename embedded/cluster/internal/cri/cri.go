// Package cri asks the container runtime which containers run, and stops them when the kubelet, which would bring them
// back, has been stopped.
package cri

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s-web/embedded/cluster/internal/layout"
)

const (
	// graceAnnotation is how the kubelet notes a pod's grace period on its containers.
	graceAnnotation = "io.kubernetes.pod.terminationGracePeriod"
	defaultGrace    = 30 * time.Second
)

// StopPods asks all containers of a node to end, each within its pod's grace period, and then ends the pods' sandboxes.
// Pods and their volumes stay known to the kubelet, which starts them again at the next `up`.
func StopPods(ctx context.Context, node layout.Node, progress func(format string, args ...any)) error {
	connection, client, err := connect(node)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := stopContainers(ctx, client, progress); err != nil {
		return err
	}
	return stopSandboxes(ctx, client)
}

// Running returns the ids of all containers that run on a node.
func Running(ctx context.Context, node layout.Node) (map[string]bool, error) {
	connection, client, err := connect(node)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	containers, err := listRunning(ctx, client)
	ids := map[string]bool{}
	for _, container := range containers {
		ids[container.Id] = true
	}
	return ids, err
}

func connect(node layout.Node) (*grpc.ClientConn, runtime.RuntimeServiceClient, error) {
	connection, err := grpc.NewClient("unix://"+node.Seen(layout.ContainerdSocket), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, err
	}
	return connection, runtime.NewRuntimeServiceClient(connection), nil
}

func listRunning(ctx context.Context, client runtime.RuntimeServiceClient) ([]*runtime.Container, error) {
	running := &runtime.ContainerStateValue{State: runtime.ContainerState_CONTAINER_RUNNING}
	list, err := client.ListContainers(ctx, &runtime.ListContainersRequest{Filter: &runtime.ContainerFilter{State: running}})
	if err != nil {
		return nil, fmt.Errorf("list of the containers: %w", err)
	}
	return list.Containers, nil
}

func stopContainers(ctx context.Context, client runtime.RuntimeServiceClient, progress func(string, ...any)) error {
	containers, err := listRunning(ctx, client)
	if err != nil {
		return err
	}
	longest := time.Duration(0)
	for _, container := range containers {
		longest = max(longest, grace(container.Annotations))
	}
	if len(containers) > 0 {
		progress("stopping %d containers, for which they may take up to %d s", len(containers), int(longest.Seconds()))
	}
	var left atomic.Int64
	left.Store(int64(len(containers)))
	finished := make(chan struct{})
	defer close(finished)
	go reportLeft(&left, progress, finished)
	return forEach(containers, func(container *runtime.Container) error {
		defer left.Add(-1)
		period := grace(container.Annotations)
		ctx, cancel := context.WithTimeout(ctx, period+20*time.Second)
		defer cancel()
		_, err := client.StopContainer(ctx, &runtime.StopContainerRequest{ContainerId: container.Id, Timeout: int64(period.Seconds())})
		if err != nil {
			return fmt.Errorf("container %s: %w", container.Metadata.Name, err)
		}
		return nil
	})
}

func reportLeft(left *atomic.Int64, progress func(string, ...any), finished <-chan struct{}) {
	ticker := time.NewTicker(10 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-finished:
			return
		case <-ticker.C:
			progress("%d containers are still stopping", left.Load())
		}
	}
}

func stopSandboxes(ctx context.Context, client runtime.RuntimeServiceClient) error {
	list, err := client.ListPodSandbox(ctx, &runtime.ListPodSandboxRequest{})
	if err != nil {
		return fmt.Errorf("list of the pods: %w", err)
	}
	return forEach(list.Items, func(sandbox *runtime.PodSandbox) error {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		if _, err := client.StopPodSandbox(ctx, &runtime.StopPodSandboxRequest{PodSandboxId: sandbox.Id}); err != nil {
			return fmt.Errorf("pod %s: %w", sandbox.Metadata.Name, err)
		}
		return nil
	})
}

func grace(annotations map[string]string) time.Duration {
	seconds, err := strconv.Atoi(annotations[graceAnnotation])
	if err != nil || seconds < 0 {
		return defaultGrace
	}
	return time.Duration(seconds) * time.Second
}

// forEach does all at once and returns the first error.
func forEach[T any](items []T, do func(T) error) error {
	var group sync.WaitGroup
	problems := make(chan error, len(items))
	for _, item := range items {
		group.Go(func() {
			if err := do(item); err != nil {
				problems <- err
			}
		})
	}
	group.Wait()
	close(problems)
	return <-problems
}
