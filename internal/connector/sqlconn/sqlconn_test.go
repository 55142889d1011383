package sqlconn_test

import (
	"context"
	"crypto/sha512"
	"database/sql"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/guard"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/legacyhash"
)

// oroUser is the part of Akeneo PIM's table that matters here, with the case-insensitive comparison of its collation.
const oroUser = `CREATE TABLE oro_user (
	id INTEGER PRIMARY KEY, username VARCHAR(255) COLLATE NOCASE, email VARCHAR(255) COLLATE NOCASE, first_name TEXT, last_name TEXT,
	enabled BOOLEAN NOT NULL DEFAULT 1, salt VARCHAR(255), password VARCHAR(255), last_login DATETIME, user_type VARCHAR(20) NOT NULL DEFAULT 'user',
	consecutive_authentication_failure_counter INTEGER NOT NULL DEFAULT 0, locale TEXT, privileged BOOLEAN, shared BOOLEAN, must_reset BOOLEAN, generation TEXT)`

const selectUser = `SELECT id, username, email, first_name || ' ' || last_name AS full_name, enabled, salt, password, last_login AS last_used, locale,
	consecutive_authentication_failure_counter >= 5 AS locked, privileged, shared, must_reset, generation, user_type FROM oro_user WHERE user_type = 'user' AND `

func options(path string) sqlconn.Options {
	return sqlconn.Options{
		Driver: "sqlite", DSN: path,
		ByEmail: selectUser + "email = :email", ByUsername: selectUser + "username = :username", ByID: selectUser + "id = :id",
		List:    selectUser + "id > CAST(:after AS INTEGER) ORDER BY id LIMIT :limit",
		Columns: map[string]string{"name": "full_name", "password_hash": "password"},
		Hash:    legacyhash.Spec{Format: legacyhash.SymfonySHA512},
	}
}

// hashes are those of the suite's people, made once.
var hashes = sync.OnceValue(func() map[string]string {
	made := map[string]string{}
	for _, p := range connectortest.People() {
		if p.Password != "" {
			made[p.ID] = symfony(p.Password, saltOf(p))
		}
	}
	return made
})

func saltOf(p connectortest.Person) string { return "salt" + p.ID + "0k1l2" }

// symfony makes a hash as the PIM does: SHA-512, 5,000 rounds, Base64.
func symfony(password, salt string) string {
	salted := password + "{" + salt + "}"
	digest := sha512.Sum512([]byte(salted))
	for range 4999 {
		digest = sha512.Sum512(append(digest[:], salted...))
	}
	return base64.StdEncoding.EncodeToString(digest[:])
}

// store is the product's database, as the product sees it.
type store struct {
	path   string
	db     *sql.DB
	locker *sql.Conn
}

func (s *store) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := s.db.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{path: filepath.Join(t.TempDir(), "pim #1?%.db")}
	s.path = strings.NewReplacer("#", "", "?", "").Replace(s.path)
	var err error
	if s.db, err = sql.Open("sqlite", s.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.locker != nil {
			_ = s.locker.Close()
		}
		_ = s.db.Close()
	})
	s.exec(t, oroUser)
	for _, p := range connectortest.People() {
		failures := 0
		hash, known := hashes()[p.ID]
		if p.Flags.Locked {
			failures = 5
		}
		first, last, _ := strings.Cut(p.Name, " ")
		s.exec(t, `INSERT INTO oro_user (id, username, email, first_name, last_name, enabled, salt, password, consecutive_authentication_failure_counter, locale, privileged, shared, must_reset, generation)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, p.ID, p.Username, p.Email, first, last, !p.Flags.Disabled, saltOf(p), sql.NullString{String: hash, Valid: known}, failures, p.Locale, p.Flags.Privileged, p.Flags.Shared, p.Flags.MustReset, p.Generation)
	}
	return s
}

// lock keeps every reader out, which is how a file's plug is pulled; unlock lets them in again.
func (s *store) lock(t *testing.T) {
	t.Helper()
	var err error
	if s.locker, err = s.db.Conn(context.Background()); err == nil {
		_, err = s.locker.ExecContext(context.Background(), "BEGIN EXCLUSIVE")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *store) unlock(t *testing.T) {
	t.Helper()
	if _, err := s.locker.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	_ = s.locker.Close()
	s.locker = nil
}

func open(t *testing.T, o sqlconn.Options) connector.Connector {
	t.Helper()
	c, err := sqlconn.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnectorSuite(t *testing.T) {
	for name, wrap := range map[string]func(connector.Connector) connector.Connector{
		"bare":    func(c connector.Connector) connector.Connector { return c },
		"guarded": func(c connector.Connector) connector.Connector { return guard.New(c, guard.Options{Failures: 1000}) },
	} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) connectortest.World {
				s := newStore(t)
				return connectortest.World{
					Connector: wrap(open(t, options(s.path))), Has: connector.Abilities{Find: true, Verify: true, List: true}, FoldsCase: true, SaysWhich: true,
					Break: func() { s.lock(t) }, Repair: func() { s.unlock(t) }, Stall: func() { s.lock(t) },
				}
			})
		})
	}
}

func TestOpenRefusesWhatItCannotTrust(t *testing.T) {
	s := newStore(t)
	for name, test := range map[string]struct {
		change func(o *sqlconn.Options)
		kind   fault.Kind
		key    string
	}{
		"an unknown driver":              {func(o *sqlconn.Options) { o.Driver = "oracle" }, fault.Invalid, "sqlconn.driver"},
		"no file":                        {func(o *sqlconn.Options) { o.DSN = "" }, fault.Invalid, "sqlconn.dsn"},
		"a database in memory":           {func(o *sqlconn.Options) { o.DSN = ":memory:" }, fault.Invalid, "sqlconn.dsn"},
		"asking to write":                {func(o *sqlconn.Options) { o.DSN += "?mode=rwc" }, fault.Invalid, "sqlconn.dsn"},
		"pragmas of its own":             {func(o *sqlconn.Options) { o.DSN += "?_pragma=query_only(0)" }, fault.Invalid, "sqlconn.dsn"},
		"a file that is not there":       {func(o *sqlconn.Options) { o.DSN += "x" }, fault.Unavailable, "sqlconn.unreachable"},
		"an update":                      {func(o *sqlconn.Options) { o.ByID = "UPDATE oro_user SET id = id WHERE id = :id RETURNING *" }, fault.Invalid, "sqlconn.statement"},
		"two statements":                 {func(o *sqlconn.Options) { o.ByID += "; DELETE FROM oro_user" }, fault.Invalid, "sqlconn.statement"},
		"selecting what does not follow": {func(o *sqlconn.Options) { o.ByID = "SELECTED" }, fault.Invalid, "sqlconn.statement"},
		"a parameter from elsewhere":     {func(o *sqlconn.Options) { o.ByID = selectUser + "email = :email" }, fault.Invalid, "sqlconn.statement"},
		"no parameter":                   {func(o *sqlconn.Options) { o.ByID = selectUser + "id = 7" }, fault.Invalid, "sqlconn.statement"},
		"a quoted parameter":             {func(o *sqlconn.Options) { o.ByEmail = selectUser + "email = ':email'" }, fault.Invalid, "sqlconn.statement"},
		"a commented parameter":          {func(o *sqlconn.Options) { o.ByEmail = selectUser + "1 -- :email" }, fault.Invalid, "sqlconn.statement"},
		"placeholders of its own":        {func(o *sqlconn.Options) { o.ByEmail = selectUser + "email = :email OR id = ?" }, fault.Invalid, "sqlconn.statement"},
		"an open quote":                  {func(o *sqlconn.Options) { o.ByEmail = selectUser + "email = :email AND '" }, fault.Invalid, "sqlconn.statement"},
		"no way to look up":              {func(o *sqlconn.Options) { o.ByEmail, o.ByUsername = "", "" }, fault.Invalid, "sqlconn.statement"},
		"no id statement":                {func(o *sqlconn.Options) { o.ByID = "" }, fault.Invalid, "sqlconn.statement"},
		"a table that is not there":      {func(o *sqlconn.Options) { o.ByID = "SELECT id FROM users WHERE id = :id" }, fault.Invalid, "sqlconn.statement"},
		"no id column":                   {func(o *sqlconn.Options) { o.ByID = "SELECT username FROM oro_user WHERE id = :id" }, fault.Invalid, "sqlconn.statement"},
		"no hash column":                 {func(o *sqlconn.Options) { o.ByID = "SELECT id FROM oro_user WHERE id = :id" }, fault.Invalid, "sqlconn.columns"},
		"a column twice":                 {func(o *sqlconn.Options) { o.ByID = "SELECT id, id, password FROM oro_user WHERE id = :id" }, fault.Invalid, "sqlconn.statement"},
		"enabled and disabled": {func(o *sqlconn.Options) {
			o.ByID = "SELECT id, password, enabled, NOT enabled AS disabled FROM oro_user WHERE id = :id"
		}, fault.Invalid, "sqlconn.statement"},
		"an unknown column name":   {func(o *sqlconn.Options) { o.Columns = map[string]string{"shoe_size": "x"} }, fault.Invalid, "sqlconn.columns"},
		"two names for one column": {func(o *sqlconn.Options) { o.Columns = map[string]string{"name": "x", "locale": "x"} }, fault.Invalid, "sqlconn.columns"},
		"an unknown hash":          {func(o *sqlconn.Options) { o.Hash.Format = "rot13" }, fault.Invalid, "sqlconn.hash"},
		"too many rounds":          {func(o *sqlconn.Options) { o.Hash.Iterations = 1 << 30 }, fault.Invalid, "sqlconn.hash"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(s.path)
			test.change(&o)
			c, err := sqlconn.Open(t.Context(), o)
			if err == nil {
				_ = c.Close()
			}
			if fault.KindOf(err) != test.kind || fault.KeyOf(err) != test.key {
				t.Errorf("%v, want %s %s", err, test.kind, test.key)
			}
		})
	}
}

func TestNothingIsWritten(t *testing.T) {
	s := newStore(t)
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, options(s.path))
	for _, p := range connectortest.People() {
		_, _ = c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: ident.ExternalID(p.ID), Password: p.Password})
	}
	after, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the product's file changed")
	}
}

func TestRowsThatCannotBeUsedAreErrorsAboutTheRecord(t *testing.T) {
	for name, test := range map[string]struct {
		poison string
		byID   string
	}{
		"an id of NULL":             {byID: "SELECT NULL AS id, password FROM oro_user WHERE id = :id"},
		"an empty id":               {byID: "SELECT '' AS id, password FROM oro_user WHERE id = :id"},
		"another id":                {byID: "SELECT id + 1 AS id, password FROM oro_user WHERE id = :id"},
		"two rows":                  {byID: "SELECT '7' AS id, password FROM oro_user WHERE id = :id OR id = 8"},
		"a number as a yes":         {byID: "SELECT id, password, 7 AS locked FROM oro_user WHERE id = :id"},
		"a fraction as a name":      {byID: "SELECT id, password, 7.5 AS full_name FROM oro_user WHERE id = :id"},
		"bytes as a name":           {byID: "SELECT id, password, x'ff00' AS full_name FROM oro_user WHERE id = :id"},
		"a hash of another format":  {poison: "UPDATE oro_user SET password = 'plain text password'"},
		"a poisoned salt":           {poison: "UPDATE oro_user SET salt = 'a}{b'"},
		"a hash far beyond the cap": {poison: "UPDATE oro_user SET password = printf('%.*c', 100000, 'x')"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			if test.poison != "" {
				s.exec(t, test.poison)
			}
			o := options(s.path)
			if test.byID != "" {
				o.ByID = test.byID
			}
			julia := connectortest.People()[0]
			c := open(t, o)
			answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "7", Password: julia.Password})
			if !fault.Is(err, fault.Unavailable) || !errors.Is(err, connector.ErrRecord) || answer.Outcome != "" {
				t.Errorf("%q, %v; want an error about the record", answer.Outcome, err)
			}
			if err != nil && (strings.Contains(err.Error(), julia.Password) || strings.Contains(err.Error(), "plain text")) {
				t.Errorf("the error shows what is in the row or was typed: %v", err)
			}
		})
	}
}

func TestWeakIsSaid(t *testing.T) {
	s := newStore(t)
	o := options(s.path)
	o.ByID = "SELECT id, password, salt, 1 AS weak FROM oro_user WHERE id = :id"
	answer, err := open(t, o).(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "7", Password: connectortest.People()[0].Password})
	if err != nil || answer.Outcome != connector.MatchWeak {
		t.Errorf("%s, %v; want match_weak", answer.Outcome, err)
	}
}

// TestStatementsAreTranslatedWhereTheyMeanIt holds that quoted text, names and comments keep their colons, and that a
// parameter may be used twice.
func TestStatementsAreTranslatedWhereTheyMeanIt(t *testing.T) {
	s := newStore(t)
	o := options(s.path)
	o.ByID = "select id, password, salt, 'it''s :id; ?1 $1' AS full_name, \":id\" AS locale /* :id ; ' */ FROM oro_user, (SELECT 'x:id' AS \":id\") -- :id ; '\n\tWHERE id = :id OR (id = :id AND 1 = 1)"
	records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
	if err != nil || len(records) != 1 || records[0].Name != "it's :id; ?1 $1" || records[0].Locale != "x:id" {
		t.Errorf("%d records, %v", len(records), err)
	}
}

func TestSlowStatementEndsWithTheDeadline(t *testing.T) {
	s := newStore(t)
	o := options(s.path)
	o.ByUsername = "SELECT id FROM oro_user WHERE username = :username AND (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000) SELECT count(*) FROM n) > 0"
	c := open(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err := c.(connector.Finder).Find(ctx, connector.Query{By: connector.ByUsername, Value: "julia"})
	if !fault.Is(err, fault.Unavailable) || time.Since(started) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(started))
	}
}

func TestLastUsedIsReadHoweverItIsStored(t *testing.T) {
	want := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	for name, value := range map[string]any{"text": "2026-11-22 10:30:00", "RFC 3339": "2026-11-22T11:30:00+01:00", "Unix seconds": want.Unix()} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.exec(t, "UPDATE oro_user SET last_login = ?", value)
			o := options(s.path)
			o.ByID = "SELECT id, password, last_login + 0 AS last_used FROM oro_user WHERE id = :id"
			if _, ok := value.(string); ok {
				o.ByID = "SELECT id, password, last_login || '' AS last_used FROM oro_user WHERE id = :id"
			}
			records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
			if err != nil || len(records) != 1 || !records[0].LastUsedAt.Equal(want) {
				t.Errorf("%v, %v", records, err)
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	path := filepath.Join(b.TempDir(), "bench.db")
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.Exec(oroUser + "; INSERT INTO oro_user (id, username, email) VALUES (7, 'julia', 'julia@example.com')")
	}
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	c, err := sqlconn.Open(b.Context(), options(path))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for b.Loop() {
		if _, err := c.(connector.Finder).Find(b.Context(), connector.Query{By: connector.ByEmail, Value: "julia@example.com"}); err != nil {
			b.Fatal(err)
		}
	}
}
