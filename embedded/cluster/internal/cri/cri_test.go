package cri

import (
	"errors"
	"testing"
	"time"
)

func TestGrace(t *testing.T) {
	for value, want := range map[string]time.Duration{"60": time.Minute, "0": 0, "": defaultGrace, "-1": defaultGrace, "x": defaultGrace} {
		if got := grace(map[string]string{graceAnnotation: value}); got != want {
			t.Errorf("%q: %s", value, got)
		}
	}
}

func TestForEachReportsAProblem(t *testing.T) {
	problem := errors.New("second")
	done := make(chan int, 3)
	err := forEach([]int{1, 2, 3}, func(n int) error {
		done <- n
		if n == 2 {
			return problem
		}
		return nil
	})
	if err != problem || len(done) != 3 {
		t.Errorf("%v after %d", err, len(done))
	}
}
