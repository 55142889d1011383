package servers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
)

const mariaPrefix = "ligature-mariadb-"

// installMaria is what a person reads when there is no MariaDB.
const installMaria = "MariaDB is needed for tests with the build tag servers: `apt-get install mariadb-server`, or put mariadbd and mariadb-install-db on PATH"

// The passwords have whatever an address has to escape.
const (
	ownerPassword   = "owner's: p@ss/word#1?"
	accountPassword = "reader's: p@ss/word#2&"
)

var maria = &mariaServer{}

// MariaDatabase is an empty database of a MariaDB server, utf8mb4 and utf8mb4_unicode_ci as products of its kind have it.
// Accounts have the grants that they are given, and no others.
type MariaDatabase struct {
	// Name of the database.
	Name string
	// Owner may do everything: it is the product.
	Owner *sql.DB
	// Addr is host:port on loopback. The server also takes TLS there, with a certificate that CA (a file) vouches for.
	Addr, CA string
}

// MariaDB gives an empty database of a MariaDB server that does not wait for the disk. The database is dropped when tb
// ends. tb fails, naming MariaDB, when there is none or it does not start.
func MariaDB(tb testing.TB) MariaDatabase {
	tb.Helper()
	maria.once.Do(func() { maria.err = maria.start() })
	if maria.err != nil {
		tb.Fatalf("MariaDB does not start: %v", maria.err)
	}
	d := MariaDatabase{Name: fmt.Sprintf("t%d", maria.next.Add(1)), Addr: maria.addr, CA: filepath.Join(maria.dir, "ca.pem")}
	if err := maria.exec("CREATE DATABASE " + d.Name); err != nil {
		tb.Fatalf("MariaDB does not create a database: %v\n%s", err, maria.log)
	}
	var err error
	if d.Owner, err = maria.open(d.Name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(d.Owner.Close(), maria.exec("DROP DATABASE "+d.Name)); err != nil {
			tb.Errorf("MariaDB does not drop database %s: %v", d.Name, err)
		}
	})
	return d
}

// Reader is the address of a new account that may SELECT from the database and nothing else.
func (d MariaDatabase) Reader(tb testing.TB) *url.URL {
	tb.Helper()
	return d.Account(tb, "GRANT SELECT ON {db}.* TO {account}")
}

// Account is the address (mysql://…) of a new account with these grants, in which {db} and {account} are filled in.
func (d MariaDatabase) Account(tb testing.TB, grants ...string) *url.URL {
	tb.Helper()
	name := fmt.Sprintf("a%d", maria.next.Add(1))
	quoted := "'" + name + "'@'127.0.0.1'"
	fill := strings.NewReplacer("{db}", d.Name, "{account}", quoted)
	for _, statement := range append([]string{"CREATE USER {account} IDENTIFIED BY '" + strings.ReplaceAll(accountPassword, "'", "''") + "'"}, grants...) {
		if err := maria.exec(fill.Replace(statement)); err != nil {
			tb.Fatalf("%s: %v", statement, err)
		}
	}
	tb.Cleanup(func() {
		if err := maria.exec("DROP USER " + quoted); err != nil {
			tb.Errorf("MariaDB does not drop an account: %v", err)
		}
	})
	return &url.URL{Scheme: "mysql", User: url.UserPassword(name, accountPassword), Host: d.Addr, Path: "/" + d.Name}
}

// mariaServer is the one MariaDB server, started by the first test that wants a database.
type mariaServer struct {
	process
	once  sync.Once
	err   error
	addr  string
	owner *sql.DB
	next  atomic.Int64
}

// open opens a database as the owner.
func (s *mariaServer) open(database string) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName, c.Logger = "owner", ownerPassword, "tcp", s.addr, database, &mysql.NopLogger{}
	inner, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(inner), nil
}

// exec runs one statement as the owner.
func (s *mariaServer) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTTL)
	defer cancel()
	_, err := s.owner.ExecContext(ctx, statement)
	return err
}

// start makes the data folder and starts the server in it.
func (s *mariaServer) start() error {
	server, install, err := mariaBinaries([]string{"/usr/sbin", "/usr/bin"}, exec.LookPath)
	if err != nil {
		return err
	}
	if err := s.prepare(mariaPrefix, "mysql"); err != nil {
		return err
	}
	data, first := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "first.sql")
	text := "CREATE USER IF NOT EXISTS 'owner'@'127.0.0.1' IDENTIFIED BY '" + strings.ReplaceAll(ownerPassword, "'", "''") + "';\n" +
		"GRANT ALL ON *.* TO 'owner'@'127.0.0.1' WITH GRANT OPTION;\nGRANT PROXY ON 'owner'@'127.0.0.1' TO 'owner'@'127.0.0.1' WITH GRANT OPTION;\nDROP USER IF EXISTS 'root'@'localhost';\n"
	if err := errors.Join(os.WriteFile(first, []byte(text), 0o644), s.certify()); err != nil {
		return err
	}
	if err := s.call(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"); err != nil {
		return err
	}
	for try := 1; ; try++ {
		port, err := freePort()
		if err != nil {
			return err
		}
		s.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if s.owner, err = s.open(""); err != nil {
			return err
		}
		err = s.serve(func() error { return s.exec("DO 0") }, server, "--no-defaults", "--datadir="+data, "--bind-address=127.0.0.1", "--port="+strconv.Itoa(port),
			"--socket="+filepath.Join(s.dir, "s"), "--pid-file="+filepath.Join(s.dir, "pid"), "--init-file="+first, "--tmpdir="+s.dir,
			"--ssl-cert="+filepath.Join(s.dir, "ca.pem"), "--ssl-key="+filepath.Join(s.dir, "key.pem"), "--skip-name-resolve", "--skip-log-bin",
			"--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci", "--default-time-zone=+02:00", "--max-connections=200",
			"--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=32M", "--innodb-fast-shutdown=2", "--performance-schema=off")
		if err == nil || try == starts {
			return err
		}
		_ = s.owner.Close()
	}
}

// stop ends the server; connections that are still open do not keep it.
func (s *mariaServer) stop() {
	if s.owner != nil {
		_ = s.owner.Close()
	}
	s.process.stop()
}

// mariaBinaries finds the server and the program that makes a data folder: Debian's, else what is on PATH.
func mariaBinaries(debian []string, look func(string) (string, error)) (server, install string, err error) {
	find := func(name string) string {
		for _, dir := range debian {
			if at := filepath.Join(dir, name); executable(at) {
				return at
			}
		}
		at, _ := look(name)
		return at
	}
	server, install = find("mariadbd"), find("mariadb-install-db")
	if server == "" || install == "" {
		return "", "", errors.New(installMaria)
	}
	return server, install, nil
}
