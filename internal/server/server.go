package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/guard"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/mail"
	"ligature/internal/seal"
	"ligature/internal/sqlstore"
	"ligature/internal/watch"
	"ligature/internal/watch/otlp"
	"ligature/internal/web"
	"ligature/internal/web/protocol"
)

// Options are everything a server is made of. Declaration, Database, Key and SMTP are required.
type Options struct {
	// Declaration is the suite; it is written to the store before the server answers.
	Declaration directory.Declaration
	// Database is "sqlite:///path" or "postgres://…".
	Database string
	// Key are the 32 bytes that seal columns, step tokens and passwords.
	Key []byte
	// SMTP is the relay mails are handed to.
	SMTP mail.Config
	// SenderName is the sender's name in mails; empty is the account's.
	SenderName string
	// Connectors open the declared connectors by name. One that does not open is kept closed and tried again: its product
	// answers as down, everything else serves.
	Connectors map[ident.ConnectorName]OpenConnector
	// Guards bound the calls of a connector; a missing one has the defaults.
	Guards map[ident.ConnectorName]guard.Options
	// Files are the operator's own marks and logos, by name; nil for none.
	Files fs.FS
	// HashMemory is how many bytes hashing may take at a time; 0 for the default.
	HashMemory int64
	// HeapFloor is how many bytes the server may use before it looks for what it can free; 0 leaves that to Go, which looks
	// whenever half of what is in use is new.
	HeapFloor int64
	// TrustedProxies may say by X-Forwarded-For whom a request comes from.
	TrustedProxies []netip.Prefix
	// Hosts are further values of the Host header that are ours, beside the issuer's.
	Hosts []string
	// MailLease is how long a mail that a worker has taken is hidden from others; 0 for the default. A clock that jumps
	// needs a longer one, or the same mail would go twice.
	MailLease time.Duration
	// LogoutDial replaces how clients are reached that are told of a session's end; nil, as everywhere but in the demo, asks
	// name servers and refuses addresses that no product is reached at.
	LogoutDial func(ctx context.Context, network, address string) (net.Conn, error)
	// Demo marks every page as made up.
	Demo bool
	// KeepSuite leaves the stored suite as it is and serves that; of the Declaration nothing is written.
	KeepSuite bool
	// Metrics says that everything is counted and timed, for ServeMetrics.
	Metrics bool
	// Traces are sent to a collector; the zero value is for none.
	Traces Traces
	// Version is that of the binary, for metrics and traces.
	Version string
	Log     *slog.Logger
	// Now is the clock; nil for the machine's.
	Now func() time.Time

	gate *gate
}

// OpenConnector opens one connector.
type OpenConnector func(ctx context.Context) (connector.Connector, error)

// Server is the identity provider, ready to serve.
type Server struct {
	options    Options
	log        *slog.Logger
	now        func() time.Time
	db         *sqlstore.DB
	openid     *sqlstore.OpenID
	dice       *seal.Dice
	keys       *seal.Keys
	hasher     *seal.Hasher
	signer     *signers
	connectors *connectors
	sender     *mail.Sender
	linking    *linking.Service
	provider   *protocol.Provider
	handler    http.Handler
	wake       chan struct{}
	wakeResets chan struct{}
	watch      *watch.Watch // nil where nobody looks
	traces     *otlp.Provider
	metrics    *http.Server
	work       sync.WaitGroup
	stop       context.CancelFunc
	draining   atomic.Bool
	// floor is never written to, so that it takes no memory; Go counts it as in use all the same, and looks for what it can
	// free when as much again is new.
	floor []byte
	rest  rest
}

// Open builds a server: it opens the store, brings the declared suite into it, opens the connectors and makes the
// handler. The mail worker runs until Close.
func Open(ctx context.Context, options Options) (*Server, error) {
	s := newServer(options)
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.work.Go(func() { s.repeat(background, keysEvery, "signing keys", s.loadKeys) })
	s.work.Go(func() { s.repeat(background, logoutsEvery, "telling clients of a session's end", newTeller(s).run) })
	s.work.Go(func() { s.repeat(background, cleanEvery, "cleaning up", s.clean) })
	if !options.Demo {
		s.work.Go(func() {
			_ = s.rest.look(background) // what starting took
			s.repeat(background, restEvery, "giving memory back", s.rest.look)
		})
	}
	for _, worker := range s.workers() {
		s.work.Go(func() {
			if err := worker.Run(background); err != nil {
				s.log.Error("a mail worker stopped", "error", err.Error())
			}
		})
	}
	return s, nil
}

// newServer is a server without parts.
func newServer(options Options) *Server {
	s := &Server{options: options, log: options.Log, now: options.Now, wake: make(chan struct{}, 1), wakeResets: make(chan struct{}, 1),
		floor: make([]byte, options.HeapFloor), rest: rest{busy: true, free: debug.FreeOSMemory}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.log = web.Referring(s.log)
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// build makes the parts in the order in which they need each other.
func (s *Server) build(ctx context.Context) error {
	steps := []func(context.Context) error{s.openWatch, s.openKeys, s.openStore, s.openSigner, s.openMail, s.openConnectors,
		s.openLinking, s.openHandler}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	s.declareWatched()
	return nil
}

func (s *Server) openKeys(context.Context) (err error) {
	s.dice = seal.NewDice(nil)
	if s.keys, err = seal.NewKeys(s.dice, seal.Key{Version: 1, Secret: s.options.Key}); err != nil {
		return err
	}
	options := seal.HasherOptions{MemoryBudget: s.options.HashMemory, Pepper: s.keys}
	if !s.options.Demo {
		options.Rested = debug.FreeOSMemory // a computation takes 19 MiB, which the runtime would keep for minutes
	}
	if s.watch != nil {
		options.Watch = s.watch.Hash
	}
	s.hasher, err = seal.NewHasher(s.dice, options)
	if err == nil && s.options.gate != nil {
		s.options.gate.acquire = s.hasher.Acquire
	}
	return err
}

func (s *Server) openDatabase(ctx context.Context) (err error) {
	config := sqlstore.Config{URL: s.options.Database, Sealer: s.keys, Log: s.log, Now: s.now, Jitter: s.jitter, OnMail: s.wakeMail,
		Reference: web.ReferenceOf}
	if s.watch != nil {
		config.Watch, config.OnOutcome = s.watch.Transaction, s.watch.Committed
	}
	s.db, err = sqlstore.Open(ctx, config)
	return err
}

func (s *Server) openStore(ctx context.Context) (err error) {
	if err := s.openDatabase(ctx); err != nil {
		return err
	}
	s.openid = s.db.OpenID()
	if s.options.KeepSuite {
		s.options.Declaration.Suite, err = s.db.Suite(ctx)
		return err
	}
	changes, err := s.db.ApplySuite(ctx, s.options.Declaration, s.now())
	for _, change := range changes {
		s.log.Info("declared", "change", change)
	}
	return err
}

// jitter spreads the waits of repeated transactions.
func (s *Server) jitter() float64 { return float64(s.dice.Bytes(1)[0]) / 256 }

// wakeMail tells the workers that a mail was queued; it never waits.
func (s *Server) wakeMail() {
	for _, wake := range []chan struct{}{s.wake, s.wakeResets} {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

func (s *Server) openMail(context.Context) (err error) {
	s.sender, err = mail.NewSender(s.options.SMTP)
	return err
}

func (s *Server) openConnectors(ctx context.Context) error {
	s.connectors = newConnectors(s.options.Connectors, s.watched(), s.log)
	s.connectors.products = productsOf(s.options.Declaration.Instances)
	s.connectors.openAll(ctx)
	return nil
}

// Store is the open store, for the verbs of the command line and for tests.
func (s *Server) Store() *sqlstore.DB { return s.db }

// HashChecks counts the password hashes that were checked, so that tests can hold every path to the same work.
func (s *Server) HashChecks() int64 { return s.hasher.Checks() }

// Close stops the worker, when it has finished the mails it holds, and closes everything.
func (s *Server) Close() error {
	if s.stop != nil {
		s.stop()
	}
	if s.metrics != nil {
		_ = s.metrics.Close() // whoever collects asks again
	}
	s.work.Wait()
	var errs []error
	if s.connectors != nil {
		errs = append(errs, s.connectors.close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	s.closeTraces()
	return errors.Join(errs...)
}

// issuer is the parsed issuer.
func (s *Server) issuer() (*url.URL, error) {
	u, err := url.Parse(s.options.Declaration.Suite.Issuer)
	if err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "server.issuer")
	}
	return u, nil
}

func (s *Server) brand() web.Brand {
	suite := s.options.Declaration.Suite
	b := suite.Brand
	return web.Brand{Account: b.Account, Company: b.Company, Primary: b.Primary, Radius: &b.Radius, LogoLight: b.LogoLight,
		LogoDark: b.LogoDark, SupportURL: b.SupportURL, PrivacyURL: b.PrivacyURL, TermsURL: b.TermsURL, Locale: suite.Locale,
		Demo: s.options.Demo}
}
