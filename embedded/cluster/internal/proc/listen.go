package proc

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Listener is a listening TCP socket.
type Listener struct {
	Address netip.AddrPort
	inode   string
}

// Listeners returns every listening TCP socket of the machine.
func Listeners() ([]Listener, error) {
	var all []Listener
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // no IPv6
		}
		if err != nil {
			return nil, err
		}
		all = append(all, parseListeners(string(data))...)
	}
	return all, nil
}

func parseListeners(table string) []Listener {
	const local, state, inode, listening = 1, 3, 9, "0A"
	var listeners []Listener
	for _, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		if len(fields) <= inode || fields[state] != listening {
			continue
		}
		if address, ok := parseAddress(fields[local]); ok {
			listeners = append(listeners, Listener{address, fields[inode]})
		}
	}
	return listeners
}

// parseAddress reads the kernel's form: 32-bit words in the machine's (little-endian) order, then the port.
func parseAddress(text string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(text, ":")
	words, err := hex.DecodeString(host)
	number, errPort := strconv.ParseUint(port, 16, 16)
	if err != nil || errPort != nil {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(words, 4) {
		slices.Reverse(word)
	}
	address, ok := netip.AddrFromSlice(words)
	return netip.AddrPortFrom(address.Unmap(), uint16(number)), ok
}

// InTheWay tells whether a listener keeps another one from binding to the wanted address.
func (l Listener) InTheWay(wanted netip.AddrPort) bool {
	return l.Address.Port() == wanted.Port() &&
		(l.Address.Addr() == wanted.Addr() || l.Address.Addr().IsUnspecified() || wanted.Addr().IsUnspecified())
}

// Owner finds the process that holds the socket; false when it cannot be seen (another pid namespace).
func (l Listener) Owner() (Process, bool) {
	target := fmt.Sprintf("socket:[%s]", l.inode)
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return Process{}, false
	}
	for _, link := range links {
		if found, err := os.Readlink(link); err != nil || found != target {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err != nil {
			continue
		}
		if process, err := Read(pid); err == nil {
			return process, true
		}
	}
	return Process{}, false
}
