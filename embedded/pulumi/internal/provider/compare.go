package provider

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// missing stands for a value that is not there, which a null is not always.
type missing struct{}

// comparison collects the differences between two objects by property path.
type comparison struct {
	rules   []rule
	changes map[string]*pulumirpc.PropertyDiff
}

// compare lists how the new object differs from the old one.
func compare(old, new map[string]any, rules []rule) map[string]*pulumirpc.PropertyDiff {
	c := comparison{rules: rules, changes: map[string]*pulumirpc.PropertyDiff{}}
	c.maps(nil, old, new)
	return c.changes
}

func (c comparison) maps(path resource.PropertyPath, old, new map[string]any) {
	for key, value := range new {
		c.values(below(path, key), lookup(old, key), value)
	}
	for key, value := range old {
		if _, kept := new[key]; !kept {
			c.values(below(path, key), value, missing{})
		}
	}
}

func (c comparison) lists(path resource.PropertyPath, old, new []any) {
	for i := range max(len(old), len(new)) {
		c.values(below(path, i), element(old, i), element(new, i))
	}
}

func (c comparison) values(path resource.PropertyPath, old, new any) {
	if old == nil {
		old = missing{}
	}
	if new == nil {
		new = missing{}
	}
	if reflect.DeepEqual(old, new) || sameNumber(old, new) {
		return
	}
	switch typed := new.(type) {
	case map[string]any:
		if old, ok := old.(map[string]any); ok {
			c.maps(path, old, typed)
			return
		}
	case []any:
		if old, ok := old.([]any); ok {
			c.lists(path, old, typed)
			return
		}
	}
	replace := requiresReplacement(c.rules, path, new)
	_, added := old.(missing)
	_, deleted := new.(missing)
	c.changes[path.String()] = &pulumirpc.PropertyDiff{
		Kind: changeKind(added, deleted, replace),
		// A deletion is seen in what was asked for, not in what the API server returned.
		InputDiff: deleted,
	}
}

func changeKind(added, deleted, replace bool) pulumirpc.PropertyDiff_Kind {
	switch {
	case added && replace:
		return pulumirpc.PropertyDiff_ADD_REPLACE
	case added:
		return pulumirpc.PropertyDiff_ADD
	case deleted && replace:
		return pulumirpc.PropertyDiff_DELETE_REPLACE
	case deleted:
		return pulumirpc.PropertyDiff_DELETE
	case replace:
		return pulumirpc.PropertyDiff_UPDATE_REPLACE
	default:
		return pulumirpc.PropertyDiff_UPDATE
	}
}

func replaces(kind pulumirpc.PropertyDiff_Kind) bool {
	return kind == pulumirpc.PropertyDiff_ADD_REPLACE || kind == pulumirpc.PropertyDiff_DELETE_REPLACE ||
		kind == pulumirpc.PropertyDiff_UPDATE_REPLACE
}

// below copies the path, whose spare room the siblings would share.
func below(path resource.PropertyPath, step any) resource.PropertyPath {
	return append(path[:len(path):len(path)], step)
}

func lookup(object map[string]any, key string) any {
	if value, ok := object[key]; ok {
		return value
	}
	return missing{}
}

func element(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return missing{}
}

func sameNumber(a, b any) bool {
	x, isNumber := toFloat(a)
	y, areNumbers := toFloat(b)
	return isNumber && areNumbers && x == y
}

func toFloat(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	default:
		return 0, false
	}
}
