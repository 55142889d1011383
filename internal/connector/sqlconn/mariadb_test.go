//go:build servers

package sqlconn_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// revokes are the statements in an error's text, without the words around them.
func revokes(err error) []string {
	_, text, _ := strings.Cut(err.Error(), "nothing else: ")
	var all []string
	for part := range strings.SplitSeq(text, "; ") {
		part, _, _ = strings.Cut(part, ", and grant")
		all = append(all, part)
	}
	return all
}

// TestAccountThatCanWriteIsRefused: Open names what to take away, and whoever does just that is let in.
func TestAccountThatCanWriteIsRefused(t *testing.T) {
	r := pimTables(t)
	exec(t, r, "CREATE PROCEDURE touch() UPDATE oro_user SET enabled = 0")
	const reads = "GRANT SELECT ON {db}.* TO {account}"
	for name, test := range map[string]struct {
		grants []string
		names  string
	}{
		"everything":                {[]string{"GRANT ALL ON {db}.* TO {account}"}, "REVOKE ALL PRIVILEGES ON `{db}`.* FROM "},
		"everything everywhere":     {[]string{"GRANT ALL ON *.* TO {account} WITH GRANT OPTION"}, "REVOKE GRANT OPTION ON *.* FROM "},
		"a row":                     {[]string{reads, "GRANT INSERT, UPDATE ON {db}.oro_user TO {account}"}, "REVOKE INSERT, UPDATE ON `{db}`.`oro_user` FROM "},
		"a column":                  {[]string{"GRANT SELECT, UPDATE (phone) ON {db}.oro_user TO {account}"}, "REVOKE UPDATE (`phone`) ON `{db}`.`oro_user` FROM "},
		"another database":          {[]string{reads, "GRANT DELETE ON elsewhere.* TO {account}"}, "REVOKE DELETE ON `elsewhere`.* FROM "},
		"a table of its own":        {[]string{reads, "GRANT CREATE TEMPORARY TABLES ON {db}.* TO {account}"}, "REVOKE CREATE TEMPORARY TABLES ON `{db}`.* FROM "},
		"a file":                    {[]string{reads, "GRANT FILE ON *.* TO {account}"}, "REVOKE FILE ON *.* FROM "},
		"a lock":                    {[]string{reads, "GRANT LOCK TABLES ON {db}.* TO {account}"}, "REVOKE LOCK TABLES ON `{db}`.* FROM "},
		"a routine that writes":     {[]string{reads, "GRANT EXECUTE ON PROCEDURE {db}.touch TO {account}"}, "REVOKE EXECUTE ON PROCEDURE `{db}`.`touch` FROM "},
		"somebody else's name":      {[]string{reads, "GRANT PROXY ON 'owner'@'127.0.0.1' TO {account}"}, "REVOKE PROXY ON `owner`@`127.0.0.1` FROM "},
		"what it has, to others":    {[]string{reads + " WITH GRANT OPTION"}, "REVOKE GRANT OPTION ON `{db}`.* FROM "},
		"more than one of them":     {[]string{reads, "GRANT DROP ON {db}.* TO {account}", "GRANT RELOAD ON *.* TO {account}"}, "REVOKE RELOAD ON *.* FROM "},
		"a role, whatever it holds": {[]string{reads, "CREATE OR REPLACE ROLE writers", "GRANT INSERT ON {db}.* TO writers", "GRANT writers TO {account}", "SET DEFAULT ROLE writers FOR {account}"}, "REVOKE `writers` FROM "},
		"a role of a role":          {[]string{reads, "CREATE OR REPLACE ROLE outer_role", "GRANT outer_role TO {account}"}, "REVOKE `outer_role` FROM "},
	} {
		t.Run(name, func(t *testing.T) {
			o := mysqlOptions(r.Account(t, test.grants...))
			c, err := sqlconn.Open(t.Context(), o)
			if err == nil {
				_ = c.Close()
			}
			if !fault.Is(err, fault.Denied) || fault.KeyOf(err) != "sqlconn.can_write" {
				t.Fatalf("%v, want can_write", err)
			}
			if want := strings.ReplaceAll(test.names, "{db}", r.Name); !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q: %v", want, err)
			}
			if strings.Contains(err.Error(), "PASSWORD") || strings.Contains(err.Error(), "*") && strings.Contains(err.Error(), "IDENTIFIED") {
				t.Errorf("the error shows the hash of the password: %v", err)
			}
			for _, statement := range revokes(err) {
				exec(t, r, statement)
			}
			exec(t, r, "GRANT SELECT ON "+r.Name+".* TO "+grantee(t, o.DSN))
			_ = open(t, o)
		})
	}
}

// grantee is the account of an address, as SQL names it.
func grantee(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return "'" + u.User.Username() + "'@'127.0.0.1'"
}

// TestRightsOfEverybodyAreRights: what PUBLIC or the nameless user of old installations may do, every account may.
func TestRightsOfEverybodyAreRights(t *testing.T) {
	r := pimTables(t)
	for name, test := range map[string]struct{ give, take, says string }{
		"PUBLIC":            {"GRANT INSERT ON {db}.* TO PUBLIC", "REVOKE INSERT ON {db}.* FROM PUBLIC", "REVOKE INSERT ON `{db}`.* FROM PUBLIC"},
		"nobody may insert": {"INSERT INTO mysql.db (Host, Db, User, Insert_priv) VALUES ('%', '{db}', '', 'Y')", "DELETE FROM mysql.db WHERE User = '' AND Db = '{db}'", "would let the account INSERT"},
		"nobody may update": {"INSERT INTO mysql.db (Host, Db, User, Update_priv) VALUES ('%', '{db}', '', 'Y')", "DELETE FROM mysql.db WHERE User = '' AND Db = '{db}'", "would let the account UPDATE"},
		"nobody may delete": {"INSERT INTO mysql.db (Host, Db, User, Delete_priv) VALUES ('%', '{db}', '', 'Y')", "DELETE FROM mysql.db WHERE User = '' AND Db = '{db}'", "would let the account DELETE"},
		"nobody may create": {"INSERT INTO mysql.db (Host, Db, User, Create_priv) VALUES ('%', '{db}', '', 'Y')", "DELETE FROM mysql.db WHERE User = '' AND Db = '{db}'", "would let the account CREATE"},
	} {
		t.Run(name, func(t *testing.T) {
			before := r.Dump(t)
			o := plainOptions(r.Account(t, "GRANT SELECT ON {db}.oro_user TO {account}"))
			_ = open(t, o)
			exec(t, r, strings.ReplaceAll(test.give, "{db}", r.Name))
			exec(t, r, "FLUSH PRIVILEGES")
			t.Cleanup(func() {
				exec := func(statement string) {
					if _, err := r.Owner.ExecContext(context.Background(), statement); err != nil {
						t.Error(err)
					}
				}
				exec(strings.ReplaceAll(test.take, "{db}", r.Name))
				exec("FLUSH PRIVILEGES")
			})
			c, err := sqlconn.Open(t.Context(), o)
			if err == nil {
				_ = c.Close()
			}
			if !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), strings.ReplaceAll(test.says, "{db}", r.Name)) {
				t.Errorf("%v, want it to say %q", err, test.says)
			}
			if after := r.Dump(t); after.Text() != before.Text() {
				t.Error("asking changed the product's tables")
			}
		})
	}
}

// plainOptions read one table and few columns.
func plainOptions(at *url.URL) sqlconn.Options {
	o := mysqlOptions(at)
	o.List, o.ByEmail = "", ""
	o.ByUsername = "SELECT id FROM oro_user WHERE username = :username"
	o.ByID = "SELECT id, password AS password_hash, salt FROM oro_user WHERE id = :id"
	return o
}

// TestHarmlessGrantsAreAllowed: a column, a view, the list of databases, the list of statements that run.
func TestHarmlessGrantsAreAllowed(t *testing.T) {
	r := pimOf(t)
	at := r.Account(t, "GRANT PROCESS, SHOW DATABASES ON *.* TO {account}", "GRANT SHOW VIEW ON {db}.* TO {account}",
		"GRANT SELECT (id, username, email, password, salt) ON {db}.oro_user TO {account}")
	answer, err := open(t, plainOptions(at)).(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "7", Password: connectortest.People()[0].Password})
	if err != nil || answer.Outcome != connector.Match {
		t.Errorf("%s, %v", answer.Outcome, err)
	}
}

// probe reads an expression the way a user's name is read.
func probe(t *testing.T, at *url.URL, expression string) string {
	t.Helper()
	o := plainOptions(at)
	o.ByID = "SELECT :id AS id, '' AS password_hash, CAST(" + expression + " AS CHAR) AS name"
	records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
	if err != nil || len(records) != 1 {
		t.Fatalf("%s: %d records, %v", expression, len(records), err)
	}
	return records[0].Name
}

// TestSessionIsTheSameOnEveryServer: nothing is written, nothing runs for ever, quotes and instants mean one thing.
func TestSessionIsTheSameOnEveryServer(t *testing.T) {
	at := pimTables(t).Reader(t)
	for expression, want := range map[string]string{
		"@@tx_read_only": "ON", "@@max_statement_time": "30.000000", "@@time_zone": "+00:00", "@@sql_mode": "", "@@character_set_client": "utf8mb4",
		"(SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher')": "",
	} {
		if got := probe(t, at, expression); got != want {
			t.Errorf("%s is %q, want %q", expression, got, want)
		}
	}
}

func TestTLSIsVerified(t *testing.T) {
	r := pimTables(t)
	for name, test := range map[string]struct {
		query string
		key   string
	}{
		"by the machine's authorities": {"tls=verify", "sqlconn.unreachable"},
		"by the file's":                {"ca=" + url.QueryEscape(r.CA), ""},
		"by the file's, said twice":    {"tls=verify&ca=" + url.QueryEscape(r.CA), ""},
	} {
		t.Run(name, func(t *testing.T) {
			at := r.Reader(t)
			at.RawQuery = test.query
			if test.key == "" {
				if probe(t, at, "(SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher')") == "" {
					t.Error("the connection is plain")
				}
				return
			}
			c, err := sqlconn.Open(t.Context(), mysqlOptions(at))
			if err == nil {
				_ = c.Close()
			}
			if fault.KeyOf(err) != test.key {
				t.Errorf("%v, want %s", err, test.key)
			}
		})
	}
	at := r.Reader(t)
	at.User = url.UserPassword(at.User.Username(), "not the password")
	_, err := sqlconn.Open(t.Context(), mysqlOptions(at))
	if fault.KeyOf(err) != "sqlconn.unreachable" || strings.Contains(err.Error(), "not the password") {
		t.Errorf("another password: %v", err)
	}
}

// TestTypedTextIsInNoError: MySQL quotes values in some of its errors.
func TestTypedTextIsInNoError(t *testing.T) {
	o := mysqlOptions(pimOf(t).Reader(t))
	const canary = "4711"
	o.ByUsername = "SELECT id FROM oro_user WHERE 9223372036854775807 + CAST(:username AS SIGNED) > 0"
	_, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: canary})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "1690") {
		t.Errorf("%v, want the server's refusal by its number", err)
	}
	if err != nil && strings.Contains(err.Error(), canary) {
		t.Errorf("the error shows what was typed: %v", err)
	}
}

// TestMariaDBStatementsAreTranslatedWhereTheyMeanIt: quotes with backslashes, names in backticks, three kinds of comments.
func TestMariaDBStatementsAreTranslatedWhereTheyMeanIt(t *testing.T) {
	o := mysqlOptions(pimOf(t).Reader(t))
	o.ByID = "select id, password AS password_hash, salt, 'it\\'s :id; ?1 ''$1' AS name, `:id` AS locale, \":id \\\" '\" AS email /* :id ; ' */ FROM oro_user, (SELECT 'x:id' AS `:id`) n -- :id ; '\n" +
		"# and :id '\n\tWHERE id = :id OR (id = :id AND 1 = 1)"
	records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
	if err != nil || len(records) != 1 || records[0].Name != "it's :id; ?1 '$1" || records[0].Locale != "x:id" {
		t.Errorf("%d records, %v", len(records), err)
	}
}

func TestMariaDBRefusesWhatItCannotTrust(t *testing.T) {
	r := pimTables(t)
	for name, test := range map[string]struct {
		change func(o *sqlconn.Options)
		key    string
	}{
		"an executable comment":          {func(o *sqlconn.Options) { o.ByID += " /*!50000 OR 1 */" }, "sqlconn.statement"},
		"MariaDB's executable comment":   {func(o *sqlconn.Options) { o.ByID += " /*M! OR 1 */" }, "sqlconn.statement"},
		"a quote that a backslash opens": {func(o *sqlconn.Options) { o.ByID += " AND '\\'" }, "sqlconn.statement"},
		"a table that is not there":      {func(o *sqlconn.Options) { o.ByID = "SELECT id FROM users WHERE id = :id" }, "sqlconn.statement"},
		"a file":                         {func(o *sqlconn.Options) { o.ByID += " INTO OUTFILE '/tmp/ligature_must_not_be'" }, "sqlconn.statement"},
		"a column twice":                 {func(o *sqlconn.Options) { o.ByID = "SELECT id, id, password FROM oro_user WHERE id = :id" }, "sqlconn.statement"},
		"no such database":               {func(o *sqlconn.Options) { o.DSN = strings.Replace(o.DSN, "/"+r.Name, "/none", 1) }, "sqlconn.unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			o := mysqlOptions(r.Reader(t))
			test.change(&o)
			c, err := sqlconn.Open(t.Context(), o)
			if err == nil {
				_ = c.Close()
			}
			if fault.KeyOf(err) != test.key {
				t.Errorf("%v, want %s", err, test.key)
			}
		})
	}
}

// TestLockedTableEndsWithTheDeadline: the product's own lock on its table makes nobody wait longer than they said.
func TestLockedTableEndsWithTheDeadline(t *testing.T) {
	r := pimOf(t)
	c := open(t, mysqlOptions(r.Reader(t)))
	locker, err := r.Owner.Conn(t.Context())
	if err == nil {
		_, err = locker.ExecContext(t.Context(), "LOCK TABLES oro_user WRITE")
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err = c.(connector.Finder).Find(ctx, connector.Query{By: connector.ByID, Value: "7"})
	if !fault.Is(err, fault.Unavailable) || time.Since(started) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(started))
	}
	if _, err := locker.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	_ = locker.Close()
	if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"}); err != nil || len(records) != 1 {
		t.Errorf("after the lock: %d records, %v", len(records), err)
	}
}

// TestMariaDBTypesAreRead: flags, instants and ids in the types that products keep them in; the server's clock is not UTC.
func TestMariaDBTypesAreRead(t *testing.T) {
	r := pimTables(t)
	want := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	exec(t, r, "CREATE TABLE u (id BIGINT UNSIGNED, hash CHAR(5), flag BIT(1), e ENUM('N', 'Y'), d DATETIME(6), s TIMESTAMP NULL, n BIGINT, z DATETIME NULL)")
	conn, err := r.Owner.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range []string{"SET SESSION time_zone = '+00:00', sql_mode = ''",
		"INSERT INTO u VALUES (18446744073709551615, 'x', b'1', 'Y', '2026-11-22 10:30:00', '2026-11-22 10:30:00', 1795343400, '0000-00-00 00:00:00')"} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for column, used := range map[string]time.Time{"d": want, "s": want, "n": want, "z": {}} {
		o := mysqlOptions(r.Reader(t))
		o.List, o.ByEmail = "", ""
		o.ByUsername = "SELECT id, hash AS password_hash, flag AS locked, e AS shared, flag AS enabled, " + column + " AS last_used FROM u WHERE hash = :username"
		o.ByID = o.ByUsername[:strings.Index(o.ByUsername, "WHERE")] + "WHERE id = CAST(:id AS UNSIGNED)"
		records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "18446744073709551615"})
		if err != nil || len(records) != 1 {
			t.Errorf("%s: %d records, %v", column, len(records), err)
			continue
		}
		if got := records[0]; !got.Flags.Locked || !got.Flags.Shared || got.Flags.Disabled || !got.LastUsedAt.Equal(used) {
			t.Errorf("%s: %+v, last used %v", column, got.Flags, got.LastUsedAt)
		}
	}
}

// TestDocumentedExampleRuns: docs/connectors/sql.md says that its example was run as printed.
func TestDocumentedExampleRuns(t *testing.T) {
	text, err := os.ReadFile("../../../docs/connectors/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	r := pimOf(t)
	for block := range strings.SplitSeq(string(text), "```yaml\n") {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(block, "driver: mysql") {
			continue
		}
		var printed struct {
			Connectors []struct {
				SQL sqlconn.Options `yaml:"sql"`
			} `yaml:"connectors"`
		}
		if err := yaml.Unmarshal([]byte(block), &printed); err != nil || len(printed.Connectors) != 1 {
			t.Fatalf("%v: %s", err, block)
		}
		o := printed.Connectors[0].SQL
		o.DSN = r.Account(t, "GRANT SELECT ON {db}.oro_user TO {account}").String()
		c := open(t, o)
		for by, value := range map[connector.Key]string{connector.ByEmail: "julia@example.com", connector.ByUsername: "julia", connector.ByID: "7"} {
			records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: by, Value: value})
			if err != nil || len(records) != 1 || records[0].Name != "Julia Stark" || records[0].Generation == "" {
				t.Errorf("by %s: %d records, %v", by, len(records), err)
			}
		}
		for username, want := range map[string]connector.Outcome{"julia": connector.Match, "mary": connector.Disabled, "sandra": connector.Locked} {
			for _, p := range connectortest.People() {
				if p.Username != username {
					continue
				}
				answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: ident.ExternalID(p.ID), Password: p.Password})
				if err != nil || answer.Outcome != want {
					t.Errorf("%s: %s, %v; want %s", username, answer.Outcome, err, want)
				}
			}
		}
		return
	}
	t.Fatal("the document has no example for mysql")
}

// TestMariaDBHasOneMailboxPerAddress: the product's collation takes é for e. A mailbox is not taken for another so.
func TestMariaDBHasOneMailboxPerAddress(t *testing.T) {
	r := pimOf(t)
	exec(t, r, "UPDATE oro_user SET email = 'júlia@example.com' WHERE id = 7")
	o := mysqlOptions(r.Reader(t))
	loose, exact := open(t, o), o
	exact.ByEmail = strings.TrimSuffix(o.ByEmail, "u.email = :email") + "u.email = :email AND LOWER(u.email) = LOWER(:email) COLLATE utf8mb4_bin"
	for c, want := range map[connector.Connector]int{loose: 1, open(t, exact): 0} {
		if records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByEmail, Value: "julia@example.com"}); err != nil || len(records) != want {
			t.Errorf("%d records, %v; want %d", len(records), err, want)
		}
	}
	if records, err := open(t, exact).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByEmail, Value: "PETER@example.com"}); err != nil || len(records) != 1 {
		t.Errorf("in another case: %d records, %v", len(records), err)
	}
}
