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
	// The lock itself makes the state directory.
	hadState := exists(layout.StateDir)
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
	if exists(layout.DataRootMarker) {
		directories = append(directories, layout.DataRoot)
	} else if exists(layout.DataRoot) {
		fmt.Printf("kept:    %s, which was there before the cluster\n", layout.DataRoot)
	}
	if keepCache {
		fmt.Printf("kept:    %s\n", tools.CacheDir())
	} else {
		directories = append(directories, tools.CacheDir())
	}
	for _, directory := range directories {
		if !exists(directory) {
			continue
		}
		if err := os.RemoveAll(directory); err != nil {
			return err
		}
		if directory != layout.StateDir || hadState {
			fmt.Println("removed:", directory)
		}
	}
	return nil
}
