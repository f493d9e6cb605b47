package supervisor

import "time"

const (
	firstDelay = time.Second
	lastDelay  = 30 * time.Second
	// stableAfter is how long a process must have run for its next crash to count as the first one.
	stableAfter = time.Minute
)

// backoff gives the pause before a process that ran for so long is started again.
func backoff(previous, ran time.Duration) time.Duration {
	switch {
	case previous == 0 || ran >= stableAfter:
		return firstDelay
	default:
		return min(2*previous, lastDelay)
	}
}
