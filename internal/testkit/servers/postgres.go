package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	startTTL = 30 * time.Second
	stopTTL  = 10 * time.Second
	starts   = 3 // a free port may be taken between finding and using it
)

// install is what a person reads when there is no PostgreSQL.
const install = "PostgreSQL is needed for tests with the build tag servers: `apt-get install postgresql`, or put initdb and postgres on PATH"

// The test process has at most one server of each kind. Package state is what a test process has in common; nothing
// but tests can reach it.
var (
	fast    = &cluster{name: "fast", settings: []string{"fsync=off", "full_page_writes=off", "synchronous_commit=off"}}
	durable = &cluster{name: "durable", settings: []string{"fsync=on", "synchronous_commit=on"}}
)

// Postgres gives the DSN of an empty database of a PostgreSQL server that does not wait for the disk. The database is
// dropped when tb ends. tb fails, naming PostgreSQL, when there is none or it does not start.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return fast.database(tb)
}

// PostgresDurable is Postgres on a server that acknowledges nothing before it is on the disk: for benchmarks whose
// numbers are promises, and tests of what survives.
func PostgresDurable(tb testing.TB) string {
	tb.Helper()
	return durable.database(tb)
}

// Run runs the tests of a package and stops what they started; its result goes to os.Exit.
func Run(m *testing.M) int {
	defer fast.stop()
	defer durable.stop()
	return m.Run()
}

// cluster is one PostgreSQL server, started by the first test that wants a database.
type cluster struct {
	name     string
	settings []string

	once sync.Once
	err  error
	dir  string
	port int
	cmd  *exec.Cmd
	done chan struct{} // closed when the server has ended
	log  *tail
	next atomic.Int64
}

// database makes one database and gives its DSN.
func (c *cluster) database(tb testing.TB) string {
	tb.Helper()
	c.once.Do(func() { c.err = c.start() })
	if c.err != nil {
		tb.Fatalf("PostgreSQL does not start: %v", c.err)
	}
	name := fmt.Sprintf("t%d", c.next.Add(1))
	if err := c.exec("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("PostgreSQL does not create a database: %v\n%s", err, c.log)
	}
	tb.Cleanup(func() {
		if err := c.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("PostgreSQL does not drop database %s: %v", name, err)
		}
	})
	return c.dsn(name)
}

// dsn is the address of a database.
func (c *cluster) dsn(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// exec runs one statement as the owner of the server.
func (c *cluster) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTTL)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.dsn("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// start makes the data folder and starts the server in it.
func (c *cluster) start() error {
	bin, err := binaries("/usr/lib/postgresql", exec.LookPath)
	if err != nil {
		return err
	}
	user, err := account(os.Geteuid())
	if err != nil {
		return err
	}
	parent := base(os.TempDir(), user)
	sweep(parent)
	if c.dir, err = os.MkdirTemp(parent, folderPrefix+strconv.Itoa(os.Getpid())+"-"); err != nil {
		return fmt.Errorf("make its folder: %w", err)
	}
	if user != nil {
		if err := os.Chown(c.dir, int(user.Uid), int(user.Gid)); err != nil {
			return fmt.Errorf("give its folder to user postgres: %w", err)
		}
	}
	data := filepath.Join(c.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.Env = c.dir, environment(c.dir)
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	for try := 1; ; try++ {
		if err = c.serve(filepath.Join(bin, "postgres"), data, user); err == nil || try == starts {
			return err
		}
	}
}

// serve starts the server on a free port and waits until it answers.
func (c *cluster) serve(binary, data string, user *syscall.Credential) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	c.port = port
	args := []string{"-D", data}
	settings := append([]string{"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(port), "unix_socket_directories=",
		"max_connections=100", "shared_buffers=64MB", "logging_collector=off", "timezone=UTC"}, c.settings...)
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	c.log = &tail{}
	c.cmd = exec.Command(binary, args...)
	c.cmd.Dir, c.cmd.Env = c.dir, environment(c.dir)
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	c.cmd.SysProcAttr = attributes(user)
	c.done = make(chan struct{})
	started := make(chan error)
	go keepThread(func() {
		err := c.cmd.Start()
		started <- err
		if err == nil {
			_ = c.cmd.Wait()
		}
		close(c.done)
	})
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", binary, err)
	}
	return c.ready()
}

// ready waits until the server answers, ends, or takes too long.
func (c *cluster) ready() error {
	deadline := time.Now().Add(startTTL)
	for {
		err := c.exec("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("it ended at once: %s", c.log)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			c.stop()
			return fmt.Errorf("it does not answer on port %d after %s: %w\n%s", c.port, startTTL, err, c.log)
		}
	}
}

// stop ends the server without waiting for anything it may still write, and removes its folder.
func (c *cluster) stop() {
	if c.cmd != nil && c.cmd.Process != nil {
		_ = c.cmd.Process.Signal(syscall.SIGQUIT)
		select {
		case <-c.done:
		case <-time.After(stopTTL):
			_ = c.cmd.Process.Kill()
			<-c.done
		}
	}
	if c.dir != "" {
		_ = os.RemoveAll(c.dir)
	}
}

// binaries finds the folder of initdb and postgres: the newest of Debian's, else what is on PATH.
func binaries(debian string, look func(string) (string, error)) (string, error) {
	found, _ := filepath.Glob(filepath.Join(debian, "*", "bin"))
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range found {
		if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	path, err := look("initdb")
	if err != nil {
		return "", errors.New(install)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("%s: %w", install, err)
	}
	return filepath.Dir(path), nil
}

// version is the major version in a path …/15/bin; zero when there is none.
func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// environment keeps what a program needs to run and nothing that would lead it to another server.
func environment(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C", "TZ=UTC"}
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
