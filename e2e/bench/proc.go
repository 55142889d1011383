package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of the kernel's count of a process's time on every Linux: USER_HZ.
const tick = 10 * time.Millisecond

// meter reads what processes have used. A process id of 0 is one that cannot be looked at.
type meter struct{ server, postgres int }

// used is what was used up to a moment.
type used struct{ server, postgres, load time.Duration }

func (m meter) read() used {
	var self syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	return used{server: cpuOf(m.server), postgres: cpuOfAll(m.postgres), load: time.Duration(self.Utime.Nano() + self.Stime.Nano())}
}

// since is what was used after a moment, for one of n operations.
func (u used) since(before used, n int) used {
	if n == 0 {
		return used{}
	}
	each := time.Duration(n)
	return used{(u.server - before.server) / each, (u.postgres - before.postgres) / each, (u.load - before.load) / each}
}

// stat are the fields of /proc/PID/stat after the name, from "state" on.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, ok := strings.Cut(string(text), ") ")
	if !ok {
		return nil
	}
	return strings.Fields(rest)
}

// ticks adds fields of a stat.
func ticks(fields []string, places ...int) (sum time.Duration) {
	for _, place := range places {
		if place < len(fields) {
			n, _ := strconv.ParseInt(fields[place], 10, 64)
			sum += time.Duration(n) * tick
		}
	}
	return sum
}

func cpuOf(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	return ticks(stat(pid), 11, 12)
}

// cpuOfAll is the time of a process, of its children, and of those of them that have ended.
func cpuOfAll(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	sum := ticks(stat(pid), 11, 12, 13, 14)
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		child, _ := strconv.Atoi(filepath.Base(dir))
		if fields := stat(child); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			sum += ticks(fields, 11, 12)
		}
	}
	return sum
}

// memory is a line of /proc/PID/status in MiB: VmRSS for now, VmHWM for the most since forgetPeak.
func memory(pid int, line string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	kib, _ := strconv.ParseFloat(strings.TrimSpace(after(text, line+":", "kB")), 64)
	return kib / 1024
}

// forgetPeak begins VmHWM again.
func forgetPeak(pid int) {
	if pid != 0 {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
	}
}
