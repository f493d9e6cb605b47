package commands

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"k8s-web/embedded/cluster/internal/components"
	"k8s-web/embedded/cluster/internal/console"
	"k8s-web/embedded/cluster/internal/cri"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/machine"
	"k8s-web/embedded/cluster/internal/network"
	"k8s-web/embedded/cluster/internal/supervisor"
)

// containerGrace is for containers whose own grace period nobody can tell any more.
const containerGrace = 30 * time.Second

// Down stops the cluster and puts the machine back; data, images and settings stay in the state directory.
func Down(ctx context.Context) error {
	con, release, err := begin(ctx, "embedded down")
	if err != nil {
		return err
	}
	defer release()
	removed, err := stop(ctx, con)
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		con.Printf("the cluster was not running")
	} else {
		con.Printf("the cluster is down; its data stays. Next: `make up` starts it again, `make clean` removes it")
	}
	return nil
}

// stop ends everything that runs and returns what was there to be ended or taken away.
func stop(ctx context.Context, con *console.Console) ([]string, error) {
	var removed []string
	note := func(what string, names ...string) {
		if len(names) > 0 {
			removed = append(removed, what+" "+strings.Join(names, ", "))
		}
	}
	if status, err := supervisor.GetStatus(ctx); err == nil {
		stopPods(ctx, con)
		con.Printf("stopping %d components", len(status.Components))
	}
	running, err := supervisor.Stop(stopTimeout)
	if err != nil {
		return removed, err
	}
	if running {
		note("processes", "supervisor and its components")
	}
	left, err := machine.StopComponents()
	if err != nil {
		return removed, err
	}
	note("processes", left...)
	containers, err := machine.EndContainers(containerGrace)
	if err != nil {
		return removed, err
	}
	if containers > 0 {
		note("processes", fmt.Sprintf("of %d containers", containers))
	}
	return takeAway(con, removed, note)
}

// stopPods is the graceful way; what it does not achieve is done by force later.
func stopPods(ctx context.Context, con *console.Console) {
	// A running kubelet would start again what is stopped here.
	err := supervisor.StopComponent(ctx, components.Kubelet)
	if err == nil {
		err = cri.StopPods(ctx, con.Printf)
	}
	if err != nil {
		con.Printf("pods could not be stopped in good order, they are ended by force: %v", err)
	}
}

// takeAway undoes what the processes did to the machine; none of them runs any more.
func takeAway(con *console.Console, removed []string, note func(string, ...string)) ([]string, error) {
	mounts, err := machine.Unmount()
	if err != nil {
		return removed, err
	}
	if mounts > 0 {
		note("mounts", fmt.Sprintf("%d below %s", mounts, layout.StateDir))
	}
	devices, err := network.RemoveDevices()
	if err != nil {
		return removed, err
	}
	note("network devices", devices...)
	before, err := machine.LoadBefore()
	if err != nil && !os.IsNotExist(err) {
		return removed, err
	}
	if recorded, err := loadToolset(); err == nil {
		chains, err := recorded.rules().Remove(before.Tables, before.Chains)
		if err != nil {
			con.Printf("packet filter rules may be left: %v", err)
		}
		note("packet filter chains", chains...)
	}
	sysctls, err := machine.RestoreSysctls()
	if err != nil {
		return removed, err
	}
	note("kernel settings (put back)", sysctls...)
	cgroups, err := machine.RemoveCgroups()
	if err != nil {
		return removed, err
	}
	note("cgroups", cgroups...)
	if err := machine.RemoveShimSockets(); err != nil {
		return removed, err
	}
	note("files", machine.RemoveShared(before)...)
	return removed, machine.ForgetProcesses()
}
