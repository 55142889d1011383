package ldapconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/fault"
)

// maxAnswer bounds what is read of one answer. A person's entry has a few hundred bytes, a page of the list has many.
const maxAnswer = 8 << 20

// dialler makes connections as the operator wrote.
type dialler struct {
	address string
	// tls is nil for a connection in the open; inside says that TLS comes first (ldaps), else by StartTLS.
	tls      *tls.Config
	inside   bool
	account  string
	password string
}

// newDialler checks where the directory is and how it is reached; it connects to nothing.
func newDialler(o Options) (dialler, error) {
	at, err := parseURL(o.URL)
	if err != nil {
		return dialler{}, fault.Wrap(fault.Invalid, "ldapconn.url", err)
	}
	d := dialler{address: at.address, inside: at.secure, account: o.BindDN, password: string(o.BindPassword)}
	if err := o.checkAccount(); err != nil {
		return dialler{}, fault.Wrap(fault.Invalid, "ldapconn.account", err)
	}
	open, err := o.inTheOpen(at)
	if err != nil {
		return dialler{}, fault.Wrap(fault.Invalid, "ldapconn.tls", err)
	}
	if open {
		return d, nil
	}
	d.tls = &tls.Config{ServerName: at.host, MinVersion: tls.VersionTLS12}
	if o.ServerName != "" {
		d.tls.ServerName = o.ServerName
	}
	if len(o.CA) > 0 {
		if d.tls.RootCAs, err = authorities(o.CA); err != nil {
			return dialler{}, fault.Wrap(fault.Invalid, "ldapconn.tls", err)
		}
	}
	return d, nil
}

// checkAccount is what is wrong with the account that searches; nil when nothing is. A name without a password would be
// taken for nobody's without a word (RFC 4513 section 5.1.2).
func (o Options) checkAccount() error {
	switch {
	case o.BindDN == "" && len(o.BindPassword) == 0:
		return nil
	case o.BindDN == "" || len(o.BindPassword) == 0:
		return errors.New("an account and its password belong together")
	}
	return nil
}

// inTheOpen reports that the connection has no TLS, or what is wrong with what was written about it.
func (o Options) inTheOpen(at place) (bool, error) {
	switch {
	case o.TLS != "" && o.TLS != "starttls" && o.TLS != "off":
		return false, errors.New("neither starttls nor off")
	case at.secure && o.TLS != "":
		return false, errors.New("ldaps:// is TLS by itself")
	case o.TLS == "off" && (len(o.CA) > 0 || o.ServerName != ""):
		return false, errors.New("off, and a certificate that is not looked at")
	}
	return o.TLS == "off" || (!at.secure && o.TLS == "" && at.local && len(o.CA) == 0 && o.ServerName == ""), nil
}

// place is what an address says.
type place struct {
	host, address string
	secure, local bool
}

// parseURL reads scheme, host and port. What was written is not in an error: people write passwords into addresses.
func parseURL(text string) (place, error) {
	u, err := url.Parse(text)
	if err != nil {
		return place{}, errors.New("not a URL")
	}
	port := map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	switch {
	case port == "":
		return place{}, errors.New("neither ldap:// nor ldaps://")
	case u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return place{}, errors.New("more or less than scheme, host and port")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || (err == nil && ip.IsLoopback())
	return place{host: u.Hostname(), address: net.JoinHostPort(u.Hostname(), port), secure: u.Scheme == "ldaps", local: local}, nil
}

// authorities reads certificates.
func authorities(text []byte) (*x509.CertPool, error) {
	found := x509.NewCertPool()
	if !found.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in PEM")
	}
	return found, nil
}

// session is a connection that one caller uses at a time.
type session struct {
	*ldap.Conn
	wire   *wire
	usedAt time.Time
}

// dial connects, with TLS where it is wanted, and binds as nobody. Nothing that was typed goes out before TLS stands.
func (d dialler) dial(ctx context.Context) (*session, error) {
	plain, err := (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, err
	}
	conn := plain
	if d.tls != nil && d.inside {
		secured := tls.Client(plain, d.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = plain.Close()
			return nil, err
		}
		conn = secured
	}
	w := &wire{Conn: conn, bottom: plain}
	s := &session{Conn: ldap.NewConn(w, d.tls != nil && d.inside), wire: w}
	s.SetTimeout(lastResort)
	s.Start()
	if d.tls != nil && !d.inside {
		if err := s.during(ctx, func(l *ldap.Conn) error { return l.StartTLS(d.tls) }); err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	return s, nil
}

// signedIn dials and binds as the operator's account.
func (d dialler) signedIn(ctx context.Context) (*session, error) {
	s, err := d.dial(ctx)
	if err != nil || d.account == "" {
		return s, err
	}
	if err := s.during(ctx, func(l *ldap.Conn) error { return l.Bind(d.account, d.password) }); err != nil {
		_ = s.Close()
		if ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInappropriateAuthentication) {
			return nil, &accountError{err}
		}
		return nil, err
	}
	return s, nil
}

// accountError is the directory's refusal of the operator's account, which is nothing that a person did.
type accountError struct{ err error }

// Error says so.
func (e *accountError) Error() string { return "the directory refuses the account that searches" }

// during runs f. When ctx ends first, the connection is cut, so that f ends as well: the library knows no contexts.
func (s *session) during(ctx context.Context, f func(*ldap.Conn) error) error {
	stop := context.AfterFunc(ctx, func() { _ = s.wire.bottom.Close() })
	s.wire.left.Store(maxAnswer)
	err := f(s.Conn)
	if !stop() && ctx.Err() != nil {
		_ = s.Close()
		return ctx.Err()
	}
	return err
}

// unavailable keeps the cause of a failure without the texts in which a directory may repeat what it was asked.
func unavailable(key string, err error) error {
	if account, ok := errors.AsType[*accountError](err); ok {
		return fault.Wrap(fault.Unavailable, "ldapconn.account", account)
	}
	if dialled, ok := errors.AsType[*dialError](err); ok {
		return fault.Wrap(fault.Unavailable, "ldapconn.unreachable", public(dialled.err))
	}
	return fault.Wrap(fault.Unavailable, key, public(err))
}

// dialError is a failure before anything was asked.
type dialError struct{ err error }

// Error says so.
func (e *dialError) Error() string { return "the directory cannot be reached" }

// public is an error that may be logged.
func public(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if said, ok := errors.AsType[*ldap.Error](err); ok {
		if said.ResultCode == ldap.ErrorNetwork {
			return said.Err
		}
		return fmt.Errorf("result %d: %s", said.ResultCode, ldap.LDAPResultCodeMap[said.ResultCode])
	}
	if network, ok := errors.AsType[net.Error](err); ok {
		return network
	}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return untrusted
	}
	return errors.New("the connection ended, or what came is not LDAP")
}
