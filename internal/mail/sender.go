package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	netmail "net/mail"
	"os"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// TLSMode says how the connection to the relay is protected.
type TLSMode string

// The modes. There is no opportunistic one: it protects from nobody who is on the wire.
const (
	// TLSNone sends in the clear, for a relay on the same machine or network.
	TLSNone TLSMode = "none"
	// TLSStart begins in the clear and refuses to go on without STARTTLS (RFC 3207).
	TLSStart TLSMode = "starttls"
	// TLSDirect is TLS from the first byte (RFC 8314).
	TLSDirect TLSMode = "tls"
)

// defaultTimeout is for one mail, from dialling to the relay's last answer.
const defaultTimeout = 30 * time.Second

// Config is how the relay is reached.
type Config struct {
	// Address is the relay's host:port.
	Address string
	// TLS is the mode; TLSStart when empty.
	TLS TLSMode
	// Username and the password sign in at the relay (AUTH PLAIN or LOGIN), over TLS or to a loopback address only.
	// No sign-in without a Username.
	Username string
	// Password is the secret itself; PasswordFile is a file that holds it and is read once. At most one of them.
	Password, PasswordFile string
	// From is the sender's address; its domain should be that of the issuer, and makes the Message-ID.
	From string
	// LocalName is what EHLO says; "localhost" when empty.
	LocalName string
	// Timeout is for one mail; 30 s when zero.
	Timeout time.Duration
	// RootCAs verifies the relay; the system's when nil.
	RootCAs *x509.CertPool
}

// Sender hands mails to one relay, one connection each. It is safe for concurrent use.
type Sender struct {
	config   Config
	host     string
	port     int
	from     ident.Email
	password string
}

// NewSender checks the configuration; it does not connect. Errors are fault.Invalid and name the setting.
func NewSender(c Config) (*Sender, error) {
	host, port, err := net.SplitHostPort(c.Address)
	number, convErr := strconv.Atoi(port)
	if err != nil || convErr != nil || host == "" || number < 1 || number > 65535 {
		return nil, fault.New(fault.Invalid, "mail.smtp_address")
	}
	if c.TLS == "" {
		c.TLS = TLSStart
	}
	if c.TLS != TLSNone && c.TLS != TLSStart && c.TLS != TLSDirect {
		return nil, fault.New(fault.Invalid, "mail.smtp_tls")
	}
	from, err := ident.ParseEmail(c.From)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "mail.smtp_from", err)
	}
	password, err := c.password()
	if err != nil {
		return nil, err
	}
	if c.Username != "" && c.TLS == TLSNone && !loopback(host) {
		return nil, fault.New(fault.Invalid, "mail.smtp_password_in_clear")
	}
	if c.LocalName == "" {
		c.LocalName = "localhost"
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	return &Sender{config: c, host: host, port: number, from: from, password: password}, nil
}

func (c Config) password() (string, error) {
	if c.PasswordFile == "" {
		return c.Password, nil
	}
	if c.Password != "" {
		return "", fault.New(fault.Invalid, "mail.smtp_password_twice")
	}
	content, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "mail.smtp_password_file", err)
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send hands one mail for one receiver to the relay. Errors:
//   - fault.Denied "mail.refused": the relay refused this receiver or this mail for good (5xx); another attempt is
//     useless, and the person can be told that the address refused the mail;
//   - fault.Unavailable "mail.relay": no connection, no TLS, no sign-in, the sender not accepted, a temporary answer
//     (4xx) or a lost connection; another attempt makes sense;
//   - fault.Internal: the mail itself is malformed.
//
// The cause is a *Status, never the relay's text: that repeats the address.
func (s *Sender) Send(ctx context.Context, r Rendered, to string) error {
	message, err := s.message(r, to)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	return s.deliver(ctx, message)
}

// message builds what goes over the wire.
func (s *Sender) message(r Rendered, to string) (*gomail.Msg, error) {
	if !canonical(to) || r.ReplyTo != "" && !canonical(r.ReplyTo) {
		return nil, fault.New(fault.Internal, "mail.address_malformed")
	}
	if !validID(r.ID) || r.Subject == "" || r.Text == "" || r.HTML == "" {
		return nil, fault.New(fault.Internal, "mail.rendered_incomplete")
	}
	m := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithNoDefaultUserAgent())
	// Not FromFormat: it puts the name between quotes as it is, so a quote in the name would end it.
	m.FromMailAddress(&netmail.Address{Name: flatten(r.FromName), Address: s.from.Key()})
	err := errors.Join(m.EnvelopeFrom(s.from.Key()), m.To(to))
	if err == nil && r.ReplyTo != "" {
		err = m.ReplyTo(r.ReplyTo)
	}
	if err != nil {
		return nil, fault.New(fault.Internal, "mail.address_malformed")
	}
	m.Subject(flatten(r.Subject))
	m.SetMessageIDWithValue(r.ID + "@" + s.from.Domain())
	for name, value := range r.Headers {
		m.SetGenHeader(gomail.Header(flatten(name)), flatten(value))
	}
	m.SetBodyString(gomail.TypeTextPlain, r.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, r.HTML)
	return m, nil
}

// deliver makes one connection for one mail. Connections are not kept: a relay that was restarted between two mails
// would cost the second one an attempt.
func (s *Sender) deliver(ctx context.Context, m *gomail.Msg) error {
	var conn net.Conn
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		var err error
		conn, err = s.dial(ctx, network, address)
		return conn, err
	}
	// go-mail leaves the connection open when the greeting, STARTTLS or AUTH fails.
	defer func() {
		if conn != nil {
			_ = conn.Close() // closed already after QUIT
		}
	}()
	client, err := gomail.NewClient(s.host, s.options(dial)...)
	if err != nil {
		return fault.Wrap(fault.Internal, "mail.smtp_options", err)
	}
	smtpClient, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return relayFault(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // unblocks a send that nobody waits for any more
	defer stop()
	if err := client.SendWithSMTPClient(smtpClient, m); err != nil && !m.IsDelivered() {
		return sendFault(err)
	}
	_ = client.CloseWithSMTPClient(smtpClient) // the relay has the mail; how it says goodbye changes nothing
	return nil
}

func (s *Sender) options(dial gomail.DialContextFunc) []gomail.Option {
	policy := gomail.NoTLS // TLSDirect is done by dial
	if s.config.TLS == TLSStart {
		policy = gomail.TLSMandatory
	}
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithHELO(s.config.LocalName), gomail.WithTimeout(s.config.Timeout),
		gomail.WithDialContextFunc(dial), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.tlsConfig()),
		gomail.WithoutNoop(), gomail.WithoutSMTPUTF8(),
	}
	if s.config.Username != "" {
		preferred := []gomail.SMTPAuthType{gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
		if s.config.TLS == TLSNone {
			preferred = []gomail.SMTPAuthType{gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc} // loopback: NewSender
		}
		options = append(options, gomail.WithOpportunisticSMTPAuth(preferred...),
			gomail.WithUsername(s.config.Username), gomail.WithPassword(s.password))
	}
	return options
}

func (s *Sender) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.config.RootCAs, MinVersion: tls.VersionTLS12}
}

func (s *Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.config.TLS == TLSDirect {
		return (&tls.Dialer{Config: s.tlsConfig()}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
