package commands

import (
	"path/filepath"
	"testing"

	"k8s-web/embedded/cluster/internal/layout"
)

func TestMetricsAreRememberedUntilTheyAreOff(t *testing.T) {
	before := layout.MetricsFile
	layout.MetricsFile = filepath.Join(t.TempDir(), "metrics")
	defer func() { layout.MetricsFile = before }()
	for _, step := range []struct {
		choice string
		want   bool
	}{{"", false}, {"off", false}, {"on", true}, {"", true}, {"on", true}, {"off", false}, {"", false}} {
		if err := wantMetrics(step.choice); err != nil {
			t.Fatalf("%q: %v", step.choice, err)
		}
		if hasMetrics() != step.want {
			t.Errorf("after %q: %v", step.choice, hasMetrics())
		}
	}
	if wantMetrics("yes") == nil {
		t.Error("yes was taken")
	}
}
