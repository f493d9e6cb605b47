package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s-web/embedded/cluster/internal/components"
	"k8s-web/embedded/cluster/internal/console"
	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/kube"
	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/machine"
	"k8s-web/embedded/cluster/internal/mirrors"
	"k8s-web/embedded/cluster/internal/network"
	"k8s-web/embedded/cluster/internal/node"
	"k8s-web/embedded/cluster/internal/pki"
	"k8s-web/embedded/cluster/internal/supervisor"
	"k8s-web/embedded/cluster/internal/tools"
)

// nodeSettings is what is remembered of a node other than the first.
type nodeSettings struct {
	Taints []components.Taint `json:"taints,omitempty"`
}

func nodeSettingsFile(n layout.Node) string { return filepath.Join(n.Home(), "node.json") }

func loadNodeSettings(n layout.Node) (nodeSettings, error) {
	var settings nodeSettings
	data, err := os.ReadFile(nodeSettingsFile(n))
	if err == nil {
		err = json.Unmarshal(data, &settings)
	}
	if err != nil {
		return settings, fmt.Errorf("%s: %w", nodeSettingsFile(n), err)
	}
	return settings, nil
}

// otherNodes are those that were added and not removed, whether they run or not.
func otherNodes() ([]layout.Node, error) {
	var nodes []layout.Node
	for n := layout.FirstNode + 1; n <= layout.MaxNodes; n++ {
		_, err := os.Stat(nodeSettingsFile(n))
		switch {
		case err == nil:
			nodes = append(nodes, n)
		case !os.IsNotExist(err):
			return nil, err
		}
	}
	return nodes, nil
}

func allNodes() ([]layout.Node, error) {
	others, err := otherNodes()
	return append([]layout.Node{layout.FirstNode}, others...), err
}

// wantNodes remembers as many nodes more as are missing; 0 stands for those that there are.
func wantNodes(count int) error {
	nodes, err := allNodes()
	if err != nil || count == 0 {
		return err
	}
	if count < 1 || count > layout.MaxNodes {
		return fmt.Errorf("--nodes %d: expected a number from 1 to %d", count, layout.MaxNodes)
	}
	if count < len(nodes) {
		return fmt.Errorf("--nodes %d, but there are %d, and each has data of its own. Next: embedded node remove %s", count, len(nodes), nodes[len(nodes)-1].Name())
	}
	for range count - len(nodes) {
		if _, err := rememberNode(nodeSettings{}); err != nil {
			return err
		}
	}
	return nil
}

// rememberNode takes the first free number.
func rememberNode(settings nodeSettings) (layout.Node, error) {
	nodes, err := allNodes()
	if err != nil {
		return 0, err
	}
	for n := layout.FirstNode; n <= layout.MaxNodes; n++ {
		if slices.Contains(nodes, n) {
			continue
		}
		data, err := json.Marshal(settings)
		if err != nil {
			return 0, err
		}
		return n, files.Write(nodeSettingsFile(n), data)
	}
	return 0, fmt.Errorf("there are %d nodes, and no addresses for more", layout.MaxNodes)
}

// parseTaint reads `key=value:effect`, as kubectl writes it.
func parseTaint(text string) (components.Taint, error) {
	rest, effect, _ := strings.Cut(text, ":")
	key, value, _ := strings.Cut(rest, "=")
	if key == "" || !slices.Contains([]string{"NoSchedule", "PreferNoSchedule", "NoExecute"}, effect) {
		return components.Taint{}, fmt.Errorf("--taint %s: expected key=value:effect, for example use=tests:NoSchedule", text)
	}
	return components.Taint{Key: key, Value: value, Effect: effect}, nil
}

// severalForStacks tells whether pods that tolerate nothing find more than one node.
func severalForStacks() (bool, error) {
	others, err := otherNodes()
	if err != nil {
		return false, err
	}
	for _, other := range others {
		settings, err := loadNodeSettings(other)
		if err != nil {
			return false, err
		}
		if len(settings.Taints) == 0 {
			return true, nil
		}
	}
	return false, nil
}

// AddNode makes one more node of a cluster that is up.
func AddNode(ctx context.Context, taints []string) error {
	var settings nodeSettings
	for _, text := range taints {
		taint, err := parseTaint(text)
		if err != nil {
			return err
		}
		settings.Taints = append(settings.Taints, taint)
	}
	con, release, err := begin(ctx, "embedded node add")
	if err != nil {
		return err
	}
	defer release()
	if err := requireRunning(ctx); err != nil {
		return err
	}
	directory, err := project()
	if err != nil {
		return err
	}
	n, err := layout.LoadNetwork()
	if err != nil {
		return err
	}
	set, err := tools.Find(ctx, toolsRoot(directory))
	if err != nil {
		return err
	}
	client, err := kube.NewClient(n)
	if err != nil {
		return err
	}
	added, err := rememberNode(settings)
	if err != nil {
		return err
	}
	if err := ensureNode(ctx, con, n, set, client, added); err != nil {
		return err
	}
	con.Printf("%s is a node of the cluster", added.Name())
	fmt.Println(added.Name())
	return nil
}

func requireRunning(ctx context.Context) error {
	if _, err := supervisor.GetStatus(ctx, layout.FirstNode); err != nil {
		return errors.New("the cluster is not running. Next: make up")
	}
	return nil
}

// ensureNode returns when the node is Ready.
func ensureNode(ctx context.Context, con *console.Console, n layout.Network, set *tools.Set, client *kube.Client, other layout.Node) error {
	spec, err := prepareNode(n, set, other)
	if err != nil {
		return err
	}
	if err := ensureNodeRuns(ctx, con, n, set, other, spec); err != nil {
		return fmt.Errorf("%s: %w", other.Name(), err)
	}
	return con.Wait(ctx, startTimeout, func(ctx context.Context) (string, error) {
		problem, err := client.NodeProblem(ctx, other)
		if err != nil {
			problem = err.Error() // the API server may be busy for a moment
		}
		return problem, nil
	})
}

// prepareNode writes all that the node reads; it has no other way to the keys of the cluster.
func prepareNode(n layout.Network, set *tools.Set, other layout.Node) (supervisor.Spec, error) {
	settings, err := loadNodeSettings(other)
	if err != nil {
		return supervisor.Spec{}, err
	}
	for _, directory := range []string{layout.LogDir, layout.TempDir} {
		if err := os.MkdirAll(other.Seen(directory), 0o700); err != nil {
			return supervisor.Spec{}, err
		}
	}
	if err := newToolset(set).save(other); err != nil {
		return supervisor.Spec{}, err
	}
	if err := layout.SaveNetwork(n, other); err != nil {
		return supervisor.Spec{}, err
	}
	if err := pki.EnsureNode(n, other); err != nil {
		return supervisor.Spec{}, err
	}
	return components.Write(components.Options{
		Network:          n,
		Node:             other,
		Taints:           settings.Taints,
		Tools:            set,
		RestrictOOMScore: !machine.MayLowerOOMScore(),
		Nameservers:      mirrors.Nameservers(),
		CgroupVersion:    machine.CgroupVersion(),
	})
}

func ensureNodeRuns(ctx context.Context, con *console.Console, n layout.Network, set *tools.Set, other layout.Node, spec supervisor.Spec) error {
	digest, err := spec.Digest()
	if err != nil {
		return err
	}
	if err := newToolset(set).rules().JoinNodes(n, layout.FirstNode); err != nil {
		return err
	}
	holder, running, err := node.Find(other)
	if err != nil {
		return err
	}
	if running {
		status, err := supervisor.GetStatus(ctx, other)
		if err == nil && status.Digest == digest && unhealthy(status) == "" {
			return nil
		}
		if err == nil && status.Digest != digest {
			con.Printf("the components of %s have changed: starting them again, pods keep running", other.Name())
		}
	}
	if err := spec.Save(other.Seen(other.SpecFile())); err != nil {
		return err
	}
	if running {
		// The process that holds the node starts it again.
		if _, err := supervisor.Stop(other, stopTimeout); err != nil {
			return err
		}
		return waitHealthy(ctx, con, other, holder, nil)
	}
	if err := checkNetwork(n, []layout.Node{other}); err != nil {
		return err
	}
	if err := machine.EnsureCgroup(other); err != nil {
		return err
	}
	if err := network.Disconnect(other); err != nil {
		return err
	}
	con.Printf("starting %s, its logs are in %s", other.Name(), other.Seen(layout.LogDir))
	holder, err = node.Start(n, other, daemonEnv(set))
	if err != nil {
		return err
	}
	return waitHealthy(ctx, con, other, holder, nil)
}

// HoldNode is the first process in a node's namespaces.
func HoldNode(name string) error {
	held, err := layout.ParseNode(name)
	if err != nil {
		return err
	}
	return node.Hold(held, func() ([]string, error) {
		n, err := layout.LoadNetwork()
		if err != nil {
			return nil, err
		}
		set, err := loadToolset()
		if err != nil {
			return nil, err
		}
		return set.Env, set.rules().JoinNodes(n, held)
	})
}

// RemoveNode moves the pods elsewhere and removes the node without a trace.
func RemoveNode(ctx context.Context, name string, discardData bool) error {
	removed, err := layout.ParseNode(name)
	if err != nil {
		return err
	}
	con, release, err := begin(ctx, "embedded node remove")
	if err != nil {
		return err
	}
	defer release()
	if err := requireRunning(ctx); err != nil {
		return err
	}
	others, err := otherNodes()
	if err != nil {
		return err
	}
	if !slices.Contains(others, removed) {
		return fmt.Errorf("%q cannot be removed; those that can: %s. Next: embedded status", name, strings.Join(names(others), ", "))
	}
	if file := firstFile(removed.Data()); file != "" && !discardData {
		return fmt.Errorf("%s has data in its %s (%s, and maybe more). Next: copy what is needed, then `embedded node remove --discard-data %s`", name, layout.DataRoot, file, name)
	}
	if err := drain(ctx, con, removed); err != nil {
		return err
	}
	if err := stopNode(ctx, con, removed); err != nil {
		return err
	}
	if output, err := kubectl(ctx, "delete", "node", name, "--ignore-not-found"); err != nil {
		return fmt.Errorf("%s could not be deleted from the API server: %w: %s. Next: run it again", name, err, output)
	}
	if err := forgetNode(removed, len(others) == 1); err != nil {
		return err
	}
	con.Printf("%s is removed", name)
	return nil
}

func names(nodes []layout.Node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.Name())
	}
	return all
}

// firstFile finds any file in a directory; directories alone hold no data.
func firstFile(directory string) string {
	found := ""
	_ = filepath.WalkDir(directory, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = path
			return filepath.SkipAll
		}
		return nil
	})
	return found
}

// drain asks for the pods' places to be taken by others before they end, as their disruption budgets demand. The pods of
// a node that does not run have ended already.
func drain(ctx context.Context, con *console.Console, other layout.Node) error {
	if _, running, err := node.Find(other); err != nil || !running {
		return err
	}
	con.Printf("moving the pods of %s elsewhere", other.Name())
	output, err := kubectl(ctx, "drain", other.Name(), "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout="+podsTimeout.String())
	if err != nil {
		return fmt.Errorf("the pods of %s could not be moved: %w: %s. Next: see what keeps them, then run it again; or `kubectl uncordon %s`", other.Name(), err, output, other.Name())
	}
	return nil
}

// forgetNode removes what a node that does not run any more has left on this machine.
func forgetNode(other layout.Node, last bool) error {
	n, err := layout.LoadNetwork()
	if err != nil {
		return err
	}
	if err := network.Disconnect(other); err != nil {
		return err
	}
	if last {
		set, err := loadToolset()
		if err != nil {
			return err
		}
		if err := set.rules().PartNodes(n); err != nil {
			return err
		}
	}
	if _, err := machine.RemoveCgroups(other); err != nil {
		return err
	}
	if err := os.RemoveAll(other.Home()); err != nil {
		return err
	}
	if last {
		return os.Remove(filepath.Dir(other.Home()))
	}
	return nil
}
