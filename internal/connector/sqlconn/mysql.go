package sqlconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"

	"github.com/go-sql-driver/mysql"
)

// mysqlSession is said on every connection, so that it means the same on every server:
//   - the mode in which quoted text ends where this package thinks it does;
//   - instants in UTC;
//   - nothing is written, whatever the account may do (tables only: CREATE goes through, which is why grants count);
//   - the server ends a statement by itself when nobody waits for it any more, in its own words of each of the two.
const mysqlSession = "SET SESSION sql_mode = '', time_zone = '+00:00', /*M! tx_read_only = 1, max_statement_time = 30 */ " +
	"/*!50720 transaction_read_only = 1, max_execution_time = 30000 */"

// mysqlOpen reads mysql://account:password@host:port/database?tls=…&ca=…&socket=…. Nothing of it is in an error.
func mysqlOpen(dsn string) (*sql.DB, error) {
	config, err := mysqlConfig(dsn)
	if err != nil {
		return nil, err
	}
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, errors.New("it is not understood") // the cause may quote it
	}
	return sql.OpenDB(mysqlConnector{inner}), nil
}

func mysqlConfig(dsn string) (*mysql.Config, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "mysql" || u.User.Username() == "" || len(u.Path) < 2 || u.Fragment != "" {
		return nil, errors.New("mysql://account:password@host:port/database is needed, with %40 for an @ in the password")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("the part after ? is malformed")
	}
	for name := range query {
		if name != "tls" && name != "ca" && name != "socket" || len(query[name]) != 1 {
			return nil, errors.New("after ? only tls, ca and socket may be set, each once")
		}
	}
	c := mysql.NewConfig()
	c.User, c.DBName, c.Logger = u.User.Username(), u.Path[1:], &mysql.NopLogger{}
	c.Passwd, _ = u.User.Password()
	if socket := query.Get("socket"); socket != "" {
		if u.Host != "" || !filepath.IsAbs(socket) || query.Has("tls") || query.Has("ca") {
			return nil, errors.New("socket is a path from the root, and goes without a host, tls and ca")
		}
		c.Net, c.Addr = "unix", socket
		return c, nil
	}
	if u.Hostname() == "" {
		return nil, errors.New("the host is missing")
	}
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	c.Net, c.Addr = "tcp", net.JoinHostPort(u.Hostname(), port)
	c.TLS, err = mysqlTLS(u.Hostname(), query)
	return c, err
}

// mysqlTLS is verified TLS, unless the database is on this machine or the operator says off. There is no half of it.
func mysqlTLS(host string, query url.Values) (*tls.Config, error) {
	ca := query.Get("ca")
	switch mode := query.Get("tls"); {
	case mode == "off" && ca == "":
		return nil, nil
	case mode == "" && ca == "" && loopback(host):
		return nil, nil
	case mode != "" && mode != "verify":
		return nil, errors.New("tls is verify or off, and off goes without ca")
	}
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if ca == "" {
		return c, nil
	}
	if !filepath.IsAbs(ca) {
		return nil, errors.New("ca is a path from the root")
	}
	certificates, err := os.ReadFile(ca)
	if err != nil {
		return nil, errors.New("the file that ca names cannot be read")
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(certificates) {
		return nil, errors.New("the file that ca names has no certificate (PEM)")
	}
	return c, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// mysqlConnector prepares every new connection.
type mysqlConnector struct{ sqldriver.Connector }

// Connect implements driver.Connector.
func (c mysqlConnector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.(sqldriver.ExecerContext).ExecContext(ctx, mysqlSession, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// mysqlPublic drops the server's words from an error: they may quote the value that was asked for.
func mysqlPublic(err error) error {
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return fmt.Errorf("error %d (%s)", said.Number, said.SQLState[:])
	}
	return err
}
