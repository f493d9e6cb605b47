package commands

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"k8s-web/embedded/cluster/internal/kube"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/supervisor"
)

// Status prints what runs; it fails when something is not as it should be.
func Status(ctx context.Context) error {
	if err := requireRoot("embedded status"); err != nil {
		return err
	}
	status, err := supervisor.GetStatus(ctx)
	if err != nil {
		fmt.Println("The cluster is not running. Next: make up")
		return ErrUnhealthy
	}
	next := printComponents(status)
	if hint := printPods(ctx); next == "" {
		next = hint
	}
	if next == "" {
		return nil
	}
	fmt.Printf("\nNext: %s\n", next)
	return ErrUnhealthy
}

// printComponents returns the next command, "" when all are healthy.
func printComponents(status supervisor.Status) string {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tPID\tUP\tRESTARTS\tHEALTHY")
	fmt.Fprintf(table, "%s\t%d\t%s\t\tyes\n", supervisor.Name, status.Process.Pid, since(status.Since))
	next := ""
	for _, c := range status.Components {
		pid, up, healthy := "-", "-", "yes"
		if c.Pid != 0 {
			pid, up = fmt.Sprint(c.Pid), since(c.Since)
		}
		if !c.Healthy {
			healthy, next = "no: "+c.Problem, "make logs WHAT="+c.Name
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", c.Name, pid, up, c.Restarts, healthy)
	}
	table.Flush()
	return next
}

func since(t time.Time) string { return time.Since(t).Round(time.Second).String() }

// printPods returns the next command, "" when the node and all pods are ready.
func printPods(ctx context.Context) string {
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
	problem, err := client.NodeProblem(ctx)
	if err != nil {
		fmt.Printf("\nThe API server does not answer: %v\n", err)
		return "make logs WHAT=kube-apiserver"
	}
	if problem != "" {
		fmt.Printf("\nNode: %s\n", problem)
		return "make logs WHAT=kubelet"
	}
	pods, err := client.Pods(ctx)
	if err != nil {
		fmt.Printf("\nPods: %v\n", err)
		return "make logs WHAT=kube-apiserver"
	}
	return printUnready(pods)
}

func printUnready(pods []kube.Pod) string {
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
		fmt.Printf("\nNode ready, all %d pods ready.\n", len(pods))
	}
	return next
}
