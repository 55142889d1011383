package sqlconn

import (
	"strings"
	"testing"
)

// Inner tests: the parsers of this package read what operators write and what servers say.

// FuzzTranslate: whatever is written, a statement that is accepted is one SELECT, has our placeholders and no other outside
// of quotes and comments, and binds as many values as it has.
func FuzzTranslate(f *testing.F) {
	for _, seed := range []string{
		"SELECT id FROM u WHERE id = :id", "select id, 'it''s :id' from u where id = :id::bigint -- ;", `SELECT id FROM u WHERE id = :id AND x = E'\' ;'`,
		"SELECT 1 /* /* */ :id */", "SELECT 1 /*! :id */", "SELECT `:id` FROM u WHERE :id # ;", "SELECT id FROM u WHERE id = :id; DROP TABLE u", "SELECT $1 :id", "SELECT ':id", "SELECT\t:id:id::id",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, d := range drivers() {
			s, err := translate(text, d, "id")
			if err != nil {
				continue
			}
			if len(s.names) == 0 || !strings.EqualFold(s.text[:6], "SELECT") {
				t.Errorf("%s: accepted %q as %q", name, text, s.text)
			}
			placed := 0
			for i := 0; i < len(s.text); {
				end := d.syntax.skip(s.text, i)
				switch {
				case end < 0:
					t.Fatalf("%s: %q ends in a quote", name, s.text)
				case end > i:
					i = end
					continue
				case s.text[i] == ';' || s.text[i] == 0:
					t.Errorf("%s: %q has two statements", name, s.text)
				case s.text[i] == '?' || s.text[i] == '$':
					placed++
				}
				i++
			}
			if placed != len(s.names) {
				t.Errorf("%s: %q has %d placeholders for %d values", name, s.text, placed, len(s.names))
			}
			if args, fits := s.arguments(map[string]any{"id": "7"}); !fits || len(args) != placed {
				t.Errorf("%s: %d values for %d placeholders", name, len(args), placed)
			}
		}
	})
}

// FuzzGrants: whatever a server answers to SHOW GRANTS, it is harmless, or there is something to say about it.
func FuzzGrants(f *testing.F) {
	for _, seed := range []string{
		"GRANT SELECT ON `pim`.* TO `r`@`%`", "GRANT ALL PRIVILEGES ON *.* TO `r`@`%` WITH GRANT OPTION", "GRANT SELECT (`a`), UPDATE (`b`) ON `p`.`t` TO 'r'@'%'", "GRANT `w` TO `r`@`%`",
		"GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC07F1AEAD1477967B16F28227'", "REVOKE INSERT ON `m`.* FROM `r`@`%`", "GRANT ( ON x TO `r`", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		said := mysqlSurplus(line)
		upper := strings.ToUpper(line)
		if said == "" && strings.HasPrefix(upper, "GRANT INSERT ON ") && strings.HasSuffix(line, "@`%`") && !strings.ContainsAny(line[:len(line)-4], "`'\"()") && strings.Contains(line, " TO ") {
			t.Errorf("%q is let through", line)
		}
		if strings.Contains(said, "PASSWORD '") {
			t.Errorf("%q shows a password's hash: %q", line, said)
		}
	})
}

// FuzzAddress: whatever is written, the address is whole, or the mistake does not repeat it.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"mysql://a:p@h/d", "postgres://a:p%40@[::1]:1/d?tls=verify", "postgresql://a@/d?socket=/run/x/.s.PGSQL.5433", "mysql://a:c4n4ry@h:x/d", "postgres://a@h/d?tls=off&ca=/x", "://", "mysql://@h/d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		a, err := parseAddress(dsn, "1", "mysql", "postgres", "postgresql")
		if err != nil {
			if len(dsn) > 12 && strings.Contains(err.Error(), dsn) {
				t.Errorf("the mistake repeats %q", dsn)
			}
			return
		}
		if a.account == "" || a.database == "" || (a.host == "") == (a.socket == "") || a.host != "" && a.port == "" {
			t.Errorf("%q is %+v", dsn, a)
		}
	})
}
