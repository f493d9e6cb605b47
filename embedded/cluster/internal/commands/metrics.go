package commands

import (
	"errors"
	"fmt"
	"os"

	"k8s-web/embedded/cluster/internal/files"
	"k8s-web/embedded/cluster/internal/layout"
)

// wantMetrics remembers whether the cluster has the images of what watches a stack: exporters and Prometheus.
func wantMetrics(choice string) error {
	switch choice {
	case "":
		return nil
	case "on":
		return files.Write(layout.MetricsFile, []byte("on\n"))
	case "off":
		if err := os.Remove(layout.MetricsFile); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	default:
		return fmt.Errorf("--metrics %s: expected on or off", choice)
	}
}

func hasMetrics() bool { return exists(layout.MetricsFile) }
