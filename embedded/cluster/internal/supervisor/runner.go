package supervisor

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"k8s-web/embedded/cluster/internal/proc"
)

const (
	probeWhileStarting = 200 * time.Millisecond
	probeWhenHealthy   = 3 * time.Second
	// hungAfter is how long a process may run without answering before it is killed and started again.
	hungAfter = 2 * time.Minute
)

// runner keeps one component alive.
type runner struct {
	component Component
	log       *Log
	pidFile   string
	launch    func(*exec.Cmd) error

	ready     chan struct{} // closed when healthy for the first time
	readyOnce sync.Once
	stop      context.CancelFunc
	done      chan struct{} // closed when the process has ended for good

	mu    sync.Mutex
	state ComponentStatus
}

// ComponentStatus is what `status` shows of a component.
type ComponentStatus struct {
	Name     string    `json:"name"`
	Pid      int       `json:"pid"`
	Since    time.Time `json:"since"`
	Healthy  bool      `json:"healthy"`
	Restarts int       `json:"restarts"`
	// Problem is the last answer of the probe or the way in which the process ended; empty when healthy.
	Problem string `json:"problem,omitempty"`
}

func newRunner(component Component, logDir, pidDir string, launch func(*exec.Cmd) error) (*runner, error) {
	output, err := OpenLog(filepath.Join(logDir, component.Name+".log"))
	if err != nil {
		return nil, err
	}
	return &runner{
		component: component,
		log:       output,
		pidFile:   filepath.Join(pidDir, component.Name),
		launch:    launch,
		ready:     make(chan struct{}),
		done:      make(chan struct{}),
		state:     ComponentStatus{Name: component.Name, Problem: "not started yet"},
	}, nil
}

func (r *runner) status() ComponentStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

func (r *runner) update(change func(*ComponentStatus)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.state)
}

// keepAlive returns when the context has ended and the process with it.
func (r *runner) keepAlive(ctx context.Context) {
	defer close(r.done)
	var delay time.Duration
	for ctx.Err() == nil {
		started := time.Now()
		err := r.runOnce(ctx)
		if ctx.Err() != nil {
			break
		}
		ran := time.Since(started)
		delay = backoff(delay, ran)
		log.Printf("%s ended after %s: %v; starting it again in %s", r.component.Name, ran.Round(time.Second), err, delay)
		r.update(func(s *ComponentStatus) {
			s.Pid, s.Healthy, s.Problem = 0, false, fmt.Sprintf("ended: %v", err)
			s.Restarts++
		})
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
	}
	r.update(func(s *ComponentStatus) { s.Pid, s.Healthy, s.Problem = 0, false, "stopped" })
	_ = os.Remove(r.pidFile)
}

// runOnce starts the process and returns when it has ended; when the context ends first, it stops the process.
func (r *runner) runOnce(ctx context.Context) error {
	cmd := exec.Command(r.component.Args[0], r.component.Args[1:]...)
	cmd.Env = append(os.Environ(), r.component.Env...)
	cmd.Stdout, cmd.Stderr = r.log, r.log
	// A child of the component (a shim) may hold the output open for ever.
	cmd.WaitDelay = time.Second
	// Pods live on in their shims when this process is killed, the components end with it: `up` then finds a clean slate.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := r.launch(cmd); err != nil {
		return err
	}
	id, err := proc.Identify(cmd.Process.Pid)
	if err == nil {
		err = id.Save(r.pidFile)
	}
	if err != nil {
		log.Printf("%s: no pid file: %v", r.component.Name, err)
	}
	r.update(func(s *ComponentStatus) { s.Pid, s.Since, s.Problem = cmd.Process.Pid, time.Now(), "starting" })

	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	probing, endProbing := context.WithCancel(ctx)
	defer endProbing()
	hung := make(chan struct{})
	go r.watchHealth(probing, hung)

	select {
	case err := <-ended:
		return err
	case <-hung:
		_ = cmd.Process.Kill()
		<-ended
		return fmt.Errorf("did not answer for %s", hungAfter)
	case <-ctx.Done():
		_ = cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(r.component.StopGrace):
		log.Printf("%s does not end within %s: killed", r.component.Name, r.component.StopGrace)
		_ = cmd.Process.Kill()
		return <-ended
	}
}

// watchHealth keeps the status up to date and closes hung when the process has not answered for too long.
func (r *runner) watchHealth(ctx context.Context, hung chan<- struct{}) {
	prober := newProber(r.component.Probe)
	lastHealthy := time.Now()
	for {
		pause := probeWhileStarting
		err := prober.check(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			lastHealthy, pause = time.Now(), probeWhenHealthy
			r.readyOnce.Do(func() { close(r.ready) })
			r.update(func(s *ComponentStatus) { s.Healthy, s.Problem = true, "" })
		} else {
			r.update(func(s *ComponentStatus) { s.Healthy, s.Problem = false, err.Error() })
			if time.Since(lastHealthy) > hungAfter {
				close(hung)
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
