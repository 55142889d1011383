//go:build servers

package sqlstore_test

import (
	"net/url"
	"testing"

	"ligature/internal/sqlstore"
	"ligature/internal/testkit/servers"
)

// TestPostgresPlansByIndex: a table is never read whole because it was small once, unless the address asks for that.
func TestPostgresPlansByIndex(t *testing.T) {
	dsn := servers.Postgres(t)
	asked, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := asked.Query()
	query.Set("enable_seqscan", "on")
	asked.RawQuery = query.Encode()
	for name, test := range map[string]struct{ dsn, setting, want string }{
		"by an index":         {dsn, "enable_seqscan", "off"},
		"one plan for all":    {dsn, "plan_cache_mode", "force_generic_plan"},
		"nothing is compiled": {dsn, "jit", "off"},
		"who it is":           {dsn, "application_name", "ligature"},
		"as the address says": {asked.String(), "enable_seqscan", "on"},
	} {
		got, err := sqlstore.Shown(t.Context(), open(t, test.dsn, nil), test.setting)
		if err != nil || got != test.want {
			t.Errorf("%s: %s is %q, want %q (%v)", name, test.setting, got, test.want, err)
		}
	}
}
