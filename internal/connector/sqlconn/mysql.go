package sqlconn

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net"

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
	a, err := parseAddress(dsn, "3306", "mysql")
	if err != nil {
		return nil, err
	}
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName, c.Logger, c.TLS = a.account, a.password, a.database, &mysql.NopLogger{}, a.tls
	c.Net, c.Addr = "tcp", net.JoinHostPort(a.host, a.port)
	if a.socket != "" {
		c.Net, c.Addr = "unix", a.socket
	}
	return c, nil
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
