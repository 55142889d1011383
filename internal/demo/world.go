package demo

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"ligature/internal/connector"
	"ligature/internal/demo/inbox"
	"ligature/internal/demo/other"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/demo/sdm"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/mail"
	"ligature/internal/server"
)

// Options are how the world is opened.
type Options struct {
	// Port that everything is served on; 0 takes a free one.
	Port int
	// SeparatePorts gives every part a 127.0.0.1 URL with a port of its own, for tools that do not resolve *.localhost.
	SeparatePorts bool
	// Dir keeps the data; empty means a temporary folder that is gone afterwards.
	Dir string
	// Log takes what the parts log; nil discards it.
	Log *slog.Logger
	// WithoutReset is the product that cannot be asked for reset mails, "pim" or "sdm"; empty for none.
	WithoutReset string
	// Uniform has every wrong sign-in answered alike, instead of telling which identifiers a product knows.
	Uniform bool
	// OnLink is what becomes of a product's password when its account is linked; empty carries it on.
	OnLink directory.OnLink
	// TypedAddresses says that the PIM records whatever address people type there.
	TypedAddresses bool
	// Database replaces the embedded one of the identity provider, "postgres://…".
	Database string
	// Replicas are how many servers answer in turn; 0 is one. More than one need a Database.
	Replicas int
	// PIMStore replaces the PIM's file as what is asked about its users: "mysql://…", a database with the same tables. The PIM has
	// no people of its own then, unless it is PIMCopied: filled with the demo's.
	PIMStore  string
	PIMCopied bool
	// Outcomes is what a product's store says to a password instead of its own answer, "" for its own; nil lets all speak. The
	// store of the PIM asks it once for each password that it is given.
	Outcomes func(product string) connector.Outcome
	// Directory is OpenLDAP's server program, as DirectoryProgram finds it. With one there is a third product, whose people are in
	// a directory; without, and where it does not start, there are two.
	Directory string
}

// World is the running demo.
type World struct {
	options Options
	log     *slog.Logger
	clock   *Clock
	dir     string
	temp    bool

	issuer, pimURL, sdmURL, inboxURL, otherURL string
	pimSecret, sdmSecret, otherSecret          string
	connectorSecret                            []byte
	pimState, sdmState, otherState             stateBox

	inbox   *inbox.Inbox
	server  *server.Server // the first of servers
	servers replicas
	pim     *pim.Product
	sdm     *sdm.Product
	other   *other.Product // nil without a directory

	listeners []net.Listener
	serving   []*http.Server
	unused    sync.Map // connections that no request has come by yet
	guide     guide
	done      chan error
}

// Open builds the world and serves it. Close ends it.
func Open(ctx context.Context, options Options) (*World, error) {
	w := &World{options: options, log: options.Log, clock: &Clock{}, done: make(chan error, 4)}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	steps := []func(context.Context) error{w.openDir, w.listen, w.tryStore, w.openInbox, w.openProducts, w.openOther, w.openServer, w.serve}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, nil
}

func (w *World) openDir(context.Context) (err error) {
	w.pimSecret, w.sdmSecret, w.otherSecret = secret(), secret(), secret()
	if w.dir = w.options.Dir; w.dir != "" {
		return os.MkdirAll(w.dir, 0o700)
	}
	w.temp = true
	w.dir, err = os.MkdirTemp("", "ligature-demo-")
	return err
}

func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

// listen takes the ports, so that every URL is known before anything is built.
func (w *World) listen(context.Context) error {
	urls, names := []*string{&w.issuer, &w.pimURL, &w.sdmURL, &w.inboxURL}, []string{"id", "pim", "sdm", "inbox"}
	if w.options.Directory != "" {
		urls, names = append(urls, &w.otherURL), append(names, "other")
	}
	ports := 1
	if w.options.SeparatePorts {
		ports = len(urls)
	}
	for i := range ports {
		port := 0
		if w.options.Port != 0 {
			port = w.options.Port + i
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return fault.Wrap(fault.Unavailable, "demo.port", err)
		}
		w.listeners = append(w.listeners, l)
	}
	for i, name := range names {
		if w.options.SeparatePorts {
			*urls[i] = "http://" + w.listeners[i].Addr().String()
			continue
		}
		_, port, _ := net.SplitHostPort(w.listeners[0].Addr().String())
		*urls[i] = "http://" + name + ".localhost:" + port
	}
	return nil
}

func (w *World) openInbox(context.Context) (err error) {
	w.inbox, err = inbox.Open(inbox.Config{Now: w.clock.Now, Log: w.log, Answer: refusedMailbox})
	return err
}

// refusedMailbox makes one domain refuse mail, so that the waiting page can say so.
func refusedMailbox(to string) int {
	if strings.HasSuffix(to, "@refused.example") {
		return 550
	}
	return 0
}

func (w *World) openProducts(ctx context.Context) (err error) {
	w.connectorSecret = []byte(secret())
	w.pim, err = pim.Open(ctx, pim.Config{Path: filepath.Join(w.dir, "pim.db"), BaseURL: w.pimURL, RP: w.party("pim", w.pimSecret), Guests: w.guests(),
		Tenant: string(tenant), SMTPAddr: w.inbox.SMTPAddr(), Now: w.clock.Now, Log: w.log})
	if err != nil {
		return err
	}
	w.sdm, err = sdm.Open(ctx, sdm.Config{Path: filepath.Join(w.dir, "sdm.db"), BaseURL: w.sdmURL, RP: w.party("sdm", w.sdmSecret),
		ConnectorSecret: w.connectorSecret, Tenant: string(tenant), SMTPAddr: w.inbox.SMTPAddr(), Now: w.clock.Now, Log: w.log})
	if err != nil {
		return err
	}
	if err := w.pim.Seed(ctx, w.pimPeople()); err != nil {
		return err
	}
	return w.sdm.Seed(ctx, sdmPeople(w.clock.Now()))
}

// party is a product as the provider's client.
func (w *World) party(id, secret string) rp.Config {
	return rp.Config{Issuer: w.issuer, ClientID: id, ClientSecret: secret, Now: w.clock.Now,
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: w.dial}, Timeout: 10 * time.Second}}
}

func (w *World) openServer(ctx context.Context) error {
	key, err := w.key()
	if err != nil {
		return err
	}
	database := w.options.Database
	if database == "" {
		database = "sqlite://" + filepath.Join(w.dir, "ligature.db")
	}
	for range max(1, w.options.Replicas) {
		opened, err := server.Open(ctx, server.Options{
			Declaration: w.declaration(), Database: database, Key: key, Connectors: w.connectors(), Demo: true, Log: w.log, Now: w.clock.Now,
			MailLease: farthest, LogoutDial: w.dial,
			SMTP: mail.Config{Address: w.inbox.SMTPAddr(), TLS: mail.TLSNone, From: "account@id.localhost"},
		})
		if err != nil {
			return err
		}
		w.servers.servers = append(w.servers.servers, opened)
	}
	w.server = w.servers.servers[0]
	return nil
}

// key is the sealing key; it is kept beside the data, which is worth nothing without it.
func (w *World) key() ([]byte, error) {
	path := filepath.Join(w.dir, "key")
	if kept, err := os.ReadFile(path); err == nil {
		return kept, nil
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return key, os.WriteFile(path, key, 0o600)
}

func (w *World) serve(context.Context) error {
	handlers := []http.Handler{w.byHost()}
	if w.options.SeparatePorts {
		handlers = []http.Handler{only(w.issuer, w.provider()), only(w.pimURL, w.pim), only(w.sdmURL, w.sdm), only(w.inboxURL, w.inbox)}
		if w.options.Directory != "" {
			handlers = append(handlers, only(w.otherURL, w.third()))
		}
	}
	for i, l := range w.listeners {
		s := &http.Server{Handler: handlers[i], ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelWarn), ConnState: w.noteUnused}
		w.serving = append(w.serving, s)
		go func() { w.done <- s.Serve(l) }()
	}
	return nil
}

// noteUnused remembers connections that nothing came by: a client that opened one too many would be waited for at the end.
func (w *World) noteUnused(c net.Conn, state http.ConnState) {
	if state == http.StateNew {
		w.unused.Store(c, nil)
		return
	}
	w.unused.Delete(c)
}

// byHost sends a request to the part whose name it came to. Any other name is refused: a page of a foreign name that
// resolves to this machine must not reach the inbox or the remote control.
func (w *World) byHost() http.Handler {
	parts := map[string]http.Handler{}
	for at, part := range map[string]http.Handler{w.issuer: w.provider(), w.pimURL: w.pim, w.sdmURL: w.sdm, w.inboxURL: w.inbox, w.otherURL: w.third()} {
		if at != "" {
			parts[strings.TrimPrefix(at, "http://")] = part
		}
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		part, ok := parts[r.Host]
		if !ok {
			http.Error(rw, "This demo does not answer for that host.", http.StatusMisdirectedRequest)
			return
		}
		part.ServeHTTP(rw, r)
	})
}

// only refuses requests that came to another name than the part's own.
func only(at string, part http.Handler) http.Handler {
	host := strings.TrimPrefix(at, "http://")
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Host != host {
			http.Error(rw, "This demo does not answer for that host.", http.StatusMisdirectedRequest)
			return
		}
		part.ServeHTTP(rw, r)
	})
}

// Wait returns when ctx ends, and with the error when the world stops serving by itself.
func (w *World) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-w.done:
		return err
	}
}

// Close ends everything and, when the data was not to be kept, removes it.
func (w *World) Close() error {
	var errs []error
	stop, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for c := range w.unused.Range {
		_ = c.(net.Conn).Close() // it carries nothing
	}
	for _, s := range w.serving {
		errs = append(errs, s.Shutdown(stop))
	}
	if len(w.serving) == 0 {
		for _, l := range w.listeners {
			errs = append(errs, l.Close())
		}
	}
	for _, c := range w.closers() {
		errs = append(errs, c.Close())
	}
	if w.temp && w.dir != "" {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}

func (w *World) closers() []io.Closer {
	var all []io.Closer
	for _, s := range w.servers.servers {
		all = append(all, s)
	}
	if w.pim != nil {
		all = append(all, w.pim)
	}
	if w.sdm != nil {
		all = append(all, w.sdm)
	}
	if w.other != nil {
		all = append(all, w.other)
	}
	if w.inbox != nil {
		all = append(all, w.inbox)
	}
	return all
}
