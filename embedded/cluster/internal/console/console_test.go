package console

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWaitEndsWhenTheConditionHolds(t *testing.T) {
	asked := 0
	err := New().Wait(t.Context(), time.Minute, func(context.Context) (string, error) {
		asked++
		if asked < 3 {
			return "not yet", nil
		}
		return "", nil
	})
	if err != nil || asked != 3 {
		t.Errorf("%v after %d", err, asked)
	}
}

func TestWaitSaysWhatWasMissing(t *testing.T) {
	err := New().Wait(t.Context(), 250*time.Millisecond, func(ctx context.Context) (string, error) {
		if ctx.Err() != nil {
			return ctx.Err().Error(), nil
		}
		return "the node is not ready", nil
	})
	if err == nil || !strings.Contains(err.Error(), "the node is not ready") {
		t.Errorf("got %v", err)
	}
}

func TestWaitGivesUpAtAnError(t *testing.T) {
	problem := errors.New("hopeless")
	if err := New().Wait(t.Context(), time.Minute, func(context.Context) (string, error) { return "", problem }); err != problem {
		t.Errorf("got %v", err)
	}
}
