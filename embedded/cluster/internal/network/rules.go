package network

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// families are the two sets of packet filter tools, and the name of their tables in nftables.
var families = []struct{ prefix, nft string }{{"iptables", "ip"}, {"ip6tables", "ip6"}}

// Rules runs the machine's packet filter tools.
type Rules struct {
	// Path finds a program, Env is what it needs.
	Path func(name string) string
	Env  []string
}

func (r Rules) run(stdin, name string, args ...string) (string, error) {
	cmd := exec.Command(r.Path(name), args...)
	cmd.Env = r.Env
	cmd.Stdin = strings.NewReader(stdin)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(problem.String()))
	}
	return out.String(), nil
}

// Chains returns the chains with names as Kubernetes' parts give them: on a machine that has never run this cluster
// they are another's.
func (r Rules) Chains() ([]string, error) {
	var found []string
	for _, family := range families {
		saved, err := r.run("", family.prefix+"-save")
		if err != nil {
			return nil, err
		}
		for _, table := range parseSaved(saved, nil) {
			found = append(found, table.chains...)
		}
	}
	return found, nil
}

// Tables lists the nftables tables of the machine, so that those that the tools make on their way can be told from its own.
func (r Rules) Tables() ([]string, error) {
	listed, err := r.run("", "nft", "list", "tables")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(strings.Split(listed, "\n"), func(line string) bool { return line == "" }), nil
}

// Remove deletes the chains of kube-proxy, the kubelet and the network plugins, every rule that leads into them, and
// the empty tables. What was there before the cluster stays. It returns the chains' names.
func (r Rules) Remove(tablesBefore, chainsBefore []string) ([]string, error) {
	var removed []string
	for _, family := range families {
		saved, err := r.run("", family.prefix+"-save")
		if err != nil {
			return removed, err
		}
		script, chains := removal(parseSaved(saved, chainsBefore))
		if script != "" {
			if _, err := r.run(script, family.prefix+"-restore", "--noflush"); err != nil {
				return removed, err
			}
		}
		removed = append(removed, chains...)
	}
	return removed, r.removeEmptyTables(tablesBefore)
}

// removeEmptyTables applies to nftables only; the legacy tables are part of the kernel.
func (r Rules) removeEmptyTables(before []string) error {
	now, err := r.Tables()
	if err != nil {
		return err
	}
	for _, family := range families {
		for _, name := range []string{"raw", "mangle", "nat", "filter", "security"} {
			table := fmt.Sprintf("table %s %s", family.nft, name)
			if !slices.Contains(now, table) || slices.Contains(before, table) {
				continue
			}
			content, err := r.run("", "nft", "list", "table", family.nft, name)
			if err != nil {
				return err
			}
			if !emptyTable(content) {
				continue
			}
			if _, err := r.run("", "nft", "delete", "table", family.nft, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// emptyTable: nothing but base chains that accept.
func emptyTable(content string) bool {
	for _, line := range strings.Split(content, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "}" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "table ") || strings.HasPrefix(line, "chain "):
		case strings.HasPrefix(line, "type ") && strings.HasSuffix(line, "policy accept;"):
		default:
			return false
		}
	}
	return true
}

// table is what matters of one table in the output of iptables-save: the chains with names of ours, the rules outside them that lead there.
type table struct {
	name   string
	chains []string
	jumps  []string // each "-A CHAIN ..."
}

var ownName = regexp.MustCompile(`^(KUBE|CNI|K8SWEB)-`)

// isOwn: the network plugins' chains may be shared with others that use them; the other parts write all of theirs anew.
func isOwn(chain string, before []string) bool {
	return ownName.MatchString(chain) && (!strings.HasPrefix(chain, "CNI-") || !slices.Contains(before, chain))
}

func parseSaved(saved string, before []string) []table {
	var tables []table
	for _, line := range strings.Split(saved, "\n") {
		switch {
		case strings.HasPrefix(line, "*"):
			tables = append(tables, table{name: line[1:]})
		case len(tables) == 0:
		case strings.HasPrefix(line, ":"):
			current := &tables[len(tables)-1]
			if chain := strings.Fields(line[1:])[0]; isOwn(chain, before) {
				current.chains = append(current.chains, chain)
			}
		case strings.HasPrefix(line, "-A "):
			current := &tables[len(tables)-1]
			if fields := strings.Fields(line); !isOwn(fields[1], before) && leadsToOwnChain(fields, before) {
				current.jumps = append(current.jumps, line)
			}
		}
	}
	return tables
}

func leadsToOwnChain(fields, before []string) bool {
	for i, field := range fields[:len(fields)-1] {
		if (field == "-j" || field == "-g") && isOwn(fields[i+1], before) {
			return true
		}
	}
	return false
}

// removal is the input for iptables-restore that deletes what parseSaved has found.
func removal(tables []table) (script string, chains []string) {
	var out strings.Builder
	for _, t := range tables {
		if len(t.chains)+len(t.jumps) == 0 {
			continue
		}
		fmt.Fprintf(&out, "*%s\n", t.name)
		for _, chain := range t.chains {
			fmt.Fprintf(&out, ":%s - [0:0]\n", chain) // empties it
		}
		for _, jump := range t.jumps {
			fmt.Fprintf(&out, "-D%s\n", strings.TrimPrefix(jump, "-A"))
		}
		for _, chain := range t.chains {
			fmt.Fprintf(&out, "-X %s\n", chain)
		}
		out.WriteString("COMMIT\n")
		chains = append(chains, t.chains...)
	}
	return out.String(), chains
}
