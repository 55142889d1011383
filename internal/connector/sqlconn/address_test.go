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

func TestAddressIsCheckedAndNeverShown(t *testing.T) {
	const canary = "c4n4ry"
	notPEM := filepath.Join(t.TempDir(), "notpem")
	if err := os.WriteFile(notPEM, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, key := range map[string]string{
		"{scheme}://r:" + canary + "@" + nowhere + "/pim":              "sqlconn.unreachable",
		"{scheme}://r:" + canary + "%40%2F%3A@" + nowhere + "/pim":     "sqlconn.unreachable",
		"{scheme}://r@" + nowhere + "/pim?tls=off":                     "sqlconn.unreachable",
		"{scheme}://r@" + nowhere + "/pim?tls=verify":                  "sqlconn.unreachable",
		"{scheme}://r:" + canary + "@/pim?socket=/nowhere/mysqld.sock": "sqlconn.unreachable",
		"": "sqlconn.dsn",
		"r:" + canary + "@tcp(" + nowhere + ")/pim":                                       "sqlconn.dsn",
		"oracle://r:" + canary + "@" + nowhere + "/pim":                                   "sqlconn.dsn",
		"{scheme}://r:" + canary + "/x@" + nowhere + "/pim":                               "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + ":x/pim":                               "sqlconn.dsn",
		"{scheme}://" + nowhere + "/pim":                                                  "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/":                                    "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere:                                          "sqlconn.dsn",
		"{scheme}://r:" + canary + "@/pim":                                                "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim#" + canary:                       "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?multiStatements=true":            "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?allowAllFiles=true":              "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?tls=skip-verify":                 "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?tls=preferred":                   "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?tls=verify&tls=off":              "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?tls=off&ca=/etc/ca.pem":          "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?ca=ca.pem":                       "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?ca=/nowhere/" + canary:           "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?ca=" + notPEM:                    "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?socket=/run/mysqld/mysqld.sock":  "sqlconn.dsn",
		"{scheme}://r:" + canary + "@/pim?socket=mysqld.sock":                             "sqlconn.dsn",
		"{scheme}://r:" + canary + "@/pim?socket=/run/mysqld/mysqld.sock&tls=verify":      "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?tls=%zz" + canary:                "sqlconn.dsn",
		"{scheme}://r:" + canary + "@" + nowhere + "/pim?ca=" + notPEM + "&tls=" + canary: "sqlconn.dsn",
	} {
		for _, driver := range []string{"mysql", "postgres"} {
			checkAddress(t, driver, strings.Replace(dsn, "{scheme}", driver, 1), key, canary)
		}
	}
}

func checkAddress(t *testing.T, driver, dsn, key, canary string) {
	t.Helper()
	o := options("")
	o.Driver, o.DSN, o.List = driver, dsn, ""
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
