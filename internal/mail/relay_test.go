package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"ligature/internal/mail"
)

// relay is a real SMTP server on loopback that remembers what it was told and refuses what it is told to refuse.
type relay struct {
	addr                               string
	roots                              *x509.CertPool
	mailReply, rcptReply, contentReply *smtp.SMTPError
	needAuth                           bool

	mu    sync.Mutex
	froms []string
	rcpts []string
	mails [][]byte
}

type conversation struct {
	*relay
	signedIn bool
}

func (c *conversation) AuthMechanisms() []string { return []string{sasl.Plain} }
func (c *conversation) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "ligature" || password != "relay password" {
			return smtp.ErrAuthFailed
		}
		c.signedIn = true
		return nil
	}), nil
}
func (c *conversation) Reset()        {}
func (c *conversation) Logout() error { return nil }
func (c *conversation) Mail(from string, _ *smtp.MailOptions) error {
	if c.needAuth && !c.signedIn {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.froms = append(c.froms, from)
	return answer(c.mailReply)
}
func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rcpts = append(c.rcpts, to)
	return answer(c.rcptReply)
}
func (c *conversation) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.contentReply == nil {
		c.mails = append(c.mails, raw)
	}
	return answer(c.contentReply)
}

// answer keeps a nil *SMTPError from becoming an error that is not nil.
func answer(reply *smtp.SMTPError) error {
	if reply == nil {
		return nil
	}
	return reply
}

func reply(code int, enhanced ...int) *smtp.SMTPError {
	e := smtp.EnhancedCodeNotSet
	if len(enhanced) == 3 {
		e = smtp.EnhancedCode{enhanced[0], enhanced[1], enhanced[2]}
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: e, Message: "no mail for <" + receiver + "> here"}
}

// start runs the relay; mode is how it does TLS.
func start(t *testing.T, mode mail.TLSMode, r *relay) *relay {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &conversation{relay: r}, nil }))
	server.Domain = "relay.test"
	server.EnableSMTPUTF8 = true
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if mode != mail.TLSNone {
		var certificate tls.Certificate
		certificate, r.roots = selfSigned(t)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
		if mode == mail.TLSDirect {
			listener = tls.NewListener(listener, server.TLSConfig)
		}
	}
	r.addr = listener.Addr().String()
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); _ = listener.Close(); <-done })
	return r
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true,
		BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
