package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

const postgresPrefix = "ligature-postgres-"

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

// PostgresCopy is Postgres, but the database is a copy of one that fill has filled. fill runs once in the life of the
// process, whatever later calls bring, and has closed its connections when it returns.
func PostgresCopy(tb testing.TB, fill func(dsn string) error) string {
	tb.Helper()
	return fast.copied(tb, fill)
}

// PostgresCA is the file that vouches for the certificate of the server of Postgres, which takes TLS as well.
func PostgresCA() string { return filepath.Join(fast.dir, "ca.pem") }

// PostgresAccount is the address of a new account of a database that Postgres gave, with these grants and no others than
// everybody has; {db} and {account} are filled in. The account is gone when tb ends, and what it owned is the server's.
func PostgresAccount(tb testing.TB, dsn string, grants ...string) *url.URL {
	tb.Helper()
	at, err := url.Parse(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("a%d", fast.next.Add(1))
	database := at.Path[1:]
	fill := strings.NewReplacer("{db}", database, "{account}", name)
	for _, statement := range append([]string{"CREATE ROLE {account} LOGIN PASSWORD '" + strings.ReplaceAll(accountPassword, "'", "''") + "'"}, grants...) {
		if err := fast.within(database, fill.Replace(statement)); err != nil {
			tb.Fatalf("%s: %v", statement, err)
		}
	}
	tb.Cleanup(func() {
		for _, statement := range []string{"REASSIGN OWNED BY {account} TO postgres", "DROP OWNED BY {account}", "DROP ROLE {account}"} {
			if err := fast.within(database, fill.Replace(statement)); err != nil {
				tb.Errorf("%s: %v", statement, err)
			}
		}
	})
	at.User, at.RawQuery = url.UserPassword(name, accountPassword), ""
	return at
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
	defer maria.stop()
	defer slapd.stop()
	return m.Run()
}

// cluster is one PostgreSQL server, started by the first test that wants a database.
type cluster struct {
	name     string
	settings []string

	process
	once sync.Once
	err  error
	port int
	next atomic.Int64

	filled sync.Once
	unfit  error
}

// copied makes a copy of the filled database.
func (c *cluster) copied(tb testing.TB, fill func(dsn string) error) string {
	tb.Helper()
	c.running(tb)
	c.filled.Do(func() {
		if c.unfit = c.exec("CREATE DATABASE filled"); c.unfit == nil {
			c.unfit = fill(c.dsn("filled"))
		}
	})
	if c.unfit != nil {
		tb.Fatalf("PostgreSQL does not fill a database: %v\n%s", c.unfit, c.log)
	}
	return c.named(tb, " TEMPLATE filled")
}

// database makes one database and gives its DSN.
func (c *cluster) database(tb testing.TB) string {
	tb.Helper()
	c.running(tb)
	return c.named(tb, "")
}

// running starts the server, if nobody has.
func (c *cluster) running(tb testing.TB) {
	tb.Helper()
	c.once.Do(func() { c.err = c.start() })
	if c.err != nil {
		tb.Fatalf("PostgreSQL does not start: %v", c.err)
	}
}

// named makes one database the way that is given, and drops it when tb ends.
func (c *cluster) named(tb testing.TB, way string) string {
	tb.Helper()
	name := fmt.Sprintf("t%d", c.next.Add(1))
	if err := c.exec("CREATE DATABASE " + name + way); err != nil {
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
func (c *cluster) exec(statement string) error { return c.within("postgres", statement) }

// within runs one statement as the owner of the server in a database.
func (c *cluster) within(database, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTTL)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.dsn(database))
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
	if err := c.prepare(postgresPrefix, "postgres"); err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	if err := c.certify(); err != nil {
		return err
	}
	if err := c.call(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"); err != nil {
		return err
	}
	for try := 1; ; try++ {
		if c.port, err = freePort(); err != nil {
			return err
		}
		args := []string{"-D", data}
		settings := append([]string{"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(c.port), "unix_socket_directories=",
			"max_connections=100", "shared_buffers=64MB", "logging_collector=off", "timezone=UTC",
			"ssl=on", "ssl_cert_file=" + filepath.Join(c.dir, "ca.pem"), "ssl_key_file=" + filepath.Join(c.dir, "key.pem")}, c.settings...)
		for _, setting := range settings {
			args = append(args, "-c", setting)
		}
		if err = c.serve(func() error { return c.exec("SELECT 1") }, filepath.Join(bin, "postgres"), args...); err == nil || try == starts {
			return err
		}
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
