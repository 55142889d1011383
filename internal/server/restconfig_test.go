package server_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"ligature/internal/config"
	"ligature/internal/server"
)

// The connectors of the documents of Akeneo PIM and Supplier Data Manager are taken as printed, and no secret is kept beside them.
func TestFromConfigTakesThePresetsAsPrinted(t *testing.T) {
	const http = "kind: http\n      http:\n        url: https://suppliers.acme.example/ligature\n        secret_file: secrets/suppliers-connector"
	for file, kinds := range map[string]string{"akeneo-pim": "sql rest", "supplier-data-manager": "rest http"} {
		text, err := os.ReadFile("../../docs/connectors/" + file + ".md")
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for block := range strings.SplitSeq(string(text), "```yaml\n") {
			block, _, _ = strings.Cut(block, "```")
			_, options, ok := strings.Cut(block, "      kind: ")
			if !ok {
				continue
			}
			options = strings.NewReplacer("secrets/pim-dsn", "secrets/pim-dsn", "secrets/pim-connection", "secrets/pim-client").Replace(options)
			options = strings.Replace(options, "dsn_file: secrets/pim-dsn ", "dsn_env: PIM_DSN ", 1)
			c, err := example(t, http, "kind: "+strings.TrimRight(options, "\n"))
			if err != nil && !strings.Contains(err.Error(), "sql.dsn") { // the test's one variable is no address
				t.Errorf("%s: %v", file, err)
				continue
			}
			kind, _, _ := strings.Cut(options, "\n")
			found = append(found, kind)
			if err != nil {
				continue
			}
			o, err := server.FromConfig(c)
			if err != nil || o.Declaration.Connectors[1].Kind != kind || o.Declaration.Connectors[1].IDStable != (kind == "http") ||
				strings.Contains(o.Declaration.Connectors[1].Options, strings.Repeat("s", 40)) {
				t.Errorf("%s: %+v, %v", file, o.Declaration.Connectors, err)
			}
		}
		if got := strings.Join(found, " "); got != kinds {
			t.Errorf("%s has %q, want %q", file, got, kinds)
		}
	}
}

// Wrong configuration of an API gets one mistake, where it is.
func TestFromConfigRefusesHalfAnAPI(t *testing.T) {
	const http = "kind: http\n      http:\n        url: https://suppliers.acme.example/ligature\n        secret_file: secrets/suppliers-connector"
	const rest = "kind: rest\n      id_stable: false\n      rest: {preset: akeneo-pim, url: \"https://pim.acme.example\", client_id: 1_x, secret_file: secrets/pim-client}"
	for name, test := range map[string]struct{ old, changed, path string }{
		"stable ids":         {"id_stable: false", "id_stable: true", "id_stable"},
		"ids not spoken of":  {"      id_stable: false\n", "", "id_stable"},
		"another preset":     {"akeneo-pim", "akeneo", "rest.preset"},
		"a preset of sql":    {"akeneo-pim", "django", "rest.preset"},
		"no address":         {`, url: "https://pim.acme.example"`, "", "rest.url"},
		"plain http":         {"https://pim", "http://pim", "rest.url"},
		"a page, not a host": {"pim.acme.example", "pim.acme.example/?a=b", "rest.url"},
		"no client":          {"client_id: 1_x, ", "", "rest.client_id"},
		"no secret":          {", secret_file: secrets/pim-client", "", "rest.secret"},
		"a secret in it":     {"secret_file: secrets/pim-client", "secret: c4n4ry", "rest.secret"},
		"a key nobody knows": {"client_id", "token: x, client_id", "rest.token"},
	} {
		_, err := example(t, http, strings.Replace(rest, test.old, test.changed, 1))
		found, ok := errors.AsType[config.Mistakes](err)
		if !ok || len(found) != 1 || found[0].Path != "suite.connectors[1]."+test.path {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "c4n4ry") {
			t.Errorf("%s: the mistake shows the secret", name)
		}
	}
}
