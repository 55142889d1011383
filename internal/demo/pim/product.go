package pim

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

//go:embed schema.sql
var schema string

//go:embed all:pages static
var files embed.FS

// Config is what the demo world decides about the stand-in.
type Config struct {
	// Path is the SQLite file; it is made when missing.
	Path string
	// BaseURL is what people open, without a trailing slash: http://pim.localhost:8080.
	BaseURL string
	// RP is the client at the identity provider. RedirectURI and SignedOutURI default to BaseURL + CallbackPath and
	// BaseURL + SignedOutPath.
	RP rp.Config
	// Tenant, when set, is the only tenant whose people may come in.
	Tenant string
	// Guests says that the product's real users are another database's, which only the identity provider asks. Whoever comes in
	// then gets a user here under the username that the sign-in said, without a password of its own.
	Guests bool
	// SMTPAddr (host:port) takes the product's own mails, sent from MailFrom (default no-reply@pim.example).
	SMTPAddr, MailFrom string
	// Mailer replaces SMTP, for tests.
	Mailer stand.Mailer
	// Name is the product's name (default "Akeneo PIM"), AccountName that of the one account ("Akeneo Product Cloud").
	Name, AccountName string
	// Now is the clock; nil means the real one.
	Now func() time.Time
	// Log takes failures; nil discards them.
	Log *slog.Logger
}

// The paths that have to be registered at the identity provider.
const (
	CallbackPath  = "/auth/callback"
	SignedOutPath = "/auth/signed-out"
	// LoginPath is the product's own login page, used while the tenant is off.
	LoginPath = "/user/login"
	// ForgotPath is the product's own forgotten-password page; it stays open whatever the tenant's state is.
	ForgotPath = "/user/reset-request"
	// SendPath takes that page's form.
	SendPath = "/user/send-email"
)

// State is how the product's credential check behaves for others.
type State string

// The states. Pages keep working in all of them: only the REST token endpoint follows.
const (
	Up   State = "up"
	Down State = "down"
	Slow State = "slow"
)

// slowBy is longer than the three seconds a connector waits.
const slowBy = 5 * time.Second

// Product is the running stand-in. It is an http.Handler and safe for concurrent use.
type Product struct {
	cfg     Config
	db      *sql.DB
	party   *rp.Party
	pages   *stand.Pages
	cookies stand.Cookies
	mailer  stand.Mailer
	handler http.Handler
	state   atomic.Value
}

// Open opens the product's database, makes its tables and fixed rows (roles, permissions) and its pages.
func Open(ctx context.Context, cfg Config) (*Product, error) {
	cfg = withDefaults(cfg)
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fault.New(fault.Invalid, "pim.base_url")
	}
	party, err := rp.New(cfg.RP)
	if err != nil {
		return nil, err
	}
	pages, err := stand.ParsePages(files)
	if err != nil {
		return nil, err
	}
	db, err := stand.OpenStore(ctx, cfg.Path, schema)
	if err != nil {
		return nil, err
	}
	p := &Product{cfg: cfg, db: db, party: party, pages: pages, cookies: stand.CookiesFor(base), mailer: cfg.Mailer}
	p.state.Store(Up)
	if p.mailer == nil {
		p.mailer = stand.SMTP{Addr: cfg.SMTPAddr, From: cfg.MailFrom, Name: cfg.Name}
	}
	if err := stand.InTx(ctx, db, func(tx *sql.Tx) error { return seedRoles(ctx, tx) }); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p.handler = p.routes()
	return p, nil
}

func withDefaults(cfg Config) Config {
	cfg.BaseURL = strings.TrimSuffix(cfg.BaseURL, "/")
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Name == "" {
		cfg.Name = "Akeneo PIM"
	}
	if cfg.AccountName == "" {
		cfg.AccountName = "Akeneo Product Cloud"
	}
	if cfg.MailFrom == "" {
		cfg.MailFrom = "no-reply@pim.example"
	}
	cfg.RP = cfg.RP.At(cfg.BaseURL, CallbackPath, SignedOutPath, cfg.Now)
	return cfg
}

// Close closes the database.
func (p *Product) Close() error {
	return fault.Wrap(fault.Internal, "pim.close", p.db.Close())
}

// ServeHTTP answers everything under BaseURL.
func (p *Product) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// SetState makes the REST token endpoint work, fail (503) or answer too late.
func (p *Product) SetState(state State) { p.state.Store(state) }

// Dump is every table, for comparing before with after.
func (p *Product) Dump(ctx context.Context) (stand.Dump, error) { return stand.DumpStore(ctx, p.db) }

// datetime is an instant as Doctrine writes it.
func datetime(at time.Time) string { return at.UTC().Format(time.DateTime) }
