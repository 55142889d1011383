package sqlconn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
)

// address is where a database server is and who asks it, as an operator writes it in one line.
type address struct {
	account, password, database string
	// host and port, or socket: the path of a socket on this machine.
	host, port, socket string
	tls                *tls.Config
}

// parseAddress reads scheme://account:password@host:port/database?tls=…&ca=…&socket=…, where the first of the schemes is
// the one that messages name. Nothing of it is in an error.
func parseAddress(dsn, port string, schemes ...string) (address, error) {
	u, err := url.Parse(dsn)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.User.Username() == "" || len(u.Path) < 2 || u.Fragment != "" {
		return address{}, errors.New(schemes[0] + "://account:password@host:port/database is needed, with %40 for an @ in the password")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return address{}, errors.New("the part after ? is malformed")
	}
	for name := range query {
		if name != "tls" && name != "ca" && name != "socket" || len(query[name]) != 1 {
			return address{}, errors.New("after ? only tls, ca and socket may be set, each once")
		}
	}
	a := address{account: u.User.Username(), database: u.Path[1:], host: u.Hostname(), port: u.Port(), socket: query.Get("socket")}
	a.password, _ = u.User.Password()
	if a.socket != "" {
		if u.Host != "" || !filepath.IsAbs(a.socket) || query.Has("tls") || query.Has("ca") {
			return address{}, errors.New("socket is a path from the root, and goes without a host, tls and ca")
		}
		return a, nil
	}
	if a.host == "" {
		return address{}, errors.New("the host is missing")
	}
	if a.port == "" {
		a.port = port
	}
	a.tls, err = verifiedTLS(a.host, query)
	return a, err
}

// verifiedTLS is verified TLS, unless the database is on this machine or the operator says off. There is no half of it.
func verifiedTLS(host string, query url.Values) (*tls.Config, error) {
	ca := query.Get("ca")
	switch mode := query.Get("tls"); {
	case mode == "off" && ca == "":
		return nil, nil
	case mode == "" && ca == "" && loopback(host):
		return nil, nil
	case mode != "" && mode != "verify":
		return nil, errors.New("tls is verify or off, and off goes without ca")
	}
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if ca == "" {
		return c, nil
	}
	if !filepath.IsAbs(ca) {
		return nil, errors.New("ca is a path from the root")
	}
	certificates, err := os.ReadFile(ca)
	if err != nil {
		return nil, errors.New("the file that ca names cannot be read")
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(certificates) {
		return nil, errors.New("the file that ca names has no certificate (PEM)")
	}
	return c, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
