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

// tellEvery is how often a wait says what it waits for.
const tellEvery = 15 * time.Second

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
	began, told, missing := time.Now(), time.Now(), ""
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		now, err := condition(ctx)
		if err != nil {
			return err
		}
		if now == "" {
			return nil
		}
		if ctx.Err() == nil { // otherwise it says no more than that its time is over
			missing = now
		}
		if time.Since(told) > tellEvery {
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
