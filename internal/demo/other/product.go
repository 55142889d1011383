package other

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

//go:embed all:pages static
var files embed.FS

// LockAfter is after how many wrong passwords the directory locks somebody, for a quarter of an hour.
const LockAfter = 5

// Config is what the demo world decides about the stand-in; all of it but Tenant is needed.
type Config struct {
	// Program is OpenLDAP's server, as Program finds it.
	Program string
	// Dir keeps the directory; it is made when missing.
	Dir string
	// BaseURL is what people open, without a trailing slash: http://other.localhost:8080.
	BaseURL string
	// RP is the client at the identity provider; its addresses here are BaseURL with CallbackPath and SignedOutPath.
	RP rp.Config
	// Tenant, when set, is the only tenant whose people may come in.
	Tenant string
	// Name is the product's name, AccountName that of the one account.
	Name, AccountName string
	// Now is the clock.
	Now func() time.Time
	// Log takes failures.
	Log *slog.Logger
}

// The paths that have to be registered at the identity provider, and the product's own pages others link to.
const (
	CallbackPath  = "/signin/callback"
	SignedOutPath = "/signed-out"
	LoginPath     = "/login"
	ForgotPath    = "/forgotten"
)

// Product is the running stand-in with its directory. It is an http.Handler and safe for concurrent use.
type Product struct {
	cfg      Config
	daemon   *daemon
	searcher string
	party    *rp.Party
	pages    *stand.Pages
	cookies  stand.Cookies
	sessions sessions
	handler  http.Handler
}

// Open starts the directory and opens the pages. Errors: fault.Unavailable "other.directory" when the directory does not
// start.
func Open(ctx context.Context, cfg Config) (*Product, error) {
	cfg.RP = cfg.RP.At(cfg.BaseURL, CallbackPath, SignedOutPath, cfg.Now)
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fault.New(fault.Invalid, "other.base_url")
	}
	party, err := rp.New(cfg.RP)
	if err != nil {
		return nil, err
	}
	pages, err := stand.ParsePages(files)
	if err != nil {
		return nil, err
	}
	p := &Product{cfg: cfg, searcher: stand.Secret(24), party: party, pages: pages, cookies: stand.CookiesFor(base), sessions: sessions{open: map[string]session{}}}
	if p.daemon, err = startDaemon(ctx, cfg.Program, cfg.Dir); err != nil {
		return nil, err
	}
	p.handler = p.routes()
	return p, nil
}

// DirectoryURL is where the directory listens, on this machine alone.
func (p *Product) DirectoryURL() string { return "ldap://" + p.daemon.address }

// SearcherPassword is that of SearcherDN; it is another one each time.
func (p *Product) SearcherPassword() string { return p.searcher }

// Close ends the directory.
func (p *Product) Close() error { return p.daemon.stop() }

// ServeHTTP answers everything under BaseURL.
func (p *Product) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// routes lists everything the product answers.
func (p *Product) routes() http.Handler {
	shell := stand.Shell{Log: p.cfg.Log, FormAction: stand.Origin(p.cfg.RP.Issuer), ShowFailure: p.showFailure}
	mux := http.NewServeMux()
	open := func(pattern string, h stand.Handler) { mux.Handle(pattern, shell.Handle(h)) }
	open("GET /{$}", p.getHome)
	open("GET "+LoginPath, p.getLogin)
	open("POST "+LoginPath, p.postLogin)
	open("GET "+ForgotPath, p.getForgot)
	open("POST /logout", p.postLogout)
	open("GET /signin", p.getSignIn)
	open("GET "+CallbackPath, p.getCallback)
	open("GET "+SignedOutPath, p.getSignedOut)
	mux.Handle("POST "+rp.LogoutPath, p.party.BackChannelLogout(p.cfg.Log, p.endSessionsFrom))
	mux.Handle("GET /static/other.css", stand.Asset(files, "static/other.css", "text/css; charset=utf-8"))
	mux.Handle("GET /static/mark.svg", stand.Asset(files, "static/mark.svg", "image/svg+xml"))
	open("/", func(http.ResponseWriter, *http.Request) error { return fault.New(fault.Missing, "other.page") })
	return shell.Guard(mux)
}
