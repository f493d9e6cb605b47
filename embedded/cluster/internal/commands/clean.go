package commands

import (
	"context"
	"fmt"
	"os"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/tools"
)

// Clean removes everything that the cluster has ever made on this machine and says what.
func Clean(ctx context.Context, keepCache bool) error {
	con, release, err := begin(ctx, "embedded clean")
	if err != nil {
		return err
	}
	defer release()
	var removed report
	err = stop(ctx, con, &removed)
	for _, line := range removed.lines {
		fmt.Println("removed:", line)
	}
	if err != nil {
		return fmt.Errorf("%w. Nothing of the data is removed yet. Next: mend this, then run `make clean` again", err)
	}
	directories := []string{layout.StateDir}
	if _, err := os.Stat(layout.DataRootMarker); err == nil {
		directories = append(directories, layout.DataRoot)
	} else if _, err := os.Stat(layout.DataRoot); err == nil {
		fmt.Printf("kept:    %s, which was there before the cluster\n", layout.DataRoot)
	}
	if keepCache {
		fmt.Printf("kept:    %s\n", tools.CacheDir())
	} else {
		directories = append(directories, tools.CacheDir())
	}
	for _, directory := range directories {
		if _, err := os.Stat(directory); os.IsNotExist(err) {
			continue
		}
		if err := os.RemoveAll(directory); err != nil {
			return err
		}
		fmt.Println("removed:", directory)
	}
	return nil
}
