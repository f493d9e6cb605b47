package commands

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"k8s-web/embedded/cluster/internal/components"
	"k8s-web/embedded/cluster/internal/console"
	"k8s-web/embedded/cluster/internal/cri"
	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/images"
	"k8s-web/embedded/cluster/internal/kube"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/machine"
	"k8s-web/embedded/cluster/internal/mirrors"
	"k8s-web/embedded/cluster/internal/network"
	"k8s-web/embedded/cluster/internal/pki"
	"k8s-web/embedded/cluster/internal/proc"
	"k8s-web/embedded/cluster/internal/stackconfig"
	"k8s-web/embedded/cluster/internal/supervisor"
	"k8s-web/embedded/cluster/internal/tools"
)

const (
	startTimeout = 4 * time.Minute
	stopTimeout  = time.Minute
	portTimeout  = 2 * time.Second
	// pullTimeout covers the first pod, whose image is unpacked while other images are being built.
	pullTimeout = 4 * time.Minute
	podsTimeout = 3 * time.Minute
	// crashesTolerated is how often a component may end during the start before that is reported as a failure.
	crashesTolerated = 3
)

// Up brings the cluster up from whatever state it is in, with so many nodes and with or without the images of what watches a stack;
// 0 and "" stand for what it had.
func Up(ctx context.Context, nodes int, metrics string) error {
	con, release, err := begin(ctx, "embedded up")
	if err != nil {
		return err
	}
	defer release()
	directory, err := project()
	if err != nil {
		return err
	}
	n, err := layout.LoadNetwork()
	if err != nil {
		return err
	}
	if err := wantNodes(nodes); err != nil {
		return err
	}
	if err := wantMetrics(metrics); err != nil {
		return err
	}
	// Looking does not wait for another run that builds something in the same cache.
	set, err := tools.Find(ctx, toolsRoot(directory))
	if err != nil {
		set, err = tools.Ensure(ctx, toolsRoot(directory), con.Printf)
	}
	if err != nil {
		return err
	}
	if err := files.Write(projectFile, []byte(directory)); err != nil {
		return err
	}
	spec, err := prepare(n, set)
	if err != nil {
		return err
	}
	client, err := kube.NewClient(n)
	if err != nil {
		return err
	}
	started, err := ensureRunning(ctx, con, n, set, client, spec)
	if err != nil {
		return err
	}
	if err := ensureUsable(ctx, con, n, set, client, directory); err != nil {
		return err
	}
	others, err := otherNodes()
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := ensureNode(ctx, con, n, set, client, other); err != nil {
			return err
		}
	}
	if started {
		awaitPods(ctx, con, client)
	}
	con.Printf("the cluster is up")
	return nil
}

// prepare writes all files; that costs nothing when they are there, and finds out whether something has changed.
func prepare(n layout.Network, set *tools.Set) (supervisor.Spec, error) {
	for _, directory := range []string{layout.LogDir, layout.PKIDir, layout.EtcDir, layout.PulumiDir, layout.DockerConfigDir, layout.ImagesDir, layout.TempDir} {
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return supervisor.Spec{}, err
		}
	}
	if err := machine.ForgetEarlierBoot(); err != nil {
		return supervisor.Spec{}, err
	}
	if err := os.MkdirAll(layout.PidDir, 0o700); err != nil {
		return supervisor.Spec{}, err
	}
	recorded := newToolset(set)
	if err := machine.Record(recorded.rules()); err != nil {
		return supervisor.Spec{}, err
	}
	if err := recorded.save(layout.FirstNode); err != nil {
		return supervisor.Spec{}, err
	}
	if err := layout.SaveNetwork(n, layout.FirstNode); err != nil {
		return supervisor.Spec{}, err
	}
	if err := pki.Ensure(n); err != nil {
		return supervisor.Spec{}, err
	}
	if err := set.PulumiHome(pulumiHome()); err != nil {
		return supervisor.Spec{}, err
	}
	return components.Write(components.Options{
		Network:          n,
		Node:             layout.FirstNode,
		Tools:            set,
		RestrictOOMScore: !machine.MayLowerOOMScore(),
		Nameservers:      mirrors.Nameservers(),
		CgroupVersion:    machine.CgroupVersion(),
	})
}

// ensureRunning returns when all components are healthy, and whether they had to be started.
func ensureRunning(ctx context.Context, con *console.Console, n layout.Network, set *tools.Set, client *kube.Client, spec supervisor.Spec) (bool, error) {
	digest, err := spec.Digest()
	if err != nil {
		return false, err
	}
	// metrics-server does not get well before the API server has been told what it may do.
	then := map[string]func(context.Context) error{
		components.APIServer: func(ctx context.Context) error { return client.EnsureMetrics(ctx, n, set.Path("kubectl")) },
	}
	status, err := supervisor.GetStatus(ctx, layout.FirstNode)
	if err == nil && status.Digest == digest {
		if err := network.EnsureNode(n); err != nil {
			return false, err
		}
		if unhealthy(status) == "" {
			return false, then[components.APIServer](ctx)
		}
		return false, waitHealthy(ctx, con, layout.FirstNode, status.Process, then)
	}
	if err == nil {
		con.Printf("the components have changed: starting them again, pods keep running")
	}
	if err := clearTheWay(ctx, con, n); err != nil {
		return false, err
	}
	if err := prepareMachine(n); err != nil {
		return false, err
	}
	if err := spec.Save(layout.SpecFile); err != nil {
		return false, err
	}
	con.Printf("starting %d components, their logs are in %s", len(spec.Components), layout.LogDir)
	process, err := supervisor.Start(daemonEnv(set))
	if err != nil {
		return false, err
	}
	return true, waitHealthy(ctx, con, layout.FirstNode, process, then)
}

// clearTheWay ends what is left of an earlier run and checks that nothing of others is in the way.
func clearTheWay(ctx context.Context, con *console.Console, n layout.Network) error {
	if _, err := supervisor.Stop(layout.FirstNode, stopTimeout); err != nil {
		return err
	}
	stopped, err := machine.StopComponents()
	if err != nil {
		return err
	}
	if len(stopped) > 0 {
		con.Printf("ended what an earlier run had left: %s", strings.Join(stopped, ", "))
	}
	if err := checkNetwork(n, []layout.Node{layout.FirstNode}); err != nil {
		return err
	}
	return awaitPorts(ctx, components.Listeners(n))
}

func prepareMachine(n layout.Network) error {
	if err := machine.LoadModules(); err != nil {
		return err
	}
	if err := machine.SetSysctls(); err != nil {
		return err
	}
	if err := machine.EnsureCgroup(layout.FirstNode); err != nil {
		return err
	}
	if err := machine.EnsureDataRoot(); err != nil {
		return err
	}
	return network.EnsureNode(n)
}

func checkNetwork(n layout.Network, nodes []layout.Node) error {
	collisions, err := network.Collisions(n, nodes)
	if err != nil {
		return err
	}
	if len(collisions) > 0 {
		return fmt.Errorf("the cluster's addresses (%s, %s) are in use on this machine: %s. Next: choose others, for example %s=10.140 make up",
			n.Pods, n.Services, strings.Join(collisions, ", "), layout.NetworkVariable)
	}
	return nil
}

// awaitPorts gives a process that has just been killed the moment that the kernel needs to close its sockets.
func awaitPorts(ctx context.Context, wanted []components.Listener) error {
	deadline := time.Now().Add(portTimeout)
	for {
		err := checkPorts(wanted)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// checkPorts names who listens where a component wants to.
func checkPorts(wanted []components.Listener) error {
	listeners, err := proc.Listeners()
	if err != nil {
		return err
	}
	var problems []string
	for _, want := range wanted {
		for _, listener := range listeners {
			if listener.InTheWay(want.Address) {
				problems = append(problems, portProblem(want, listener))
				break
			}
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s. Next: stop what is in the way, then run `make up` again", strings.Join(problems, "; "))
}

func portProblem(want components.Listener, listener proc.Listener) string {
	owner, found := listener.Owner()
	if !found {
		return fmt.Sprintf("port %s, which %s needs, is taken by a process that is not visible from here", want.Address, want.Component)
	}
	return fmt.Sprintf("port %s, which %s needs, is taken by pid %d (%s)", want.Address, want.Component, owner.Pid, owner.Command())
}

// waitHealthy shows each component as it becomes healthy, and does what is to be done then.
func waitHealthy(ctx context.Context, con *console.Console, node layout.Node, running proc.ID, then map[string]func(context.Context) error) error {
	told, crashesBefore := map[string]bool{}, map[string]int{}
	return con.Wait(ctx, startTimeout, func(ctx context.Context) (string, error) {
		status, err := supervisor.GetStatus(ctx, node)
		if err != nil {
			if !running.Alive() {
				return "", fmt.Errorf("the supervisor has ended:\n%s", lastLines(logOfHolder(node), 5))
			}
			return "the supervisor does not answer yet", nil
		}
		for _, c := range status.Components {
			if c.Healthy && !told[c.Name] {
				if act := then[c.Name]; act != nil {
					if err := act(ctx); err != nil {
						return err.Error(), nil // it may be busy for a moment
					}
				}
				told[c.Name] = true
				con.Printf("%s is healthy", componentName(node, c.Name))
			}
			before, seen := crashesBefore[c.Name]
			if !seen {
				crashesBefore[c.Name] = c.Restarts
				before = c.Restarts
			}
			if c.Restarts-before >= crashesTolerated && !c.Healthy {
				name := componentName(node, c.Name)
				return "", fmt.Errorf("%s keeps ending (%s):\n%s\nNext: make logs WHAT=%s", name, c.Problem, lastLines(name, 8), name)
			}
		}
		return unhealthy(status), nil
	})
}

func unhealthy(status supervisor.Status) string {
	var missing []string
	for _, c := range status.Components {
		if !c.Healthy {
			missing = append(missing, fmt.Sprintf("%s (%s)", c.Name, c.Problem))
		}
	}
	return strings.Join(missing, ", ")
}

// ensureUsable returns when images are there, the node is Ready and the cluster's DNS answers.
func ensureUsable(ctx context.Context, con *console.Console, n layout.Network, set *tools.Set, client *kube.Client, directory string) error {
	config := images.Config{
		Root:         toolsRoot(directory),
		Registry:     layout.Registry,
		BuildkitAddr: "unix://" + layout.BuildkitSocket,
		DebianMirror: mirrors.Debian(),
		State:        layout.ImagesDir,
		Tools:        set,
		Metrics:      hasMetrics(),
		Progress:     con.Printf,
	}
	// The pods need these two; the others may take their time.
	if err := images.Ensure(ctx, config, images.Pause, images.CoreDNS); err != nil {
		return err
	}
	if err := client.EnsureRouter(ctx, set.Path("kubectl")); err != nil {
		return err
	}
	if err := client.EnsureDNS(ctx, n, mirrors.Nameservers(), set.Path("kubectl")); err != nil {
		return err
	}
	if err := images.Ensure(ctx, config); err != nil {
		return err
	}
	return con.Wait(ctx, pullTimeout, func(ctx context.Context) (string, error) {
		problem, err := client.NodeProblem(ctx, layout.FirstNode)
		if problem == "" && err == nil {
			problem, err = client.DNSProblem(ctx, n)
		}
		if err != nil {
			problem = err.Error() // the API server may be busy for a moment
		}
		return problem, nil
	})
}

// awaitPods returns when the pods that the cluster had before it was stopped are ready again. One that cannot be is its
// owner's affair and does not keep the cluster from being up.
func awaitPods(ctx context.Context, con *console.Console, client *kube.Client) {
	err := con.Wait(ctx, podsTimeout, func(ctx context.Context) (string, error) {
		running, err := runningContainers(ctx)
		if err != nil {
			return err.Error(), nil
		}
		pods, err := client.Pods(ctx)
		if err != nil {
			return err.Error(), nil
		}
		return unready(pods, running), nil
	})
	if err != nil {
		con.Printf("some pods are not ready: %v. Next: embedded status", err)
	}
}

// runningContainers are those of all nodes.
func runningContainers(ctx context.Context) (map[string]bool, error) {
	nodes, err := allNodes()
	if err != nil {
		return nil, err
	}
	running := map[string]bool{}
	for _, n := range nodes {
		ids, err := cri.Running(ctx, n)
		if err != nil {
			return nil, err
		}
		maps.Copy(running, ids)
	}
	return running, nil
}

// unready names the pods that are not ready. The API server may still have what the kubelet said of a pod before it was
// stopped: then the pod is ready by containers that do not run.
func unready(pods []kube.Pod, running map[string]bool) string {
	var names []string
	for _, pod := range pods {
		stale := slices.ContainsFunc(pod.Containers, func(id string) bool { return !running[id] })
		if pod.Problem != "" || stale {
			names = append(names, pod.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d pods are not ready yet: %s", len(names), len(pods), strings.Join(names, ", "))
}

func pulumiHome() string { return layout.Path("pulumi", "home") }

// pulumiEnv is what Pulumi needs to know of this machine.
func pulumiEnv() [][2]string {
	return [][2]string{
		{"PULUMI_HOME", pulumiHome()},
		{"PULUMI_BACKEND_URL", stackconfig.BackendURL()},
		{"PULUMI_CONFIG_PASSPHRASE_FILE", stackconfig.PassphraseFile()},
		{"PULUMI_SKIP_UPDATE_CHECK", "true"},
		{"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true"},
	}
}
