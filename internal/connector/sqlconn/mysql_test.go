package sqlconn_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ligature/internal/connector/sqlconn"
	"ligature/internal/fault"
)

// nowhere is a port of this machine that nobody listens on.
const nowhere = "127.0.0.1:1"

func TestMySQLAddressIsCheckedAndNeverShown(t *testing.T) {
	const canary = "c4n4ry"
	notPEM := filepath.Join(t.TempDir(), "notpem")
	if err := os.WriteFile(notPEM, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, key := range map[string]string{
		"mysql://r:" + canary + "@" + nowhere + "/pim":              "sqlconn.unreachable",
		"mysql://r:" + canary + "%40%2F%3A@" + nowhere + "/pim":     "sqlconn.unreachable",
		"mysql://r@" + nowhere + "/pim?tls=off":                     "sqlconn.unreachable",
		"mysql://r@" + nowhere + "/pim?tls=verify":                  "sqlconn.unreachable",
		"mysql://r:" + canary + "@/pim?socket=/nowhere/mysqld.sock": "sqlconn.unreachable",
		"": "sqlconn.dsn",
		"r:" + canary + "@tcp(" + nowhere + ")/pim":                                    "sqlconn.dsn",
		"postgres://r:" + canary + "@" + nowhere + "/pim":                              "sqlconn.dsn",
		"mysql://r:" + canary + "/x@" + nowhere + "/pim":                               "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + ":x/pim":                               "sqlconn.dsn",
		"mysql://" + nowhere + "/pim":                                                  "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/":                                    "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere:                                          "sqlconn.dsn",
		"mysql://r:" + canary + "@/pim":                                                "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim#" + canary:                       "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?multiStatements=true":            "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?allowAllFiles=true":              "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?tls=skip-verify":                 "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?tls=preferred":                   "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?tls=verify&tls=off":              "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?tls=off&ca=/etc/ca.pem":          "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?ca=ca.pem":                       "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?ca=/nowhere/" + canary:           "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?ca=" + notPEM:                    "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?socket=/run/mysqld/mysqld.sock":  "sqlconn.dsn",
		"mysql://r:" + canary + "@/pim?socket=mysqld.sock":                             "sqlconn.dsn",
		"mysql://r:" + canary + "@/pim?socket=/run/mysqld/mysqld.sock&tls=verify":      "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?tls=%zz" + canary:                "sqlconn.dsn",
		"mysql://r:" + canary + "@" + nowhere + "/pim?ca=" + notPEM + "&tls=" + canary: "sqlconn.dsn",
	} {
		o := options("")
		o.Driver, o.DSN, o.List = "mysql", dsn, ""
		c, err := sqlconn.Open(t.Context(), o)
		if err == nil {
			_ = c.Close()
		}
		if fault.KeyOf(err) != key {
			t.Errorf("%s: %v, want %s", dsn, err, key)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the error shows what was written: %v", err)
		}
		var reported []string
		o.Check(func(field, problem, fix string) {
			reported = append(reported, field)
			if strings.Contains(problem+fix, canary) {
				t.Errorf("the mistake shows what was written: %s, %s", problem, fix)
			}
		})
		if want := key == "sqlconn.dsn" && dsn != ""; slices.Contains(reported, "dsn") != want {
			t.Errorf("%s: reported %v", dsn, reported)
		}
	}
}

// TestMySQLStatements: what MySQL reads otherwise than SQLite is read its way.
func TestMySQLStatements(t *testing.T) {
	for name, test := range map[string]struct {
		where string
		good  bool
	}{
		"a quote after a backslash":        {`id = :id AND name <> '\' ?'`, true},
		"a double quote after a backslash": {`id = :id AND name <> "\" ;"`, true},
		"a comment of one sign":            {"id = :id # ; ? :nothing", true},
		"a hint":                           {"id = :id /*+ NO_INDEX(u) */", true},
		"a quote that stays open":          {`id = :id AND name <> '\'`, false},
		"a comment that runs":              {"id = :id /*!50000 OR 1 */", false},
		"MariaDB's comment that runs":      {"id = :id /*M!100000 OR 1 */", false},
		"a parameter in a comment":         {"1 # :id", false},
		"two statements":                   {"id = :id; DROP TABLE u", false},
	} {
		o := options("")
		o.Driver, o.DSN, o.List, o.ByID = "mysql", "mysql://r@"+nowhere+"/pim", "", "SELECT id, password FROM u WHERE "+test.where
		_, err := sqlconn.Open(t.Context(), o)
		want := "sqlconn.statement"
		if test.good {
			want = "sqlconn.unreachable"
		}
		if fault.KeyOf(err) != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
