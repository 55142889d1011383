package servers

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startTTL = 30 * time.Second
	stopTTL  = 10 * time.Second
	starts   = 3 // a free port may be taken between finding and using it
)

// process is a server of this test process, in a folder of its own.
type process struct {
	dir  string
	user *syscall.Credential
	cmd  *exec.Cmd
	done chan struct{} // closed when the server has ended
	log  *tail
	// farewell is the signal that ends it with the test process; 0: SIGQUIT.
	farewell syscall.Signal
}

// prepare finds the user to run as and makes the folder. What killed test processes left behind goes first.
func (p *process) prepare(prefix, name string) (err error) {
	if p.user, err = account(os.Geteuid(), name); err != nil {
		return err
	}
	parent := base(os.TempDir(), p.user)
	sweep(parent, prefix)
	if p.dir, err = os.MkdirTemp(parent, prefix+strconv.Itoa(os.Getpid())+"-"); err != nil {
		return fmt.Errorf("make its folder: %w", err)
	}
	if p.user != nil {
		if err := os.Chown(p.dir, int(p.user.Uid), int(p.user.Gid)); err != nil {
			return fmt.Errorf("give its folder to user %s: %w", name, err)
		}
	}
	return nil
}

// call runs a program of the server's to its end.
func (p *process) call(binary string, args ...string) error {
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Env = p.dir, environment(p.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.user}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(binary), err, out)
	}
	return nil
}

// begin starts the server.
func (p *process) begin(binary string, args ...string) error {
	p.log = &tail{}
	p.cmd = exec.Command(binary, args...)
	p.cmd.Dir, p.cmd.Env = p.dir, environment(p.dir)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = attributes(p.user, cmp.Or(p.farewell, syscall.SIGQUIT))
	p.cmd.WaitDelay = stopTTL // what it started may outlive it and hold its output open
	p.done = make(chan struct{})
	started := make(chan error)
	go keepThread(func() {
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
		close(p.done)
	})
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", binary, err)
	}
	return nil
}

// serve starts the server and waits until ready says that it answers. It fails when the server ends or takes too long.
func (p *process) serve(ready func() error, binary string, args ...string) error {
	if err := p.begin(binary, args...); err != nil {
		return err
	}
	deadline := time.Now().Add(startTTL)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended at once: %s", p.log)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.stop()
			return fmt.Errorf("it does not answer after %s: %w\n%s", startTTL, err, p.log)
		}
	}
}

// kill ends the server at once and leaves its folder; wait waits until it has ended.
func (p *process) kill() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Kill()
	}
}

func (p *process) wait() {
	if p.cmd != nil && p.cmd.Process != nil {
		<-p.done
	}
}

// killPostgres ends a server that is nobody's child here, by what it wrote into its data folder, with all its processes.
func killPostgres(data string) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return // it does not run
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || postmaster <= 1 {
		return
	}
	// What a lost machine left there may be another process's number by now.
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", postmaster)); err == nil && dir != data {
		return
	}
	children := childrenOf(postmaster)
	for _, pid := range append([]int{postmaster}, children...) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// childrenOf are the processes that a process has started and not outlived, where the system tells.
func childrenOf(parent int) []int {
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	var all []int
	for _, file := range found {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// pid (name) state ppid …, and the name may hold anything.
		_, rest, ok := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if ok && len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				all = append(all, pid)
			}
		}
	}
	return all
}

// stop ends the server without waiting for anything it may still write, and removes its folder.
func (p *process) stop() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(syscall.SIGQUIT)
		select {
		case <-p.done:
		case <-time.After(stopTTL):
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	}
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// account is the user to run as: nil for the caller itself, the system's own for root, which the servers refuse.
func account(uid int, name string) (*syscall.Credential, error) {
	if uid != 0 {
		return nil, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("it refuses to run as root, and there is no user %s to run it as: %w", name, err)
	}
	id, err1 := strconv.ParseUint(u.Uid, 10, 32)
	group, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("user %s: %w", name, err)
	}
	return &syscall.Credential{Uid: uint32(id), Gid: uint32(group)}, nil
}

// base is where the server's folder goes: dir, unless the server runs as another user who may not pass through it.
func base(dir string, user *syscall.Credential) string {
	if user == nil {
		return dir
	}
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil || info.Mode()&0o001 == 0 {
			return "/tmp"
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// keepThread runs f on a thread of its own, for as long as f takes: on Linux a child is told of its parent's end when
// the thread that started it ends, and Go ends idle threads when it likes.
func keepThread(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
}

// sweep removes the folders that killed test processes have left behind.
func sweep(dir, prefix string) {
	left, _ := filepath.Glob(filepath.Join(dir, prefix+"*"))
	for _, folder := range left {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), prefix), "-")
		pid, err := strconv.Atoi(owner)
		if err != nil || pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(folder)
		}
	}
}

// environment keeps what a program needs to run and nothing that would lead it to another server.
func environment(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C", "TZ=UTC"}
}

// freePorts are several, all different.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// freePort is a loopback port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// tail keeps the last lines a server printed, for the failure that needs them.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write keeps at most the last 8 KiB.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p)
	if over := t.buf.Len() - 8<<10; over > 0 {
		t.buf.Next(over)
	}
	return len(p), nil
}

// String is what was printed last.
func (t *tail) String() string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.buf.String())
}
