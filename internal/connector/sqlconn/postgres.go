package sqlconn

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"ligature/internal/connector"
)

// postgresSession is said on every connection, so that it means the same on every server:
//   - nothing is written, whatever the account may do;
//   - the server ends a statement by itself when nobody waits for it any more, and waits briefly for locks;
//   - instants in UTC and in the form that is read here;
//   - quoted text ends where this package thinks it does.
const postgresSession = "SET default_transaction_read_only = on; SET statement_timeout = 30000; SET lock_timeout = 3000; " +
	"SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; " +
	"SET bytea_output = 'hex'; SET application_name = 'ligature'"

// postgresOpen reads postgres://account:password@host:port/database?tls=…&ca=…&socket=…. Nothing of it is in an error.
func postgresOpen(dsn string) (*sql.DB, error) {
	config, err := postgresConfig(dsn)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config), nil
}

func postgresConfig(dsn string) (*pgx.ConnConfig, error) {
	a, err := parseAddress(dsn, "5432", "postgres", "postgresql")
	if err != nil {
		return nil, err
	}
	// The library begins with the environment and with files of the process's user. All of it is written over.
	c, err := pgx.ParseConfig("host=localhost user=u password=p dbname=d sslmode=disable passfile='' servicefile=''")
	if err != nil {
		return nil, errors.New("the environment has PG settings that cannot be read") // the cause may quote them
	}
	port, err := strconv.ParseUint(a.port, 10, 16)
	if err != nil && a.socket == "" {
		return nil, errors.New("the port is none")
	}
	c.Host, c.Port, c.User, c.Password, c.Database, c.TLSConfig = a.host, uint16(port), a.account, a.password, a.database, a.tls
	if a.socket != "" {
		c.Host, c.Port = a.socket, 5432
		if name, ok := strings.CutPrefix(filepath.Base(a.socket), ".s.PGSQL."); ok {
			numbered, err := strconv.ParseUint(name, 10, 16)
			if err != nil {
				return nil, errors.New("socket names a socket without a port")
			}
			c.Host, c.Port = filepath.Dir(a.socket), uint16(numbered)
		}
	}
	c.Fallbacks, c.RuntimeParams, c.ConnectTimeout, c.ValidateConnect, c.KerberosSrvName, c.KerberosSpn = nil, map[string]string{}, 0, nil, "", ""
	c.DialFunc = (&net.Dialer{}).DialContext
	c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		_, err := conn.Exec(ctx, postgresSession).ReadAll()
		return err
	}
	// One round trip a question, and nothing that a pooler between would have to remember.
	c.DefaultQueryExecMode, c.StatementCacheCapacity, c.DescriptionCacheCapacity = pgx.QueryExecModeExec, 0, 0
	return c, nil
}

// postgresKinds lets the server prepare the statement and say what it compares the values with.
func postgresKinds(ctx context.Context, db *sql.DB, text string) ([]kind, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	var kinds []kind
	err = conn.Raw(func(raw any) error {
		described, err := raw.(*stdlib.Conn).Conn().Prepare(ctx, "", text)
		if err != nil {
			return err
		}
		for _, oid := range described.ParamOIDs {
			kinds = append(kinds, postgresKind(oid))
		}
		return nil
	})
	return kinds, err
}

func postgresKind(oid uint32) kind {
	switch oid {
	case pgtype.Int2OID:
		return int16s
	case pgtype.Int4OID:
		return int32s
	case pgtype.Int8OID:
		return int64s
	case pgtype.NumericOID:
		return digits
	case pgtype.UUIDOID:
		return uuids
	}
	return anything
}

// postgresPublic drops the server's words from an error: they may quote the value that was asked for. That a value in the
// table is none (class 22, such as a division by zero) is one record's fault.
func postgresPublic(err error) error {
	said, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case !ok:
		return err
	case strings.HasPrefix(said.Code, "22"):
		return fmt.Errorf("%w: error %s", connector.ErrRecord, said.Code)
	}
	return fmt.Errorf("error %s", said.Code)
}
