// Package sqlconn asks a product's user table by SELECTs that the operator wrote, and checks the password against the
// hash it finds there.
//
// It reads and nothing else: the connection is opened read-only, and Open refuses one that could write. Values are bound
// as parameters, one row is read for one user, and what a row must hold is fixed. A statement names its result columns as
// this package does (Options.Columns renames them):
//
//	id username email password_hash salt name locale disabled enabled locked privileged shared weak must_reset last_used generation
//
// Only id is always required, password_hash where passwords are checked. enabled is disabled turned round.
package sqlconn

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/legacyhash"
)

// Options configure a connector. The fields with yaml names are the operator's.
type Options struct {
	// Driver is "sqlite", "postgres", or "mysql" for MySQL and MariaDB.
	Driver string `yaml:"driver"`
	// DSN says where the database is; for sqlite the path of the file, for the others
	// postgres://account:password@host:port/database or mysql://…, with ?tls=off, ?ca=/path or ?socket=/path.
	DSN string `yaml:"dsn"`
	// Preset names a product whose statements and hashes are known; what is written beside it counts more. With holds what
	// differs between its installations.
	Preset string            `yaml:"preset"`
	With   map[string]string `yaml:"with"`
	// ByEmail, ByUsername and ByID are SELECTs with the parameter :email, :username and :id. ByID and one of the others are
	// required; a product without usernames has nobody by that name.
	ByEmail    string `yaml:"by_email"`
	ByUsername string `yaml:"by_username"`
	ByID       string `yaml:"by_id"`
	// List is a SELECT in a stable order with :after (the id of the last one, "" at first) and :limit; optional.
	List string `yaml:"list"`
	// Columns maps our names to the result's, where they differ.
	Columns map[string]string `yaml:"columns"`
	// Hash says how passwords are stored.
	Hash legacyhash.Spec `yaml:"hash"`
	// MaxConnections to the product's database; default 8.
	MaxConnections int `yaml:"max_connections"`
}

// Conn is a connector that can find and verify.
type Conn struct {
	db         *sql.DB
	statements map[connector.Key]statement
	list       statement
	columns    map[string]string
	hash       legacyhash.Spec
	public     func(err error) error
}

// listing is a Conn that can list as well.
type listing struct{ *Conn }

// Open connects, proves that it cannot write, and tries each statement once on a user that does not exist. Errors:
// fault.Invalid "sqlconn.driver", "sqlconn.preset", "sqlconn.dsn", "sqlconn.statement", "sqlconn.columns", "sqlconn.hash";
// fault.Denied "sqlconn.can_write"; fault.Unavailable "sqlconn.unreachable".
func Open(ctx context.Context, options Options) (connector.Connector, error) {
	d, ok := drivers()[options.Driver]
	if !ok {
		return nil, fault.New(fault.Invalid, "sqlconn.driver")
	}
	options, err := options.filled()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "sqlconn.preset", err)
	}
	c := &Conn{hash: options.Hash, public: d.public}
	if err := c.prepare(d, options); err != nil {
		return nil, err
	}
	if c.db, err = d.open(options.DSN); err != nil {
		return nil, fault.Wrap(fault.Invalid, "sqlconn.dsn", err)
	}
	if options.MaxConnections == 0 {
		options.MaxConnections = 8
	}
	c.db.SetMaxOpenConns(options.MaxConnections)
	c.db.SetMaxIdleConns(2)
	c.db.SetConnMaxIdleTime(time.Minute)
	if err := c.admit(ctx, d); err != nil {
		_ = c.db.Close()
		return nil, err
	}
	if options.List != "" {
		return listing{c}, nil
	}
	return c, nil
}

// prepare checks and translates what the operator wrote.
func (c *Conn) prepare(d driver, options Options) error {
	if err := options.Hash.Known(); err != nil {
		return fault.Wrap(fault.Invalid, "sqlconn.hash", err)
	}
	var err error
	if c.columns, err = columnNames(options.Columns); err != nil {
		return fault.Wrap(fault.Invalid, "sqlconn.columns", err)
	}
	if options.ByID == "" || (options.ByEmail == "" && options.ByUsername == "") {
		return fault.Wrap(fault.Invalid, "sqlconn.statement", errors.New("by_id and one of by_email and by_username are required"))
	}
	c.statements = map[connector.Key]statement{}
	for key, text := range map[connector.Key]string{connector.ByID: options.ByID, connector.ByEmail: options.ByEmail, connector.ByUsername: options.ByUsername} {
		if text == "" {
			continue
		}
		if c.statements[key], err = translate(text, d, string(key)); err != nil {
			return fault.Wrap(fault.Invalid, "sqlconn.statement", fmt.Errorf("by_%s: %w", key, err))
		}
	}
	if options.List != "" {
		if c.list, err = translate(options.List, d, "after", "limit"); err != nil {
			return fault.Wrap(fault.Invalid, "sqlconn.statement", fmt.Errorf("list: %w", err))
		}
	}
	return nil
}

// admit proves that the connection reads and cannot write, and that every statement gives the columns it needs.
func (c *Conn) admit(ctx context.Context, d driver) error {
	if err := c.db.PingContext(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, "sqlconn.unreachable", err)
	}
	switch surplus, err := d.writable(ctx, c.db); {
	case err != nil:
		return fault.Wrap(fault.Unavailable, "sqlconn.unreachable", err)
	case surplus != "":
		return fault.Wrap(fault.Denied, "sqlconn.can_write", errors.New("it must be able to read and nothing else: "+surplus))
	}
	if err := c.learnKinds(ctx, d); err != nil {
		return err
	}
	for key, s := range c.statements {
		rows, err := c.query(ctx, s, 1, map[string]any{string(key): ""})
		if err != nil {
			return fault.Wrap(fault.Invalid, "sqlconn.statement", fmt.Errorf("by_%s: %w", key, err))
		}
		if key == connector.ByID && !rows.has("password_hash") {
			return fault.Wrap(fault.Invalid, "sqlconn.columns", errors.New("by_id gives no password_hash"))
		}
	}
	if c.list.text != "" {
		if _, err := c.query(ctx, c.list, 1, map[string]any{"after": "", "limit": 1}); err != nil {
			return fault.Wrap(fault.Invalid, "sqlconn.statement", fmt.Errorf("list: %w", err))
		}
	}
	return nil
}

// learnKinds asks the database what the statements compare their values with, where that counts.
func (c *Conn) learnKinds(ctx context.Context, d driver) error {
	if d.kinds == nil {
		return nil
	}
	learn := func(name string, s *statement) (err error) {
		if s.kinds, err = d.kinds(ctx, c.db, s.text); err != nil {
			return fault.Wrap(fault.Invalid, "sqlconn.statement", fmt.Errorf("%s: %w", name, err))
		}
		return nil
	}
	for key, s := range c.statements {
		if err := learn("by_"+string(key), &s); err != nil {
			return err
		}
		c.statements[key] = s
	}
	if c.list.text == "" {
		return nil
	}
	return learn("list", &c.list)
}

// Ping reads the table, about nobody: a database that answers while its table is locked or gone is of no use.
func (c *Conn) Ping(ctx context.Context) error {
	_, err := c.query(ctx, c.statements[connector.ByID], 1, map[string]any{string(connector.ByID): ""})
	return fault.Wrap(fault.Unavailable, "sqlconn.unreachable", c.public(err))
}

// Close closes the connections.
func (c *Conn) Close() error { return c.db.Close() }

// Find gives at most two records: the second says that the key is ambiguous. A key without a statement finds nobody.
func (c *Conn) Find(ctx context.Context, q connector.Query) ([]connector.Record, error) {
	entries, err := c.entries(ctx, q)
	if err != nil {
		return nil, err
	}
	var records []connector.Record
	for _, e := range entries {
		records = append(records, e.record)
	}
	return records, nil
}

// entries reads the rows of one key.
func (c *Conn) entries(ctx context.Context, q connector.Query) ([]entry, error) {
	switch q.By {
	case connector.ByEmail, connector.ByUsername, connector.ByID:
	default:
		return nil, fault.New(fault.Invalid, "connector.key")
	}
	s, ok := c.statements[q.By]
	if !ok || !plainValue(q.Value) {
		return nil, nil
	}
	table, err := c.query(ctx, s, 2, map[string]any{string(q.By): q.Value})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "sqlconn.query", c.public(err))
	}
	entries := make([]entry, 0, len(table.rows))
	for i := range table.rows {
		e, err := table.entry(i)
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, "sqlconn.row", fmt.Errorf("%w: %w", connector.ErrRecord, err))
		}
		if q.By == connector.ByID && string(e.record.ExternalID) != q.Value {
			// The database's idea of equality, like 7 = "7 " or a collation, is not ours for an id (ATK-89).
			return nil, fault.Wrap(fault.Unavailable, "sqlconn.other_id", fmt.Errorf("%w: a row with another id than was asked for", connector.ErrRecord))
		}
		entries = append(entries, e)
	}
	if q.By == connector.ByID && len(entries) > 1 {
		return nil, fault.Wrap(fault.Unavailable, "sqlconn.two_rows", fmt.Errorf("%w: two rows with one id", connector.ErrRecord))
	}
	return entries, nil
}

// Verify reads the row of the id that Find gave and checks the password here. That a user
// is locked, disabled or must reset is said to whoever knows the password, and to nobody else; none of the three gets in.
// A hash that is guessed at next to no cost makes a weak match.
func (c *Conn) Verify(ctx context.Context, check connector.Check) (connector.Answer, error) {
	if connector.Hopeless(check.Password) {
		return connector.Answer{Outcome: connector.Rejected}, nil
	}
	if check.ExternalID == "" {
		return connector.Answer{}, fault.New(fault.Invalid, "connector.nobody")
	}
	entries, err := c.entries(ctx, connector.Query{By: connector.ByID, Value: string(check.ExternalID)})
	if err != nil {
		return connector.Answer{}, err
	}
	if len(entries) == 0 {
		return connector.Answer{Outcome: connector.NotFound}, nil
	}
	e := entries[0]
	ok, err := c.hash.Check(ctx, e.hash, e.salt, check.Password)
	switch {
	case err != nil && !fault.Is(err, fault.Unavailable):
		return connector.Answer{}, fault.Wrap(fault.Unavailable, "sqlconn.hash", fmt.Errorf("%w: %w", connector.ErrRecord, err))
	case err != nil:
		return connector.Answer{}, err
	}
	if reading, err := c.hash.Read(e.hash, e.salt); err == nil && reading.Weak {
		e.record.Flags.Weak = true
	}
	return connector.Answer{Outcome: outcome(ok, e.record.Flags), Record: &e.record}, nil
}

func outcome(ok bool, flags connector.Flags) connector.Outcome {
	switch {
	case !ok:
		return connector.WrongPassword
	case flags.Locked:
		return connector.Locked
	case flags.Disabled:
		return connector.Disabled
	case flags.MustReset:
		return connector.MustReset
	case flags.Weak:
		return connector.MatchWeak
	}
	return connector.Match
}

// plainValue keeps texts from the database that it may cut or misread.
func plainValue(value string) bool {
	if value == "" || len(value) > 1024 {
		return false
	}
	for _, r := range value {
		if r == 0 || r == '\uFFFD' {
			return false
		}
	}
	return true
}
