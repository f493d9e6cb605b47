package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/machine"
	"k8s-web/embedded/cluster/internal/supervisor"
)

// connected is what the node is told once its network is there.
const connected = "connected\n"

// restartPause keeps a supervisor that ends at once from being started all the time.
const restartPause = time.Second

// Hold is the first process of a node's namespaces. It puts the node's own directories into their places and keeps the
// supervisor running until it is told to end.
func Hold(node layout.Node, setUp func() ([]string, error)) error {
	if os.Getpid() != 1 {
		return errors.New("`hold` is what `embedded up` starts in a node's own namespaces. Next: embedded up --nodes 2")
	}
	if told, err := io.ReadAll(os.Stdin); err != nil || string(told) != connected {
		return fmt.Errorf("%s: the command that started it has ended before the network was there", node.Name())
	}
	if err := furnish(node); err != nil {
		return err
	}
	env, err := setUp()
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	for ctx.Err() == nil {
		if err := runSupervisor(ctx, node, env); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(restartPause):
		}
	}
	return nil
}

// furnish makes a machine of the namespaces: directories, processes, name and kernel settings of its own.
func furnish(node layout.Node) error {
	// What the first node unmounts from now on is unmounted here too; what this one mounts stays here.
	if err := syscall.Mount("", "/", "", syscall.MS_SLAVE|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("mounts of %s: %w", node.Name(), err)
	}
	// Copies of the mounts of the first node's pods would keep them from ever going away.
	if _, err := machine.Unmount(); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", "/run", "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("/run of %s: %w", node.Name(), err)
	}
	for _, own := range layout.Own {
		directory := filepath.Join(node.Home(), own.Name)
		for _, path := range []string{directory, own.Place} {
			if err := os.MkdirAll(path, 0o755); err != nil {
				return err
			}
		}
		if err := syscall.Mount(directory, own.Place, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return fmt.Errorf("%s of %s: %w", own.Place, node.Name(), err)
		}
	}
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("/proc of %s: %w", node.Name(), err)
	}
	if err := syscall.Sethostname([]byte(node.Name())); err != nil {
		return fmt.Errorf("host name of %s: %w", node.Name(), err)
	}
	// Whatever ran here before has ended with its namespaces.
	if err := machine.ForgetProcesses(); err != nil {
		return err
	}
	if err := os.MkdirAll(layout.PidDir, 0o700); err != nil {
		return err
	}
	return machine.SetSysctls()
}

// runSupervisor returns when the supervisor has ended. It waits for orphans too: this process is everyone's last parent.
func runSupervisor(ctx context.Context, node layout.Node, env []string) error {
	// Components of a killed supervisor may be about to end.
	if _, err := machine.StopComponents(); err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := supervisor.Command(executable, node, env)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	stopped := context.AfterFunc(ctx, func() { _ = syscall.Kill(cmd.Process.Pid, syscall.SIGTERM) })
	defer stopped()
	ended, err := reapUntil(cmd)
	if err == nil && ctx.Err() == nil {
		log.Printf("the supervisor has ended (%d), starting it again", ended.ExitStatus())
	}
	return err
}

func reapUntil(cmd *exec.Cmd) (syscall.WaitStatus, error) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return status, fmt.Errorf("wait for the supervisor: %w", err)
		case pid == cmd.Process.Pid:
			return status, nil
		}
	}
}
