package config_test

import (
	"encoding/base64"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ligature/internal/config"
)

var update = flag.Bool("update", false, "write the golden files and the reference")

// Canaries: what the fake files and variables hold. None of them may ever be printed.
const (
	canary    = "canary-0123456789-0123456789-0123456789"
	keyCanary = "canary-key-of-thirty-two-bytes!!"
)

// readFile stands for a disk on which every secret exists, except what is called absent, denied, empty or short.
func readFile(name string) ([]byte, error) {
	switch base := filepath.Base(name); {
	case base == "absent", base == "absent.svg":
		return nil, fs.ErrNotExist
	case base == "denied":
		return nil, fs.ErrPermission
	case base == "empty":
		return []byte("\n"), nil
	case base == "short":
		return []byte("canary-short\n"), nil
	case base == "key":
		return []byte(base64.StdEncoding.EncodeToString([]byte(keyCanary)) + "\n"), nil
	case base == "database-url":
		return []byte("postgres://ligature:" + canary + "@db1:5432,db2:5433/ligature?target_session_attrs=read-write\n"), nil
	case filepath.Ext(base) == ".svg":
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), nil
	}
	return []byte(canary + "\n"), nil
}

func getenv(name string) string {
	if strings.HasPrefix(name, "LIGATURE_") {
		return canary
	}
	return ""
}

func parse(text string) (*config.Config, error) {
	return config.Parse("ligature.yaml", []byte(text), readFile, getenv)
}

func example(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/examples/ligature.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// valid is the example as a Config.
func valid(t testing.TB) *config.Config {
	t.Helper()
	c, err := parse(example(t))
	if err != nil {
		t.Fatalf("the example is wrong:\n%v", err)
	}
	return c
}

func TestExampleIsValid(t *testing.T) {
	c := valid(t)
	s := c.Suite
	if got := string(c.Key.Bytes.Reveal()); got != keyCanary {
		t.Errorf("key is not what the file holds: %d bytes", len(got))
	}
	if c.Database.Kind != "sqlite" || c.Database.Path != "/var/lib/ligature/ligature.db" {
		t.Errorf("database = %s %s", c.Database.Kind, c.Database.Path)
	}
	if c.SMTP.From.Address.Key() != "account@example.com" || c.SMTP.From.Name != "Example Account" {
		t.Errorf("from = %q %q", c.SMTP.From.Name, c.SMTP.From.Address.Key())
	}
	if s.Session.FullAbsolute != 12*time.Hour || s.Session.ProductIdle != 30*time.Minute {
		t.Errorf("session = %+v", s.Session)
	}
	if s.Tenants[0].Rollout != "" || s.Tenants[0].Administrators[0].Key() != "it@acme.example" {
		t.Errorf("tenant = %+v", s.Tenants[0])
	}
	if s.Instances[0].ID != "acme-pim" || s.Instances[1].LoginURL != s.Instances[1].HomeURL {
		t.Errorf("instances = %+v", s.Instances)
	}
	if pim, app := s.Clients[0], s.Clients[1]; pim.Auth != "client_secret_basic" || string(pim.Secret.Reveal()) != canary || app.Auth != "none" || app.Name != "suppliers" {
		t.Errorf("clients = %+v", s.Clients)
	}
	if got := s.Connectors[0]; got.Options.Path() != "suite.connectors[0].sql" || !got.IDStable || got.Timeout != 3*time.Second {
		t.Errorf("connector = %+v", got)
	}
}

// minimal has nothing but what must be there.
const minimal = `
database: {url: "sqlite:ligature.db"}
key: {file: key}
smtp: {address: "localhost:25", tls: none, from: account@example.com}
suite:
  issuer: http://id.localhost:8080
  brand: {account: A, company: C}
  products: [{id: pim, name: PIM}]
  tenants: [{id: acme, name: Acme}]
  connectors: [{name: store, kind: http, http: {url: "http://127.0.0.1:1"}}]
  clients: [{id: pim, product: pim, secret_env: LIGATURE_PIM}]
  instances:
    - {tenant: acme, product: pim, connector: store, client: pim, redirect_uris: ["http://pim.localhost:8080/cb"], home_url: "http://pim.localhost:8080/"}
`

func TestDefaults(t *testing.T) {
	c, err := parse(minimal)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Suite
	checks := map[string]bool{
		"listen":      c.Listen == "127.0.0.1:8080",
		"log":         c.Log == config.Log{Level: "info", Format: "json"},
		"proxies":     len(c.TrustedProxies) == 0,
		"hashing":     c.Hashing.MemoryMiB == 152,
		"locale":      s.Locale == "en",
		"disclosure":  s.Identifier.Disclosure == "explicit",
		"on_link":     s.Password.OnLink == "adopt" && s.Products[0].PasswordOnLink == "",
		"limits":      s.Limits.FlowsPerNetworkPerHour == 300 && s.Tenants[0].FlowsPerNetworkPerHour == 0,
		"rollout":     s.Tenants[0].Rollout == "",
		"time zone":   s.Tenants[0].TimeZone == "UTC",
		"product":     s.Products[0].OtherAddress == "allow" && !s.Products[0].MailboxResetsPassword,
		"connector":   s.Connectors[0].InFlight == 16 && s.Connectors[0].IDStable && s.Connectors[0].LockoutThreshold == 5,
		"client":      s.Clients[0].Type == "confidential" && s.Clients[0].PKCE == "required" && s.Clients[0].IDTokenAlg == "ES256",
		"client name": s.Clients[0].Name == "pim",
		"relative":    c.Database.Path == "ligature.db",
	}
	for name, ok := range checks {
		if !ok {
			t.Errorf("%s has another default", name)
		}
	}
}

func TestDatabaseFromFile(t *testing.T) {
	c, err := parse(strings.Replace(minimal, `url: "sqlite:ligature.db"`, "url_file: database-url", 1))
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.Kind != "postgres" || !strings.Contains(string(c.Database.URL.Reveal()), "db2:5433") {
		t.Errorf("kind = %s", c.Database.Kind)
	}
}

func TestDatabaseURL(t *testing.T) {
	for url, kind := range map[string]string{
		"sqlite:///var/lib/l.db": "sqlite", "sqlite:l.db": "sqlite", "sqlite:./a/l.db": "sqlite",
		"postgres://u@h/db": "postgres", "postgresql://h1:5432,h2:5433/db?sslmode=verify-full": "postgres",
		"postgres:///db?host=/run/postgresql": "postgres", "postgres://u@[::1]:5432/db": "postgres",
		"sqlite://l.db": "", "sqlite:": "", "sqlite:///": "", "sqlite:/l.db": "", "mysql://h/db": "", "postgres://h": "",
		"postgres://h/": "", "postgres:/h/db": "", "postgres://h:x/db": "", "postgres://u:p@h/db": "", "postgres://u:p/w@h/db": "",
		"postgres://u@h/db?password=x": "", "host=h password=x": "", "postgres:///db": "", "l.db": "",
	} {
		c, err := parse(strings.Replace(minimal, "sqlite:ligature.db", url, 1))
		got := ""
		if err == nil {
			got = c.Database.Kind
		}
		if got != kind {
			t.Errorf("%s is %q, want %q (%v)", url, got, kind, err)
		}
	}
}

func TestReadUnreadable(t *testing.T) {
	_, err := config.Read(filepath.Join(t.TempDir(), "none.yaml"), getenv)
	if err == nil || !strings.Contains(err.Error(), "config.unreadable") {
		t.Errorf("err = %v", err)
	}
}

func TestReadResolvesBesideTheFile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"l.yaml": minimal, "key": base64.StdEncoding.EncodeToString([]byte(keyCanary))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Read(filepath.Join(dir, "l.yaml"), getenv)
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.Path != filepath.Join(dir, "ligature.db") {
		t.Errorf("path = %s", c.Database.Path)
	}
}

// What others find wrong stands among the rest, in the order of the file, and sees what could be read.
func TestChecksAreToldTogether(t *testing.T) {
	text := strings.Replace(minimal, "tls: none", "tls: nothing", 1)
	seen := ""
	check := func(c *config.Config) config.Mistakes {
		seen = c.Suite.Brand.Account
		return config.Mistakes{c.Mistake("suite.products[0].name", "is not nice", "find another"), c.Mistake("listen", "is odd", "")}
	}
	_, err := config.Parse("l.yaml", []byte(text), func(string) ([]byte, error) { return []byte(base64.StdEncoding.EncodeToString([]byte(keyCanary))), nil }, getenv, check)
	mistakes, ok := err.(config.Mistakes)
	if !ok || len(mistakes) != 3 || mistakes[1].Path != "smtp.tls" || mistakes[2].Path != "suite.products[0].name" || seen != "A" {
		t.Errorf("mistakes = %v, seen = %q", err, seen)
	}
}
