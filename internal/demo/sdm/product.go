package sdm

import (
	"context"
	"database/sql"
	"embed"
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
	// BaseURL is what people open, without a trailing slash: http://sdm.localhost:8080.
	BaseURL string
	// RP is the client at the identity provider. RedirectURI and SignedOutURI default to BaseURL + CallbackPath and
	// BaseURL + SignedOutPath.
	RP rp.Config
	// ConnectorSecret signs the requests of the identity provider's connector (contract.go). Empty closes that door.
	ConnectorSecret []byte
	// Tenant, when set, is the only tenant whose people may come in.
	Tenant string
	// SMTPAddr (host:port) takes the product's own mails, sent from MailFrom (default no-reply@sdm.example).
	SMTPAddr, MailFrom string
	// Mailer replaces SMTP, for tests.
	Mailer stand.Mailer
	// Name is the product's name (default "Supplier Data Manager"), AccountName that of the one account.
	Name, AccountName string
	// Now is the clock; nil means the real one.
	Now func() time.Time
	// Log takes failures; nil discards them.
	Log *slog.Logger
}

// The paths that have to be registered at the identity provider, and the product's own pages others link to.
const (
	CallbackPath  = "/auth/callback"
	SignedOutPath = "/auth/signed-out"
	LoginPath     = "/login"
	ForgotPath    = "/forgot-password"
)

// State is how the product answers its connector contract and its token endpoint.
type State string

// The states. Pages keep working in all of them.
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
	nonces  *nonces
	handler http.Handler
	state   atomic.Value
}

// Open opens the product's database and its pages.
func Open(ctx context.Context, cfg Config) (*Product, error) {
	cfg = withDefaults(cfg)
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fault.New(fault.Invalid, "sdm.base_url")
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
	p := &Product{cfg: cfg, db: db, party: party, pages: pages, cookies: stand.CookiesFor(base), mailer: cfg.Mailer, nonces: newNonces()}
	p.state.Store(Up)
	if p.mailer == nil {
		p.mailer = stand.SMTP{Addr: cfg.SMTPAddr, From: cfg.MailFrom, Name: cfg.Name}
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
		cfg.Name = "Supplier Data Manager"
	}
	if cfg.AccountName == "" {
		cfg.AccountName = "Akeneo Product Cloud"
	}
	if cfg.MailFrom == "" {
		cfg.MailFrom = "no-reply@sdm.example"
	}
	cfg.RP = cfg.RP.At(cfg.BaseURL, CallbackPath, SignedOutPath, cfg.Now)
	return cfg
}

// Close closes the database.
func (p *Product) Close() error { return fault.Wrap(fault.Internal, "sdm.close", p.db.Close()) }

// ServeHTTP answers everything under BaseURL.
func (p *Product) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// SetState makes the connector contract and the token endpoint work, fail (503) or answer too late.
func (p *Product) SetState(state State) { p.state.Store(state) }

// Dump is every table, for comparing before with after.
func (p *Product) Dump(ctx context.Context) (stand.Dump, error) { return stand.DumpStore(ctx, p.db) }

// faulty does what the state says before the endpoint answers.
func (p *Product) faulty(next stand.Handler) stand.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch p.state.Load() {
		case Down:
			w.Header().Set("Retry-After", "30")
			return problem(w, http.StatusServiceUnavailable, "The user store does not answer.")
		case Slow:
			if err := stand.Wait(r.Context(), slowBy); err != nil {
				return err
			}
		}
		return next(w, r)
	}
}
