package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/layout"
	"k8s-web/embedded/cluster/internal/proc"
)

// Name is the supervisor's own name among the logs and pid files.
const Name = "supervisor"

// Status is what the supervisor answers.
type Status struct {
	Digest     string            `json:"digest"`
	Process    proc.ID           `json:"process"`
	Since      time.Time         `json:"since"`
	Components []ComponentStatus `json:"components"`
}

type daemon struct {
	digest  string
	id      proc.ID
	since   time.Time
	runners []*runner
}

// Run is the supervisor process: it returns when it was asked to end and all components have ended.
func Run(specFile string) error {
	output, err := OpenLog(layout.Path("logs", Name+".log"))
	if err != nil {
		return err
	}
	log.SetOutput(output)
	d, err := newDaemon(specFile)
	if err != nil {
		return err
	}
	if err := forgetCaller(); err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	_ = os.Remove(layout.SupervisorSocket)
	listener, err := net.Listen("unix", layout.SupervisorSocket)
	if err != nil {
		return err
	}
	if err := d.id.Save(layout.Path("run", "pids", Name)); err != nil {
		return err
	}
	server := &http.Server{Handler: d.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			log.Printf("control socket: %v", err)
		}
	}()

	log.Printf("started, pid %d", d.id.Pid)
	d.runAll(ctx)
	log.Printf("ended")
	return server.Close()
}

// forgetCaller replaces what containers would inherit from whoever typed the command: its file mode mask and its soft
// limit of open files, which is low for the sake of old programs.
func forgetCaller() error {
	syscall.Umask(0o022)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

func newDaemon(specFile string) (*daemon, error) {
	spec, err := LoadSpec(specFile)
	if err != nil {
		return nil, err
	}
	digest, err := spec.Digest()
	if err != nil {
		return nil, err
	}
	id, err := proc.Identify(os.Getpid())
	if err != nil {
		return nil, err
	}
	d := &daemon{digest: digest, id: id, since: time.Now()}
	launch := launcher()
	for _, component := range spec.Components {
		r, err := newRunner(component, layout.LogDir, layout.PidDir, launch)
		if err != nil {
			return nil, err
		}
		d.runners = append(d.runners, r)
	}
	return d, nil
}

// launcher starts all processes from one thread that lives as long as this process:
// the kernel sends a child its parent-death signal when the thread that started it ends.
func launcher() func(*exec.Cmd) error {
	type request struct {
		cmd    *exec.Cmd
		result chan error
	}
	requests := make(chan request)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.result <- r.cmd.Start()
		}
	}()
	return func(cmd *exec.Cmd) error {
		r := request{cmd, make(chan error, 1)}
		requests <- r
		return <-r.result
	}
}

// runAll starts each component when those before it are healthy, and ends it when those that need it have ended.
func (d *daemon) runAll(ctx context.Context) {
	var group sync.WaitGroup
	for _, r := range d.runners {
		running, stop := context.WithCancel(context.Background())
		r.stop = stop
		group.Go(func() {
			for _, other := range d.runners {
				if !slices.Contains(r.component.After, other.component.Name) {
					continue
				}
				select {
				case <-other.ready:
				case <-running.Done():
				case <-ctx.Done():
				}
			}
			if ctx.Err() != nil {
				stop()
			}
			r.keepAlive(running)
		})
	}
	<-ctx.Done()
	for _, r := range d.runners {
		go func() {
			for _, other := range d.runners {
				if slices.Contains(other.component.After, r.component.Name) {
					<-other.done
				}
			}
			r.stop()
		}()
	}
	group.Wait()
}

func (d *daemon) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		status := Status{Digest: d.digest, Process: d.id, Since: d.since}
		for _, r := range d.runners {
			status.Components = append(status.Components, r.status())
		}
		if err := json.NewEncoder(w).Encode(status); err != nil {
			log.Printf("control socket: %v", err)
		}
	})
	mux.HandleFunc("POST /stop/{name}", func(w http.ResponseWriter, request *http.Request) {
		name := request.PathValue("name")
		for _, r := range d.runners {
			if r.component.Name == name {
				log.Printf("%s is to stop", name)
				r.stop()
				<-r.done
				return
			}
		}
		http.Error(w, fmt.Sprintf("there is no component %q", name), http.StatusNotFound)
	})
	return mux
}
