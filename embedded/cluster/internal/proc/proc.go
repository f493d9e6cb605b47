// Package proc reads /proc: who runs, since when, and who listens where.
package proc

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ID names one process for good: a process id alone is used again by the kernel.
type ID struct {
	Pid   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot
	Boot  string `json:"boot"`
	Exe   string `json:"exe"`
}

// Identify describes a running process.
func Identify(pid int) (ID, error) {
	stat, err := readStat(pid)
	if err != nil {
		return ID{}, err
	}
	boot, err := bootID()
	if err != nil {
		return ID{}, err
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return ID{}, err
	}
	return ID{Pid: pid, Start: stat.start, Boot: boot, Exe: strings.TrimSuffix(exe, " (deleted)")}, nil
}

// Alive tells whether exactly this process still runs.
func (id ID) Alive() bool {
	if id.Pid <= 0 {
		return false
	}
	stat, err := readStat(id.Pid)
	if err != nil || stat.state == 'Z' || stat.start != id.Start {
		return false
	}
	boot, err := bootID()
	return err == nil && boot == id.Boot
}

// Stop asks the process to end and ends it by force after the grace period.
func (id ID) Stop(grace time.Duration) error {
	if !id.Alive() {
		return nil
	}
	_ = syscall.Kill(id.Pid, syscall.SIGTERM)
	if id.gone(grace) {
		return nil
	}
	_ = syscall.Kill(id.Pid, syscall.SIGKILL)
	if id.gone(10 * time.Second) {
		return nil
	}
	return fmt.Errorf("process %d (%s) does not end, even when killed", id.Pid, id.Exe)
}

func (id ID) gone(within time.Duration) bool {
	deadline := time.Now().Add(within)
	for id.Alive() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

// Save writes the process to a pid file.
func (id ID) Save(file string) error {
	data, err := json.Marshal(id)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// Load reads a pid file. A missing or half-written one gives the zero ID, which is never alive.
func Load(file string) ID {
	var id ID
	data, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(data, &id) != nil {
		return ID{}
	}
	return id
}

// Process is one line of a process list.
type Process struct {
	Pid, Parent int
	Args        []string
}

// Command is the command line for people, cut to a readable length. Only a few words: arguments may be long.
func (p Process) Command() string {
	command := strings.Join(p.Args, " ")
	if len(command) > 80 {
		command = command[:77] + "..."
	}
	return command
}

// List returns all processes that can be read.
func List() ([]Process, error) {
	directories, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var processes []Process
	for _, directory := range directories {
		pid, err := strconv.Atoi(filepath.Base(directory))
		if err != nil {
			continue
		}
		if process, err := Read(pid); err == nil {
			processes = append(processes, process)
		}
	}
	return processes, nil
}

// Read describes one process.
func Read(pid int) (Process, error) {
	stat, err := readStat(pid)
	if err != nil {
		return Process{}, err
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return Process{}, err
	}
	args := strings.Split(strings.TrimRight(string(cmdline), "\x00"), "\x00")
	return Process{Pid: pid, Parent: stat.parent, Args: args}, nil
}

type stat struct {
	state  byte
	parent int
	start  uint64
}

func readStat(pid int) (stat, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(data))
}

// parseStat reads what follows the command, which itself may hold spaces and parentheses.
func parseStat(text string) (stat, error) {
	end := strings.LastIndexByte(text, ')')
	if end < 0 {
		return stat{}, errors.New("unreadable /proc stat line")
	}
	fields := strings.Fields(text[end+1:])
	const state, parent, start = 0, 1, 19
	if len(fields) <= start {
		return stat{}, errors.New("short /proc stat line")
	}
	ppid, err := strconv.Atoi(fields[parent])
	if err != nil {
		return stat{}, err
	}
	ticks, err := strconv.ParseUint(fields[start], 10, 64)
	if err != nil {
		return stat{}, err
	}
	return stat{state: fields[state][0], parent: ppid, start: ticks}, nil
}

func bootID() (string, error) {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(data)), err
}
