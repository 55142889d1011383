package server_test

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ligature/internal/config"
	"ligature/internal/directory"
	"ligature/internal/mail"
	"ligature/internal/server"
	"ligature/internal/web"
)

const svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`

// example reads docs/examples/ligature.yaml, changed, with made-up files beside it.
func example(t *testing.T, changes ...string) (*config.Config, error) {
	t.Helper()
	text, err := os.ReadFile("../../docs/examples/ligature.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := string(text)
	for i := 0; i+1 < len(changes); i += 2 {
		if !strings.Contains(changed, changes[i]) {
			t.Fatalf("the example does not say %q", changes[i])
		}
		changed = strings.Replace(changed, changes[i], changes[i+1], 1)
	}
	files := map[string]string{
		"conf/secrets/key": base64.StdEncoding.EncodeToString([]byte("0123456789-key-of-a-test-9876543")), "conf/secrets/suppliers-connector": "a-shared-secret-of-a-connector",
		"conf/secrets/pim-client": strings.Repeat("s", 40), "conf/logo.svg": svg, "conf/marks/pim.svg": svg,
	}
	read := func(name string) ([]byte, error) {
		if body, ok := files[filepath.ToSlash(name)]; ok {
			return []byte(body), nil
		}
		return nil, os.ErrNotExist
	}
	return config.Parse("conf/ligature.yaml", []byte(changed), read, func(string) string { return "relay-password" }, server.CheckConfig)
}

func TestFromConfig(t *testing.T) {
	c, err := example(t, "mark: grid", "mark: marks/pim.svg", "# logo_light: logo.svg", "logo_light: logo.svg", "password_on_link: set", "shared: true",
		"# rollout: on", "rollout: on #", "time_zone: Europe/Paris", "flows_per_network_per_hour: 900")
	if err != nil {
		t.Fatal(err)
	}
	o, err := server.FromConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	d := o.Declaration
	relay := mail.Config{Address: "mail.example.com:587", TLS: mail.TLSStart, Username: "ligature", Password: "relay-password", From: "account@example.com"}
	for name, ok := range map[string]bool{
		"database":   o.Database == "sqlite:///var/lib/ligature/ligature.db",
		"key":        string(o.Key) == "0123456789-key-of-a-test-9876543",
		"relay":      o.SMTP.Address == relay.Address && o.SMTP.TLS == relay.TLS && o.SMTP.Username == relay.Username && o.SMTP.Password == relay.Password && o.SMTP.From == relay.From,
		"sender":     o.SenderName == "Example Account",
		"hashing":    o.HashMemory == 152<<20,
		"proxies":    slices.Equal(o.TrustedProxies, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}),
		"suite":      d.Suite.Issuer == "https://id.example.com" && d.Suite.Disclosure == directory.Explicit && d.Suite.OnLink == directory.Adopt,
		"sessions":   d.Suite.Sessions == directory.SessionTTL{Full: 12 * time.Hour, FullIdle: time.Hour, Product: 8 * time.Hour, ProductIdle: 30 * time.Minute},
		"limits":     d.Suite.Limits == directory.Limits{FlowsPerHour: 300, MailsPerHour: 6, MailsPerDay: 20},
		"brand":      d.Suite.Brand.Account == "Example Account" && d.Suite.Brand.Primary == "#10519a" && d.Suite.Brand.Radius == 6 && d.Suite.Brand.LogoLight == "logo-light.svg",
		"own mark":   d.Products[0].Mark == "product-pim.svg" && d.Products[0].MailboxResetsPassword && !d.Products[0].Shared,
		"plain mark": d.Products[1].Mark == web.MarkProduct && d.Products[1].Shared,
		"tenant":     d.Tenants[0].Rollout == directory.RolloutOn && d.Tenants[0].FlowsPerHour == 900 && d.Tenants[0].TimeZone == "UTC" && d.Tenants[0].EmailDomains[0] == "acme.example",
		"connector":  d.Connectors[0].Kind == "sql" && d.Connectors[0].LockoutThreshold == 5 && strings.Contains(d.Connectors[0].Options, `"driver":"sqlite"`),
		"no secrets": !strings.Contains(d.Connectors[1].Options, "a-shared-secret") && strings.Contains(d.Connectors[1].Options, "secrets/suppliers-connector"),
		"client":     d.Clients[0].SecretHash == server.HashClientSecret(strings.Repeat("s", 40)) && d.Clients[0].AuthMethod == "client_secret_basic" && d.Clients[0].IDTokenAlg == "ES256",
		"public":     d.Clients[1].SecretHash == "" && d.Clients[1].AuthMethod == "none",
		"instance":   d.Instances[0].ID == "acme-pim" && d.Instances[0].LoginURL == "https://pim.acme.example/user/login" && d.Instances[0].RedirectURIs[0] == "https://pim.acme.example/oidc/callback",
		"guards":     o.Guards["acme-pim"].Deadline == 3*time.Second && o.Guards["acme-pim"].InFlight == 16,
		"opener":     o.Connectors["acme-pim"] != nil && o.Connectors["acme-suppliers"] != nil,
	} {
		if !ok {
			t.Errorf("%s is not what the file says", name)
		}
	}
	if err := fstest.TestFS(o.Files, "logo-light.svg", "product-pim.svg"); err != nil {
		t.Error(err)
	}
	assets, err := web.NewAssets(web.Brand{LogoLight: "logo-light.svg"}, o.Files)
	if err != nil || assets.Size(assets.URL("product-pim.svg")) != len(svg) {
		t.Errorf("the pictures are not served: %v", err)
	}
}

// A tenant that the file does not switch keeps the switch it has.
func TestFromConfigLeavesRollout(t *testing.T) {
	c, err := example(t)
	if err != nil {
		t.Fatal(err)
	}
	o, err := server.FromConfig(c)
	if err != nil || o.Declaration.Tenants[0].Rollout != "" {
		t.Errorf("rollout = %q, %v", o.Declaration.Tenants[0].Rollout, err)
	}
}

// A MySQL address comes from a file or variable, and is no path that begins anywhere.
func TestFromConfigTakesMySQL(t *testing.T) {
	for _, at := range []string{"dsn: mysql://reader@db.acme.example/pim?tls=verify", "dsn_file: secrets/pim-client"} {
		c, err := example(t, "driver: sqlite\n        dsn: /srv/pim/pim.db", "driver: mysql\n        "+at)
		if strings.HasPrefix(at, "dsn_file") {
			if found, ok := errors.AsType[config.Mistakes](err); !ok || len(found) != 1 || found[0].Path != "suite.connectors[0].sql.dsn" {
				t.Errorf("a file that holds no address: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		o, err := server.FromConfig(c)
		if err != nil || len(o.Connectors) != 2 || !strings.Contains(o.Declaration.Connectors[0].Options, `"driver":"mysql"`) {
			t.Errorf("%v, %v", o.Declaration.Connectors, err)
		}
	}
}

// The directories of docs/connectors/ldap.md are taken as printed, and the account's password is not kept beside them.
func TestFromConfigTakesLDAP(t *testing.T) {
	text, err := os.ReadFile("../../docs/connectors/ldap.md")
	if err != nil {
		t.Fatal(err)
	}
	const http = "kind: http\n      http:\n        url: https://suppliers.acme.example/ligature\n        secret_file: secrets/suppliers-connector"
	blocks := strings.Split(string(text), "      kind: ldap\n")
	if len(blocks) != 3 {
		t.Fatalf("%d examples, want OpenLDAP and Active Directory", len(blocks)-1)
	}
	for _, block := range blocks[1:] {
		block, _, _ = strings.Cut(block, "```")
		block = strings.NewReplacer("        ca_file: secrets/ldap-ca.pem\n", "", "        ca_file: secrets/domain-ca.pem\n", "", "secrets/ldap-password", "secrets/pim-client",
			"secrets/domain-password", "secrets/pim-client").Replace(block)
		c, err := example(t, http, "kind: ldap\n"+block)
		if err != nil {
			t.Fatal(err)
		}
		o, err := server.FromConfig(c)
		if err != nil || o.Declaration.Connectors[1].Kind != "ldap" || strings.Contains(o.Declaration.Connectors[1].Options, strings.Repeat("s", 40)) {
			t.Errorf("%+v, %v", o.Declaration.Connectors, err)
		}
	}
	for change, path := range map[string]string{"base: ou=people": "suite.connectors[1].ldap.base", "by_email: (mail=x)": "suite.connectors[1].ldap.by_email", "bind_password: x": "suite.connectors[1].ldap.bind_password",
		"flags: {locked: [x ~ y]}": "suite.connectors[1].ldap.flags.locked[0]", "tls: maybe": "suite.connectors[1].ldap.tls"} {
		key, _, _ := strings.Cut(change, ":")
		ldap := "kind: ldap\n      ldap:\n        " + change
		for _, line := range []string{"url: ldap://ldap.acme.example", "base: dc=acme", "by_email: (mail=:email)"} {
			if !strings.HasPrefix(line, key+":") {
				ldap += "\n        " + line
			}
		}
		_, err := example(t, http, strings.Replace(ldap, "base: ou=people", "base: people", 1))
		if found, ok := errors.AsType[config.Mistakes](err); !ok || len(found) != 1 || found[0].Path != path {
			t.Errorf("%s: %v", change, err)
		}
	}
}

// A pilot of the file reaches the declaration with its people as they are compared.
func TestFromConfigPilot(t *testing.T) {
	c, err := example(t, "# rollout: on", "rollout: pilot #", "# pilot: {people: [dana@acme.example, \"id:42\"]", "pilot: {people: [Dana@Acme.example, RITA, \"id:42\"]",
		"percent: 10}   who", "percent: 10}   #", "login_url: https://pim.acme.example/user/login", "login_url: https://pim.acme.example/user/login\n      rollout: off")
	if err != nil {
		t.Fatal(err)
	}
	o, err := server.FromConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	got := o.Declaration.Tenants[0]
	if got.Rollout != directory.RolloutPilot || !slices.Equal(got.Pilot.People, []string{"dana@acme.example", "rita", "id:42"}) || got.Pilot.Percent != 10 {
		t.Errorf("tenant: %s %+v", got.Rollout, got.Pilot)
	}
	if in := o.Declaration.Instances[0]; in.Rollout != directory.RolloutOff {
		t.Errorf("instance: %q", in.Rollout)
	}
}

// What only adapters understand is told like any other mistake: at once, with its place, and with what to do.
func TestCheckConfig(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		want           string // path of the one mistake
	}{
		{"an unknown mark", "mark: grid", "mark: circle", "suite.products[0].mark"},
		{"an unknown driver", "driver: sqlite", "driver: oracle", "suite.connectors[0].sql.driver"},
		{"a path where an address belongs", "driver: sqlite", "driver: mysql", "suite.connectors[0].sql.dsn"},
		{"an address with a password", "driver: sqlite\n        dsn: /srv/pim/pim.db", "driver: mysql\n        dsn: mysql://reader:a-secret-of-sixteen-bytes@db/pim", "suite.connectors[0].sql.dsn"},
		{"an address that turns TLS off halfway", "driver: sqlite\n        dsn: /srv/pim/pim.db", "driver: mysql\n        dsn: mysql://reader@db/pim?tls=preferred", "suite.connectors[0].sql.dsn"},
		{"a path that is none", "dsn: /srv/pim/pim.db", "dsn: /srv/pim/pim.db?mode=rw", "suite.connectors[0].sql.dsn"},
		{"a statement that writes", "SELECT id, username, email, password, salt, enabled FROM oro_user WHERE username = :username", "DELETE FROM oro_user WHERE username = :username", "suite.connectors[0].sql.by_username"},
		{"a parameter that is not used", "WHERE id = :id", "WHERE id = 1", "suite.connectors[0].sql.by_id"},
		{"an unknown column", "{password_hash: password}", "{passwort: password}", "suite.connectors[0].sql.columns"},
		{"an unknown hash", "symfony-sha512", "rot13", "suite.connectors[0].sql.hash.format"},
		{"a pattern that is none", "{format: symfony-sha512", "{format: pattern, pattern: \"md5($salt)\"", "suite.connectors[0].sql.hash.pattern"},
		{"a pepper in the file", "{format: symfony-sha512", "{format: bcrypt, pepper: a-secret-of-sixteen-bytes", "suite.connectors[0].sql.hash.pepper"},
		{"a pepper that no format takes", "{format: symfony-sha512", "{format: argon2, pepper_file: secrets/suppliers-connector", "suite.connectors[0].sql.hash.pepper"},
		{"a Firebase project without its key", "{format: symfony-sha512", "{format: firebase-scrypt, firebase: {rounds: 8}", "suite.connectors[0].sql.hash.firebase.signer_key"},
		{"an unknown preset", "driver: sqlite", "driver: sqlite\n        preset: dojango", "suite.connectors[0].sql.preset"},
		{"a misspelt option", "hash: {", "hashes: {", "suite.connectors[0].sql.hashes"},
		{"a URL that is not https", "https://suppliers.acme.example/ligature", "http://suppliers.acme.example/ligature", "suite.connectors[1].http.url"},
		{"a URL with a query", "https://suppliers.acme.example/ligature", "https://suppliers.acme.example/ligature?x=1", "suite.connectors[1].http.url"},
		{"a certificate without its key", "url: https://suppliers.acme.example/ligature", "url: https://suppliers.acme.example/ligature\n        client_cert_file: secrets/suppliers-connector", "suite.connectors[1].http.client_key"},
		{"an authority that is none", "url: https://suppliers.acme.example/ligature", "url: https://suppliers.acme.example/ligature\n        ca_file: secrets/suppliers-connector", "suite.connectors[1].http.ca"},
		{"a client key in the file", "url: https://suppliers.acme.example/ligature", "url: https://suppliers.acme.example/ligature\n        client_key: a-secret-of-sixteen-bytes", "suite.connectors[1].http.client_key"},
		{"a server name without TLS", "url: https://suppliers.acme.example/ligature", "url: http://suppliers.acme.example/ligature\n        allow_private: true\n        server_name: x.example", "suite.connectors[1].http.server_name"},
		{"no secret", "secret_file: secrets/suppliers-connector", "allow_private: true", "suite.connectors[1].http.secret"},
		{"a secret in the file", "secret_file: secrets/suppliers-connector", "secret: a-secret-of-sixteen-bytes", "suite.connectors[1].http.secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := example(t, c.from, c.to)
			found, ok := errors.AsType[config.Mistakes](err)
			if !ok || len(found) != 1 || found[0].Path != c.want || found[0].Line < 10 || found[0].Fix == "" {
				t.Errorf("got %v, want one mistake at %s", err, c.want)
			}
			if strings.Contains(err.Error(), "sixteen-bytes") {
				t.Errorf("the mistake tells a secret: %v", err)
			}
		})
	}
}
