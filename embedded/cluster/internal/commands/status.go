package commands

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"k8s-web/embedded/cluster/internal/components"
	"k8s-web/embedded/cluster/internal/kube"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/node"
	"k8s-web/embedded/cluster/internal/proc"
	"k8s-web/embedded/cluster/internal/supervisor"
)

// Status prints what runs; it fails when something is not as it should be.
func Status(ctx context.Context) error {
	if err := requireRoot("embedded status"); err != nil {
		return err
	}
	status, err := supervisor.GetStatus(ctx, layout.FirstNode)
	if err != nil {
		fmt.Println("The cluster is not running. Next: make up")
		return ErrUnhealthy
	}
	others, err := otherNodes()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tPID\tUP\tRESTARTS\tHEALTHY")
	next := printComponents(table, layout.FirstNode, status)
	for _, other := range others {
		if hint := printNode(ctx, table, other); next == "" {
			next = hint
		}
	}
	table.Flush()
	if hint := printPods(ctx, others); next == "" {
		next = hint
	}
	if next == "" {
		return nil
	}
	fmt.Printf("\nNext: %s\n", next)
	return ErrUnhealthy
}

// printNode returns the next command, "" when all of a node's components are healthy.
func printNode(ctx context.Context, table io.Writer, other layout.Node) string {
	status, err := supervisor.GetStatus(ctx, other)
	if err != nil {
		fmt.Fprintf(table, "%s\t-\t-\t\tno: it does not run\n", componentName(other, supervisor.Name))
		return "make up"
	}
	holder, _, err := node.Find(other)
	if err == nil {
		err = outside(&status, holder)
	}
	if err != nil {
		fmt.Fprintf(table, "%s\t-\t-\t\tno: %v\n", componentName(other, supervisor.Name), err)
		return "make status"
	}
	return printComponents(table, other, status)
}

// outside puts the process ids as this machine sees them in the place of those that the node's supervisor sees.
func outside(status *supervisor.Status, holder proc.ID) error {
	pids, err := proc.Outside(holder.Pid)
	if err != nil {
		return err
	}
	status.Process.Pid = pids[status.Process.Pid]
	for i := range status.Components {
		status.Components[i].Pid = pids[status.Components[i].Pid]
	}
	return nil
}

// printComponents returns the next command, "" when all are healthy.
func printComponents(table io.Writer, n layout.Node, status supervisor.Status) string {
	fmt.Fprintf(table, "%s\t%d\t%s\t\tyes\n", componentName(n, supervisor.Name), status.Process.Pid, since(status.Since))
	next := ""
	for _, c := range status.Components {
		name, pid, up, healthy := componentName(n, c.Name), "-", "-", "yes"
		if c.Pid != 0 {
			pid, up = fmt.Sprint(c.Pid), since(c.Since)
		}
		if !c.Healthy {
			healthy, next = "no: "+c.Problem, "make logs WHAT="+name
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", name, pid, up, c.Restarts, healthy)
	}
	return next
}

func since(t time.Time) string { return time.Since(t).Round(time.Second).String() }

// printPods returns the next command, "" when all nodes and all pods are ready.
func printPods(ctx context.Context, others []layout.Node) string {
	n, err := layout.LoadNetwork()
	if err != nil {
		fmt.Printf("\n%v\n", err)
		return "make up"
	}
	client, err := kube.NewClient(n)
	if err != nil {
		fmt.Printf("\n%v\n", err)
		return "make up"
	}
	for _, n := range append([]layout.Node{layout.FirstNode}, others...) {
		problem, err := client.NodeProblem(ctx, n)
		if err != nil {
			fmt.Printf("\nThe API server does not answer: %v\n", err)
			return "make logs WHAT=" + components.APIServer
		}
		if problem != "" {
			fmt.Printf("\nNode: %s\n", problem)
			return "make logs WHAT=" + componentName(n, components.Kubelet)
		}
	}
	pods, err := client.Pods(ctx)
	if err != nil {
		fmt.Printf("\nPods: %v\n", err)
		return "make logs WHAT=kube-apiserver"
	}
	return printUnready(pods, 1+len(others))
}

func printUnready(pods []kube.Pod, nodes int) string {
	next := ""
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, pod := range pods {
		if pod.Problem == "" {
			continue
		}
		if next == "" {
			fmt.Fprintln(table, "\nNAMESPACE\tPOD NOT READY\tBECAUSE")
			next = "make logs WHAT=" + pod.Name
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", pod.Namespace, pod.Name, pod.Problem)
	}
	table.Flush()
	if next == "" {
		ready := "Node"
		if nodes > 1 {
			ready = fmt.Sprintf("All %d nodes", nodes)
		}
		fmt.Printf("\n%s ready, all %d pods ready.\n", ready, len(pods))
	}
	return next
}
