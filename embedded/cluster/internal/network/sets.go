package network

import (
	"fmt"
	"regexp"
	"strings"
)

// ownSet is how kube-router calls the sets of addresses that its rules refer to.
var ownSet = regexp.MustCompile(`^KUBE-(SRC|DST)-`)

// RemoveSets deletes the sets that kube-router has made, once no rule refers to them; it returns their names.
func (r Rules) RemoveSets() ([]string, error) {
	listed, err := r.run("", "ipset", "list", "-name")
	if err != nil {
		return nil, err
	}
	script, sets := destruction(strings.Fields(listed))
	if script == "" {
		return nil, nil
	}
	_, err = r.run(script, "ipset", "restore")
	return sets, err
}

// destruction is the input for ipset that deletes what is kube-router's among the sets of these names.
func destruction(names []string) (script string, sets []string) {
	var out strings.Builder
	for _, name := range names {
		if ownSet.MatchString(name) {
			fmt.Fprintf(&out, "destroy %s\n", name)
			sets = append(sets, name)
		}
	}
	return out.String(), sets
}
