// Package console prints progress with the seconds since the start.
package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Console writes progress lines; standard output stays free for what a command answers.
type Console struct {
	mu    sync.Mutex
	out   io.Writer
	start time.Time
}

// New starts counting.
func New() *Console {
	return &Console{out: os.Stderr, start: time.Now()}
}

// Printf writes one line.
func (c *Console) Printf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, "[%4ds] %s\n", int(time.Since(c.start).Seconds()), fmt.Sprintf(format, args...))
}

// Wait polls until the condition holds. After a while it says what it waits for, and again every 15 seconds.
// The condition returns "" when it holds, otherwise what is missing; an error ends the wait.
func (c *Console) Wait(ctx context.Context, timeout time.Duration, condition func(context.Context) (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began, told := time.Now(), time.Now()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		missing, err := condition(ctx)
		if err != nil {
			return err
		}
		if missing == "" {
			return nil
		}
		if time.Since(told) > 15*time.Second {
			told = time.Now()
			c.Printf("still waiting: %s", missing)
		}
		select {
		case <-ctx.Done():
			if ctx.Err() == context.DeadlineExceeded {
				return fmt.Errorf("not ready after %d s: %s", int(time.Since(began).Seconds()), missing)
			}
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
