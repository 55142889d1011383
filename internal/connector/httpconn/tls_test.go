package httpconn_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	a.key = newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue signs a certificate for a name that is good until then, and gives it and its key in PEM.
func (a *authority) issue(name string, use x509.ExtKeyUsage, until time.Time) (cert, key []byte) {
	a.t.Helper()
	own := newKey(a.t)
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour),
		NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{use}}, a.cert, own.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// Mutual TLS: the product lets in who has a certificate of its authority, and is let in for the name it was asked for.
func TestMutualTLS(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	later := time.Now().Add(time.Hour)
	serverCert, serverKey := ours.issue("product.internal", x509.ExtKeyUsageServerAuth, later)
	pair, err := tls.X509KeyPair(serverCert, serverKey)
	if err != nil {
		t.Fatal(err)
	}
	callers := x509.NewCertPool()
	callers.AddCert(ours.cert)
	server := httptest.NewUnstartedServer(newProduct(t).server.Config.Handler)
	server.Config.ErrorLog = log.New(&bytes.Buffer{}, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: callers, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()

	cert, key := ours.issue("ligature", x509.ExtKeyUsageClientAuth, later)
	foreignCert, foreignKey := other.issue("ligature", x509.ExtKeyUsageClientAuth, later)
	expiredCert, expiredKey := ours.issue("ligature", x509.ExtKeyUsageClientAuth, time.Now().Add(-time.Hour))
	good := func(o *httpconn.Options) {
		o.CA, o.ClientCert, o.ClientKey, o.ServerName = ours.pem, cert, key, "product.internal"
	}
	for name, test := range map[string]struct {
		change func(o *httpconn.Options)
		let    bool
	}{
		"certificate, authority and name": {func(*httpconn.Options) {}, true},
		"no certificate":                  {func(o *httpconn.Options) { o.ClientCert, o.ClientKey = nil, nil }, false},
		"another authority's certificate": {func(o *httpconn.Options) { o.ClientCert, o.ClientKey = foreignCert, foreignKey }, false},
		"an expired certificate":          {func(o *httpconn.Options) { o.ClientCert, o.ClientKey = expiredCert, expiredKey }, false},
		"the system's authorities":        {func(o *httpconn.Options) { o.CA = nil }, false},
		"another authority":               {func(o *httpconn.Options) { o.CA = other.pem }, false},
		"the host's name":                 {func(o *httpconn.Options) { o.ServerName = "" }, false},
		"another name":                    {func(o *httpconn.Options) { o.ServerName = "other.internal" }, false},
	} {
		o := options("https://product.example/base")
		good(&o)
		test.change(&o)
		o.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
		found, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
		if (err == nil && len(found) == 1) != test.let || (err != nil && !fault.Is(err, fault.Unavailable)) {
			t.Errorf("%s: %d found, %v", name, len(found), err)
		}
	}
}

// Each mistake in the options of TLS is told once, by the key that it stands below, and opens nothing.
func TestTLSOptionsAreChecked(t *testing.T) {
	ca := newAuthority(t)
	cert, key := ca.issue("ligature", x509.ExtKeyUsageClientAuth, time.Now().Add(time.Hour))
	_, otherKey := ca.issue("ligature", x509.ExtKeyUsageClientAuth, time.Now().Add(time.Hour))
	for name, test := range map[string]struct {
		change func(o *httpconn.Options)
		key    string
	}{
		"no key":             {func(o *httpconn.Options) { o.ClientCert = cert }, "client_key"},
		"no certificate":     {func(o *httpconn.Options) { o.ClientKey = key }, "client_cert"},
		"another's key":      {func(o *httpconn.Options) { o.ClientCert, o.ClientKey = cert, otherKey }, "client_cert"},
		"swapped":            {func(o *httpconn.Options) { o.ClientCert, o.ClientKey = key, cert }, "client_cert"},
		"an authority of no": {func(o *httpconn.Options) { o.CA = []byte("canary") }, "ca"},
		"a key as authority": {func(o *httpconn.Options) { o.CA = key }, "ca"},
		"without TLS":        {func(o *httpconn.Options) { o.URL, o.CA = "http://product.example", ca.pem }, "ca"},
		"a name without TLS": {func(o *httpconn.Options) { o.URL, o.ServerName = "http://product.example", "x.example" }, "server_name"},
	} {
		o := options("https://product.example")
		test.change(&o)
		var told []string
		o.Check(func(key, problem, fix string) {
			told = append(told, key)
			if problem == "" || fix == "" || bytes.Contains([]byte(problem+fix), []byte("canary")) {
				t.Errorf("%s: %q, %q", name, problem, fix)
			}
		})
		if len(told) != 1 || told[0] != test.key {
			t.Errorf("%s: told %v, want %s", name, told, test.key)
		}
		if _, err := httpconn.Open(o); !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != "httpconn.tls" {
			t.Errorf("%s: opened, %v", name, err)
		}
	}
}
