package demo

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/fault"
)

// Mailbox is the demo's inbox by itself, for trials: it takes every mail and shows it.
type Mailbox struct {
	inbox    *inbox.Inbox
	listener net.Listener
	log      *slog.Logger
}

// OpenMailbox takes mails at one loopback address and shows them at another; port 0 takes a free one. nil log drops what
// fails. fault.Invalid for an address of another machine, fault.Unavailable when one is taken.
func OpenMailbox(smtpAddr, webAddr string, log *slog.Logger) (*Mailbox, error) {
	host, _, err := net.SplitHostPort(webAddr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fault.New(fault.Invalid, "demo.not_loopback")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	box, err := inbox.Open(inbox.Config{Addr: smtpAddr, Now: time.Now, Log: log})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", webAddr)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, "demo.port", err), box.Close())
	}
	return &Mailbox{inbox: box, listener: listener, log: log}, nil
}

// SMTPAddr is where mails are taken.
func (m *Mailbox) SMTPAddr() string { return m.inbox.SMTPAddr() }

// WebAddr is where they are shown.
func (m *Mailbox) WebAddr() string { return m.listener.Addr().String() }

// local refuses requests that came to another name than this machine's: a foreign name that resolves to it must not read
// mails.
func (m *Mailbox) local() http.Handler {
	_, port, _ := net.SplitHostPort(m.WebAddr())
	ours := map[string]bool{m.WebAddr(): true}
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		ours[name+":"+port] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ours[r.Host] {
			http.Error(w, "This mailbox does not answer for that host.", http.StatusMisdirectedRequest)
			return
		}
		m.inbox.ServeHTTP(w, r)
	})
}

// Run shows mails until ctx ends; then it closes.
func (m *Mailbox) Run(ctx context.Context) error {
	s := &http.Server{Handler: m.local(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // what is under way is a page that can be opened again
	defer stop()
	err := s.Serve(m.listener)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, m.inbox.Close())
}
