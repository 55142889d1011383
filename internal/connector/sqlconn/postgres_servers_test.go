//go:build servers

package sqlconn_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/fault"
	"ligature/internal/testkit/servers"
)

// TestPostgreSQLAccountThatCanWriteIsRefused: Open names what to take away, and whoever does just that is let in.
func TestPostgreSQLAccountThatCanWriteIsRefused(t *testing.T) {
	a := newApplication(t)
	for _, statement := range []string{
		"CREATE ROLE writers", "CREATE ROLE outers", "CREATE ROLE makers CREATEDB", "GRANT INSERT ON app_user TO writers", "GRANT writers TO outers",
		"CREATE SEQUENCE numbers", "CREATE TABLE other (id int)", "CREATE VIEW seen AS SELECT * FROM app_user",
		"CREATE SCHEMA more", "CREATE TABLE more.a (id int)", "CREATE TABLE more.b (id int)", "CREATE TABLE more.c (id int)", "CREATE TABLE more.d (id int)", `CREATE TABLE more."E f" (id int)`,
		"CREATE FUNCTION touch(n int) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'UPDATE app_user SET active = false WHERE id = n'",
		"REVOKE EXECUTE ON FUNCTION touch FROM PUBLIC", "SELECT lo_create(4711)",
	} {
		a.exec(t, statement)
	}
	t.Cleanup(func() {
		for _, statement := range []string{"DROP OWNED BY writers, outers, makers", "DROP ROLE writers, outers, makers"} {
			if _, err := a.db.ExecContext(context.Background(), statement); err != nil {
				t.Error(err)
			}
		}
	})
	for name, test := range map[string]struct {
		grants []string
		names  string
	}{
		"a row":                        {[]string{"GRANT SELECT, INSERT, UPDATE ON app_user TO {account}"}, "REVOKE INSERT, UPDATE ON TABLE public.app_user FROM {account}"},
		"everything of a table":        {[]string{"GRANT ALL ON app_user TO {account}"}, "REVOKE DELETE, INSERT, REFERENCES, TRIGGER, TRUNCATE, UPDATE ON TABLE public.app_user FROM {account}"},
		"a column":                     {[]string{"GRANT UPDATE (locale, active) ON app_user TO {account}"}, "REVOKE UPDATE (active), UPDATE (locale) ON TABLE public.app_user FROM {account}"},
		"a view":                       {[]string{"GRANT DELETE ON seen TO {account}"}, "REVOKE DELETE ON TABLE public.seen FROM {account}"},
		"a sequence":                   {[]string{"GRANT USAGE ON SEQUENCE numbers TO {account}"}, "REVOKE USAGE ON SEQUENCE public.numbers FROM {account}"},
		"a whole schema":               {[]string{"GRANT INSERT ON ALL TABLES IN SCHEMA more TO {account}"}, "REVOKE INSERT ON ALL TABLES IN SCHEMA more FROM {account}"},
		"a name with a space":          {[]string{`GRANT INSERT ON more."E f" TO {account}`}, `REVOKE INSERT ON TABLE more."E f" FROM {account}`},
		"new tables":                   {[]string{"GRANT CREATE ON SCHEMA public TO {account}"}, "REVOKE CREATE ON SCHEMA public FROM {account}"},
		"new schemas":                  {[]string{"GRANT CREATE ON DATABASE {db} TO {account}"}, "REVOKE CREATE ON DATABASE {db} FROM {account}"},
		"what everybody may":           {[]string{"GRANT INSERT ON other TO PUBLIC"}, "REVOKE INSERT ON TABLE public.other FROM PUBLIC"},
		"what it has, to others":       {[]string{"GRANT SELECT ON app_user TO {account} WITH GRANT OPTION"}, "REVOKE GRANT OPTION FOR SELECT ON TABLE public.app_user FROM {account}"},
		"a member":                     {[]string{"GRANT writers TO {account}"}, "REVOKE writers FROM {account}"},
		"a member that has to ask":     {[]string{"ALTER ROLE {account} NOINHERIT", "GRANT writers TO {account}"}, "REVOKE writers FROM {account}"},
		"a member of a member":         {[]string{"GRANT outers TO {account}"}, "REVOKE outers FROM {account}"},
		"a member that may make":       {[]string{"GRANT makers TO {account}"}, "REVOKE makers FROM {account}"},
		"a giver of membership":        {[]string{"CREATE ROLE {account}_none", "GRANT {account}_none TO {account} WITH ADMIN OPTION"}, "REVOKE ADMIN OPTION FOR {account}_none FROM {account}"},
		"somebody else by setting":     {[]string{"CREATE ROLE {account}_none", "GRANT INSERT ON app_user TO {account}_none", "GRANT {account}_none TO {account}", "ALTER ROLE {account} SET role = {account}_none"}, "REVOKE INSERT ON TABLE public.app_user FROM {account}_none"},
		"an owner":                     {[]string{"CREATE TABLE {account}_owned (id int)", "ALTER TABLE {account}_owned OWNER TO {account}"}, "REASSIGN OWNED BY {account} TO postgres"},
		"an owner of a function":       {[]string{"CREATE FUNCTION {account}_f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "ALTER FUNCTION {account}_f OWNER TO {account}"}, "REASSIGN OWNED BY {account} TO postgres"},
		"an owner of the database":     {[]string{"ALTER DATABASE {db} OWNER TO {account}"}, "REASSIGN OWNED BY {account} TO postgres"},
		"a superuser":                  {[]string{"ALTER ROLE {account} SUPERUSER"}, "ALTER ROLE {account} NOSUPERUSER"},
		"roles and databases":          {[]string{"ALTER ROLE {account} CREATEROLE CREATEDB REPLICATION"}, "ALTER ROLE {account} NOCREATEDB NOCREATEROLE NOREPLICATION"},
		"programs of the server":       {[]string{"GRANT pg_execute_server_program TO {account}"}, "REVOKE pg_execute_server_program FROM {account}"},
		"files of the server":          {[]string{"GRANT pg_write_server_files TO {account}"}, "REVOKE pg_write_server_files FROM {account}"},
		"others' sessions":             {[]string{"GRANT pg_signal_backend TO {account}"}, "REVOKE pg_signal_backend FROM {account}"},
		"a function of its owner's":    {[]string{"GRANT EXECUTE ON FUNCTION touch TO {account}"}, "REVOKE EXECUTE ON FUNCTION touch(integer) FROM {account}"},
		"a function of everybody's":    {[]string{"GRANT EXECUTE ON FUNCTION touch TO PUBLIC"}, "REVOKE EXECUTE ON FUNCTION touch(integer) FROM PUBLIC"},
		"a function of the server's":   {[]string{"GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO {account}"}, "REVOKE EXECUTE ON FUNCTION lo_export(oid,text) FROM {account}"},
		"a large object":               {[]string{"GRANT UPDATE ON LARGE OBJECT 4711 TO {account}"}, "REVOKE UPDATE ON LARGE OBJECT 4711 FROM {account}"},
		"settings of the server":       {[]string{"GRANT ALTER SYSTEM ON PARAMETER work_mem TO {account}"}, "REVOKE ALTER SYSTEM ON PARAMETER work_mem FROM {account}"},
		"more than one of them, twice": {[]string{"GRANT DELETE ON app_user TO {account}", "GRANT UPDATE ON SEQUENCE numbers TO {account}"}, "REVOKE UPDATE ON SEQUENCE public.numbers FROM {account}"},
	} {
		t.Run(name, func(t *testing.T) {
			before := a.dump(t)
			o := postgresOptions(servers.PostgresAccount(t, a.dsn, test.grants...))
			account, database := accountOf(t, o)
			t.Cleanup(func() { a.forget(account + "_none") })
			c, err := sqlconn.Open(t.Context(), o)
			if err == nil {
				_ = c.Close()
			}
			if !fault.Is(err, fault.Denied) || fault.KeyOf(err) != "sqlconn.can_write" {
				t.Fatalf("%v, want can_write", err)
			}
			if want := strings.NewReplacer("{account}", account, "{db}", database).Replace(test.names); !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q: %v", want, err)
			}
			for _, statement := range revokes(err) {
				a.exec(t, statement)
			}
			a.exec(t, "ALTER ROLE "+account+" RESET role")
			a.exec(t, "GRANT SELECT ON app_user TO "+account)
			_ = open(t, o)
			if a.dump(t) != before {
				t.Error("asking changed the product's table")
			}
		})
	}
}

// forget drops a role that a test may have made.
func (a application) forget(role string) {
	_, _ = a.db.ExecContext(context.Background(), "DROP OWNED BY "+role)
	_, _ = a.db.ExecContext(context.Background(), "DROP ROLE IF EXISTS "+role)
}

// accountOf is the name of the account and of the database of an address.
func accountOf(t *testing.T, o sqlconn.Options) (account, database string) {
	t.Helper()
	u, err := url.Parse(o.DSN)
	if err != nil {
		t.Fatal(err)
	}
	return u.User.Username(), u.Path[1:]
}

// TestHarmlessRightsOfPostgreSQLAreAllowed: a column, a role that reads, the server's own roles that read.
func TestHarmlessRightsOfPostgreSQLAreAllowed(t *testing.T) {
	a := newApplication(t)
	for name, grants := range map[string][]string{
		"columns":            {"GRANT SELECT (id, username, email, first_name, last_name, active, salt, password, last_login, locale, failures, staff, shared, must_reset, generation) ON app_user TO {account}"},
		"reading everything": {"GRANT pg_read_all_data TO {account}"},
		"watching":           {"GRANT SELECT ON app_user TO {account}", "GRANT pg_monitor TO {account}"},
		"a role that reads":  {"CREATE ROLE {account}_r", "GRANT SELECT ON app_user TO {account}_r", "GRANT {account}_r TO {account}"},
	} {
		t.Run(name, func(t *testing.T) {
			o := postgresOptions(servers.PostgresAccount(t, a.dsn, grants...))
			account, _ := accountOf(t, o)
			t.Cleanup(func() { a.forget(account + "_r") })
			answer, err := open(t, o).(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "7", Password: connectortest.People()[0].Password})
			if err != nil || answer.Outcome != connector.Match {
				t.Errorf("%s, %v", answer.Outcome, err)
			}
		})
	}
}

// postgresProbe reads an expression the way a user's name is read.
func postgresProbe(t *testing.T, at *url.URL, expression string) string {
	t.Helper()
	o := postgresOptions(at)
	o.ByID = "SELECT :id AS id, '' AS password_hash, CAST(" + expression + " AS text) AS name"
	records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
	if err != nil || len(records) != 1 {
		t.Fatalf("%s: %d records, %v", expression, len(records), err)
	}
	return records[0].Name
}

func TestPostgreSQLSessionIsTheSameOnEveryServer(t *testing.T) {
	a := newApplication(t)
	at := servers.PostgresAccount(t, a.dsn, "GRANT SELECT ON app_user TO {account}", "ALTER ROLE {account} SET timezone = 'Asia/Tokyo'",
		"ALTER ROLE {account} SET default_transaction_read_only = off", "ALTER ROLE {account} SET standard_conforming_strings = off", "ALTER ROLE {account} SET datestyle = 'SQL, DMY'")
	for setting, want := range map[string]string{
		"transaction_read_only": "on", "statement_timeout": "30s", "lock_timeout": "3s", "timezone": "UTC", "standard_conforming_strings": "on", "datestyle": "ISO, MDY", "client_encoding": "UTF8",
	} {
		if got := strings.TrimSpace(postgresProbe(t, at, "current_setting('"+setting+"')")); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
}

// TestPostgreSQLIsReadOnlyEvenIfItCouldWrite: the session is the second fence, for what changes while the server runs.
func TestPostgreSQLIsReadOnlyEvenIfItCouldWrite(t *testing.T) {
	a := newApplication(t)
	a.exec(t, "CREATE FUNCTION bump() RETURNS int LANGUAGE sql AS 'SELECT 1'")
	o := postgresOptions(a.reader(t))
	o.ByUsername = selectAppUser + "username = :username AND bump() = 1"
	c := open(t, o)
	before := a.dump(t)
	a.exec(t, "CREATE OR REPLACE FUNCTION bump() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'UPDATE app_user SET failures = 9 RETURNING 1'")
	if _, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "julia"}); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "25006") {
		t.Errorf("%v, want the session's refusal (25006)", err)
	}
	if a.dump(t) != before {
		t.Error("the product's table changed")
	}
}

func TestPostgreSQLTLSIsVerified(t *testing.T) {
	a := newApplication(t)
	const encrypted = "(SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())"
	for query, want := range map[string]string{"": "false", "tls=off": "false", "ca=" + url.QueryEscape(servers.PostgresCA()): "true", "tls=verify&ca=" + url.QueryEscape(servers.PostgresCA()): "true"} {
		at := a.reader(t)
		at.RawQuery = query
		if got := postgresProbe(t, at, encrypted); got != want {
			t.Errorf("%q: TLS is %s, want %s", query, got, want)
		}
	}
	at := a.reader(t)
	at.RawQuery = "tls=verify"
	if _, err := sqlconn.Open(t.Context(), postgresOptions(at)); fault.KeyOf(err) != "sqlconn.unreachable" {
		t.Errorf("by the machine's authorities: %v, want unreachable", err)
	}
}

// TestTheEnvironmentDecidesNothing: libpq's variables are for people at a shell.
func TestTheEnvironmentDecidesNothing(t *testing.T) {
	a := newApplication(t)
	at := a.reader(t)
	for name, value := range map[string]string{"PGHOST": "192.0.2.1", "PGSSLMODE": "verify-full", "PGOPTIONS": "-c default_transaction_read_only=off", "PGUSER": "postgres", "PGTARGETSESSIONATTRS": "standby", "PGDATABASE": "nowhere"} {
		t.Setenv(name, value)
	}
	account, _ := accountOf(t, postgresOptions(at))
	if got := postgresProbe(t, at, "current_user"); got != account {
		t.Errorf("asked as %s, want %s", got, account)
	}
}

// TestTypedTextIsInNoErrorOfPostgreSQL: it quotes values in some of its errors, and one bad value is one record's fault.
func TestTypedTextIsInNoErrorOfPostgreSQL(t *testing.T) {
	a := newApplication(t)
	o := postgresOptions(a.reader(t))
	const canary = "c4n4ry"
	o.ByUsername = "SELECT id FROM app_user WHERE id = CAST(NULLIF(CAST(:username AS text), '') AS integer)"
	_, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: canary})
	if !fault.Is(err, fault.Unavailable) || !errors.Is(err, connector.ErrRecord) || !strings.Contains(err.Error(), "22P02") {
		t.Errorf("%v, want the server's refusal by its code, about the record", err)
	}
	if err != nil && strings.Contains(err.Error(), canary) {
		t.Errorf("the error shows what was typed: %v", err)
	}
}

// TestPostgreSQLTypesAreRead: ids, flags and instants in the types that products keep them in.
func TestPostgreSQLTypesAreRead(t *testing.T) {
	a := newApplication(t)
	a.exec(t, `CREATE TABLE u (id bigint, key uuid, code text, hash char(5), flag boolean, bit bit(1), word varchar(3), d timestamp, s timestamptz, n bigint, day date)`)
	a.exec(t, `INSERT INTO u VALUES (9223372036854775807, '0190b5d1-7c5a-7cc2-a1c9-6ac1a0a0a0a0', 'Ä 7', 'x', true, B'1', 'yes', '2026-11-22 10:30:00', '2026-11-22 11:30:00+01', 1795343400, '2026-11-22')`)
	want := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	for _, id := range []struct {
		column, value string
		others        []string
	}{
		{"id", "9223372036854775807", []string{"9223372036854775808", "x", "7 ", "+7", "1e3"}},
		{"key", "0190b5d1-7c5a-7cc2-a1c9-6ac1a0a0a0a0", []string{"0190B5D1-7C5A-7CC2-A1C9-6AC1A0A0A0A0", "0190b5d17c5a7cc2a1c96ac1a0a0a0a0", "x"}},
		{"code", "Ä 7", []string{"ä 7", "Ä 7 "}},
	} {
		for column, used := range map[string]time.Time{"d": want, "s": want, "n": want, "day": want.Truncate(24 * time.Hour)} {
			o := postgresOptions(servers.PostgresAccount(t, a.dsn, "GRANT SELECT ON u TO {account}"))
			o.ByEmail = ""
			columns := "SELECT " + id.column + " AS id, hash AS password_hash, bit AS locked, word AS shared, flag AS enabled, " + column + " AS last_used FROM u WHERE "
			o.ByUsername, o.ByID = columns+"code = :username", columns+id.column+" = :id"
			o.List = columns + id.column + " > :after ORDER BY 1 LIMIT :limit"
			c := open(t, o)
			records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: id.value})
			if err != nil || len(records) != 1 {
				t.Errorf("%s: %d records, %v", id.column, len(records), err)
				continue
			}
			if got := records[0]; string(got.ExternalID) != id.value || !got.Flags.Locked || !got.Flags.Shared || got.Flags.Disabled || !got.LastUsedAt.Equal(used) {
				t.Errorf("%s, %s: %s %+v, last used %v", id.column, column, got.ExternalID, got.Flags, got.LastUsedAt)
			}
			for _, other := range id.others {
				if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: other}); err != nil || len(records) != 0 {
					t.Errorf("%s = %q: %d records, %v", id.column, other, len(records), err)
				}
			}
			if listed, _, err := c.(connector.Lister).List(t.Context(), "", 5); err != nil || len(listed) != 1 {
				t.Errorf("%s: %d in the list, %v", id.column, len(listed), err)
			}
		}
	}
}

func TestPostgreSQLRefusesWhatItCannotTrust(t *testing.T) {
	a := newApplication(t)
	for name, test := range map[string]struct {
		change func(o *sqlconn.Options)
		key    string
	}{
		"a table that is not there": {func(o *sqlconn.Options) { o.ByID = "SELECT id FROM users WHERE id = :id" }, "sqlconn.statement"},
		"a new table": {func(o *sqlconn.Options) {
			o.ByID = "SELECT id, password AS password_hash INTO copied FROM app_user WHERE id = :id"
		}, "sqlconn.statement"},
		"a lock":                   {func(o *sqlconn.Options) { o.ByID += " FOR UPDATE" }, "sqlconn.statement"},
		"a column twice":           {func(o *sqlconn.Options) { o.ByID = "SELECT id, id, password FROM app_user WHERE id = :id" }, "sqlconn.statement"},
		"a type that is not clear": {func(o *sqlconn.Options) { o.ByID += " AND :id IS NULL" }, "sqlconn.statement"},
		"no such database":         {func(o *sqlconn.Options) { u, _ := url.Parse(o.DSN); u.Path = "/none"; o.DSN = u.String() }, "sqlconn.unreachable"},
	} {
		o := postgresOptions(a.reader(t))
		test.change(&o)
		c, err := sqlconn.Open(t.Context(), o)
		if err == nil {
			_ = c.Close()
		}
		if fault.KeyOf(err) != test.key {
			t.Errorf("%s: %v, want %s", name, err, test.key)
		}
	}
}

// TestPostgreSQLStatementsAreTranslatedWhereTheyMeanIt: casts, texts with escapes, comments in comments, names in quotes.
func TestPostgreSQLStatementsAreTranslatedWhereTheyMeanIt(t *testing.T) {
	a := newApplication(t)
	o := postgresOptions(a.reader(t))
	o.ByID = `select id, password AS password_hash, salt, E'it\'s :id; ?1 $1' || '\' AS name, ":id" AS locale /* :id /* ; */ ' */ FROM app_user, (SELECT 'x:id' AS ":id") n -- :id ; '` +
		"\n\tWHERE id = :id::integer OR (id::text = :id AND 1 = 1)"
	records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
	if err != nil || len(records) != 1 || records[0].Name != `it's :id; ?1 $1\` || records[0].Locale != "x:id" {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// TestSlowStatementOnPostgreSQLEndsWithTheDeadline, and the server is told to stop.
func TestSlowStatementOnPostgreSQLEndsWithTheDeadline(t *testing.T) {
	a := newApplication(t)
	o := postgresOptions(a.reader(t))
	o.ByUsername = "SELECT id FROM app_user, pg_sleep(CASE WHEN :username = '' THEN 0 ELSE 20 END) WHERE username = :username"
	c := open(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err := c.(connector.Finder).Find(ctx, connector.Query{By: connector.ByUsername, Value: "julia"})
	if !fault.Is(err, fault.Unavailable) || time.Since(started) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(started))
	}
	account, _ := accountOf(t, o)
	for deadline := time.Now().Add(5 * time.Second); ; {
		var running int
		if err := a.db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state = 'active'", account).Scan(&running); err != nil {
			t.Fatal(err)
		}
		if running == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server still runs it")
		}
	}
	if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"}); err != nil || len(records) != 1 {
		t.Errorf("afterwards: %d records, %v", len(records), err)
	}
}

// TestRevokedWhileServingIsUnavailable: an account that loses its right is not "no such user".
func TestRevokedWhileServingIsUnavailable(t *testing.T) {
	a := newApplication(t)
	o := postgresOptions(a.reader(t))
	c := open(t, o)
	account, _ := accountOf(t, o)
	a.exec(t, "REVOKE SELECT ON app_user FROM "+account)
	for _, by := range []connector.Key{connector.ByID, connector.ByUsername, connector.ByEmail} {
		if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: by, Value: "7"}); !fault.Is(err, fault.Unavailable) || len(records) != 0 {
			t.Errorf("by %s: %d records, %v", by, len(records), err)
		}
	}
	if err := c.Ping(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Ping: %v", err)
	}
}
