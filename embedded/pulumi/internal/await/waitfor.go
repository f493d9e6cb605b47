package await

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/jsonpath"
)

// waitForRule reads the annotation pulumi.com/waitFor: one expression or a JSON list of them, each
// "jsonpath={.a}=value", "jsonpath={.a}", "condition=Type" or "condition=Type=Status".
func waitForRule(annotation string) (*rule, error) {
	var expressions []string
	if err := json.Unmarshal([]byte(annotation), &expressions); err != nil {
		expressions = []string{annotation}
	}
	if len(expressions) == 0 {
		return nil, fmt.Errorf("annotation pulumi.com/waitFor: at least one condition must be specified")
	}
	var conditions []func(*unstructured.Unstructured) bool
	for _, expression := range expressions {
		condition, err := parseCondition(expression)
		if err != nil {
			return nil, fmt.Errorf("annotation pulumi.com/waitFor: %w", err)
		}
		conditions = append(conditions, condition)
	}
	return &rule{judge: func(now situation) verdict {
		var open []string
		for i, holds := range conditions {
			if !holds(now.object) {
				open = append(open, "Waiting for "+expressions[i])
			}
		}
		return verdict{ready: len(open) == 0, progress: strings.Join(open, ", "), why: open}
	}}, nil
}

func parseCondition(expression string) (func(*unstructured.Unstructured) bool, error) {
	if condition, ok := strings.CutPrefix(expression, "condition="); ok {
		name, status, given := strings.Cut(condition, "=")
		if !given {
			status = "True"
		}
		return func(object *unstructured.Unstructured) bool { return hasCondition(object, name, status) }, nil
	}
	if path, ok := strings.CutPrefix(expression, "jsonpath="); ok {
		return parsePath(path)
	}
	return nil, fmt.Errorf(`expected a "jsonpath=" or "condition=" prefix, got %q`, expression)
}

func parsePath(expression string) (func(*unstructured.Unstructured) bool, error) {
	path, value, compare := strings.Cut(expression, "}=")
	if compare {
		path += "}"
	}
	parsed := jsonpath.New("waitFor").AllowMissingKeys(true)
	if err := parsed.Parse(path); err != nil {
		return nil, err
	}
	return func(object *unstructured.Unstructured) bool {
		results, err := parsed.FindResults(object.Object)
		if err != nil || len(results) != 1 || len(results[0]) != 1 {
			return false
		}
		return !compare || matches(results[0][0], strings.Trim(value, `"'`))
	}, nil
}

func matches(found reflect.Value, wanted string) bool {
	return found.CanInterface() && fmt.Sprint(found.Interface()) == wanted
}

func hasCondition(object *unstructured.Unstructured, name, status string) bool {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, element := range conditions {
		condition, ok := element.(map[string]any)
		if !ok {
			continue
		}
		if kind, _ := condition["type"].(string); !strings.EqualFold(kind, name) {
			continue
		}
		has, _ := condition["status"].(string)
		return strings.EqualFold(has, status)
	}
	return false
}

// judgeReadyCondition is for kinds without a rule of their own: a condition "Ready", where the object has conditions.
func judgeReadyCondition(now situation) verdict {
	conditions, found, _ := unstructured.NestedSlice(now.object.Object, "status", "conditions")
	if !found || len(conditions) == 0 || hasCondition(now.object, "Ready", "True") {
		return verdict{ready: true}
	}
	return verdict{progress: "Waiting for condition Ready", why: []string{"condition Ready is not True"}}
}
