// Package inbox is the demo's mail server: it takes every mail by SMTP on loopback, keeps it in memory, and shows it as
// a web page and as JSON. Nothing is ever sent on.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"ligature/internal/fault"
)

const (
	// Limit is how many messages are kept; the oldest goes first.
	Limit = 2000
	// maxBytes is the size of the largest mail that is taken.
	maxBytes = 1 << 20
	// idle is how long a client may be silent.
	idle = time.Minute
)

// Message is one mail as one receiver got it.
type Message struct {
	// ID is "m" and a number that grows with every message.
	ID string `json:"id"`
	// To is the receiver of the SMTP envelope.
	To string `json:"to"`
	// Subject is decoded.
	Subject string `json:"subject"`
	// Text and HTML are the decoded parts, empty where the mail has none.
	Text string `json:"text"`
	HTML string `json:"html"`
	// Date is when it arrived, by the inbox's clock.
	Date time.Time `json:"date"`

	// From is the sender's header, decoded.
	From string `json:"-"`
	// Headers are all header fields in their order, decoded.
	Headers []Header `json:"-"`
	// Raw is what came over the wire.
	Raw []byte `json:"-"`
}

// Header is one header field.
type Header struct{ Name, Value string }

// Config is what Open needs.
type Config struct {
	// Addr is a loopback host:port; port 0 takes any free one. "127.0.0.1:0" when empty.
	Addr string
	// Now is the clock that dates messages; required.
	Now func() time.Time
	// Log receives failures of the server, never contents. Nil means none.
	Log *slog.Logger
	// Answer lets a demo or a test play a relay that refuses: a status of 400 or more is the answer to RCPT TO for this
	// receiver, 0 takes the mail. Nil takes every mail. The mail programs see 550 as final and 452 as "try again".
	Answer func(to string) (status int)
}

// Inbox is a running server. Its methods are safe for concurrent use.
type Inbox struct {
	config   Config
	listener net.Listener
	server   *smtp.Server
	web      http.Handler
	served   chan struct{}

	mu       sync.Mutex
	messages []Message // oldest first
	last     int
	arrived  chan struct{} // closed and replaced at each arrival
}

// Open starts the SMTP server. It refuses to listen on anything but loopback: whoever can read the inbox can sign in as
// anybody in the demo.
func Open(c Config) (*Inbox, error) {
	if c.Now == nil {
		return nil, fault.New(fault.Internal, "inbox.clock_missing")
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fault.New(fault.Invalid, "inbox.not_loopback")
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "inbox.listen", err)
	}
	i := &Inbox{config: c, listener: listener, served: make(chan struct{}), arrived: make(chan struct{})}
	i.web = i.routes()
	i.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{inbox: i}, nil }))
	i.server.Domain = "inbox.localhost"
	i.server.MaxMessageBytes = maxBytes
	i.server.MaxRecipients = 10
	i.server.ReadTimeout, i.server.WriteTimeout = idle, idle
	i.server.ErrorLog = serverLog{c.Log}
	go func() {
		defer close(i.served)
		if err := i.server.Serve(listener); err != nil && !errors.Is(err, net.ErrClosed) {
			c.Log.Error("inbox stopped", slog.String("cause", err.Error()))
		}
	}()
	return i, nil
}

// SMTPAddr is the host:port that takes mail.
func (i *Inbox) SMTPAddr() string { return i.listener.Addr().String() }

// Close stops the server and its connections. Messages stay readable.
func (i *Inbox) Close() error {
	err := i.server.Close()
	_ = i.listener.Close() // the library does not know it yet when Close follows Open at once
	<-i.served
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fault.Wrap(fault.Internal, "inbox.close", err)
}

// ServeHTTP is the web inbox: pages at "/", JSON under "/api/messages".
func (i *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.web.ServeHTTP(w, r) }

// Messages is everything that is kept, newest first.
func (i *Inbox) Messages() []Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	kept := slices.Clone(i.messages)
	slices.Reverse(kept)
	return kept
}

// Message finds one by its id.
func (i *Inbox) Message(id string) (Message, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.IndexFunc(i.messages, func(m Message) bool { return m.ID == id })
	if at < 0 {
		return Message{}, false
	}
	return i.messages[at], true
}

// Empty forgets every message.
func (i *Inbox) Empty() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.messages = nil
}

// Wait gives the newest message that match accepts, and waits for one until ctx ends.
func (i *Inbox) Wait(ctx context.Context, match func(Message) bool) (Message, error) {
	for {
		i.mu.Lock()
		arrived := i.arrived
		i.mu.Unlock()
		for _, m := range i.Messages() {
			if match(m) {
				return m, nil
			}
		}
		select {
		case <-ctx.Done():
			return Message{}, fault.Wrap(fault.Missing, "inbox.no_message", ctx.Err())
		case <-arrived:
		}
	}
}

// keep stores one message for each receiver.
func (i *Inbox) keep(m Message, receivers []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	m.Date = i.config.Now().UTC()
	for _, to := range receivers {
		i.last++
		m.ID, m.To = "m"+strconv.Itoa(i.last), to
		i.messages = append(i.messages, m)
	}
	if over := len(i.messages) - Limit; over > 0 {
		i.messages = slices.Delete(i.messages, 0, over)
	}
	close(i.arrived)
	i.arrived = make(chan struct{})
}

// serverLog passes the library's complaints on; they name connections, not contents.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Printf(format string, v ...any) {
	l.log.Warn("inbox", slog.String("cause", fmt.Sprintf(format, v...)))
}
func (l serverLog) Println(v ...any) { l.log.Warn("inbox", slog.String("cause", fmt.Sprint(v...))) }
