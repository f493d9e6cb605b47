package machine

import (
	"os"
	"strconv"
	"strings"
)

// MayLowerOOMScore tells whether processes may be made less likely to be killed when memory runs out (CAP_SYS_RESOURCE).
func MayLowerOOMScore() bool {
	status, err := os.ReadFile("/proc/self/status")
	return err == nil && hasCapability(string(status), 24)
}

func hasCapability(status string, number uint) bool {
	for _, line := range strings.Split(status, "\n") {
		if set, found := strings.CutPrefix(line, "CapEff:"); found {
			bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return err == nil && bits&(1<<number) != 0
		}
	}
	return false
}
