package commands

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s-web/embedded/cluster/internal/components"
	"k8s-web/embedded/cluster/internal/console"
	"k8s-web/embedded/cluster/internal/cri"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/machine"
	"k8s-web/embedded/cluster/internal/network"
	"k8s-web/embedded/cluster/internal/node"
	"k8s-web/embedded/cluster/internal/supervisor"
)

// containerGrace is for containers whose own grace period nobody can tell any more.
const containerGrace = 30 * time.Second

// Down stops the cluster and puts the machine back; data, images and settings stay in the state directory.
func Down(ctx context.Context) error {
	if !exists(layout.StateDir) {
		fmt.Println("There is no cluster on this machine.")
		return nil
	}
	con, release, err := begin(ctx, "embedded down")
	if err != nil {
		return err
	}
	defer release()
	var removed report
	if err := stop(ctx, con, &removed); err != nil {
		return err
	}
	if len(removed.lines) == 0 {
		con.Printf("the cluster was not running")
	} else {
		con.Printf("the cluster is down; its data stays. Next: `make up` starts it again, `make clean` removes it")
	}
	return nil
}

// report collects what was there to be ended or taken away.
type report struct{ lines []string }

func (r *report) add(what string, names ...string) {
	if len(names) > 0 {
		r.lines = append(r.lines, what+" "+strings.Join(names, ", "))
	}
}

// stop ends everything that runs and puts the machine back.
func stop(ctx context.Context, con *console.Console, removed *report) error {
	if err := stopOthers(ctx, con, removed); err != nil {
		return err
	}
	if status, err := supervisor.GetStatus(ctx, layout.FirstNode); err == nil {
		stopPods(ctx, con, layout.FirstNode)
		con.Printf("stopping %d components", len(status.Components))
	}
	running, err := supervisor.Stop(layout.FirstNode, stopTimeout)
	if err != nil {
		return err
	}
	if running {
		removed.add("processes", "supervisor and its components")
	}
	left, err := machine.StopComponents()
	if err != nil {
		return err
	}
	removed.add("processes", left...)
	containers, err := machine.EndContainers(containerGrace)
	if err != nil {
		return err
	}
	if containers > 0 {
		removed.add("processes", fmt.Sprintf("of %d containers", containers))
	}
	return takeAway(con, removed)
}

// stopOthers ends all nodes but the first, at once.
func stopOthers(ctx context.Context, con *console.Console, removed *report) error {
	others, err := otherNodes()
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	problems := make(chan error, len(others))
	for _, other := range others {
		if _, running, err := node.Find(other); err != nil || !running {
			continue
		}
		removed.add("node", other.Name())
		group.Go(func() { problems <- stopNode(ctx, con, other) })
	}
	group.Wait()
	close(problems)
	for err := range problems {
		if err != nil {
			return err
		}
	}
	return nil
}

// stopNode ends a node's pods in good order, and then all that runs in it.
func stopNode(ctx context.Context, con *console.Console, other layout.Node) error {
	if _, err := supervisor.GetStatus(ctx, other); err == nil {
		stopPods(ctx, con, other)
	}
	con.Printf("stopping %s", other.Name())
	_, err := node.Stop(other, stopTimeout)
	return err
}

// stopPods is the graceful way; what it does not achieve is done by force later.
func stopPods(ctx context.Context, con *console.Console, n layout.Node) {
	// A running kubelet would start again what is stopped here.
	err := supervisor.StopComponent(ctx, n, components.Kubelet)
	if err == nil {
		err = cri.StopPods(ctx, n, con.Printf)
	}
	if err != nil {
		con.Printf("pods could not be stopped in good order, they are ended by force: %v", err)
	}
}

// takeAway undoes what the processes did to the machine; none of them runs any more.
func takeAway(con *console.Console, removed *report) error {
	mounts, err := machine.Unmount()
	if err != nil {
		return err
	}
	if mounts > 0 {
		removed.add("mounts", fmt.Sprintf("%d below %s", mounts, layout.StateDir))
	}
	devices, err := network.RemoveDevices()
	if err != nil {
		return err
	}
	removed.add("network devices", devices...)
	before, err := machine.LoadBefore()
	if err != nil {
		return err
	}
	if tools, err := loadToolset(); err == nil {
		chains, err := tools.rules().Remove(before.Tables, before.Chains)
		if err != nil {
			con.Printf("packet filter rules may be left: %v", err)
		}
		if len(chains) > 0 {
			removed.add("packet filter chains", fmt.Sprintf("%d of kube-proxy, kube-router, the kubelet and the network plugins", len(chains)))
		}
		sets, err := tools.rules().RemoveSets()
		if err != nil {
			con.Printf("sets of the packet filter may be left: %v", err)
		}
		if len(sets) > 0 {
			removed.add("packet filter sets", fmt.Sprintf("%d of kube-router", len(sets)))
		}
	}
	sysctls, err := machine.RestoreSysctls()
	if err != nil {
		return err
	}
	removed.add("kernel settings (put back)", sysctls...)
	cgroups, err := machine.RemoveCgroups(layout.FirstNode)
	if err != nil {
		return err
	}
	removed.add("cgroups", cgroups...)
	if err := machine.RemoveDeadSockets(); err != nil {
		return err
	}
	removed.add("files", machine.RemoveShared(before)...)
	return machine.ForgetProcesses()
}
