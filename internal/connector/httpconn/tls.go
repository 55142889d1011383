package httpconn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
)

// tlsProblem is what is wrong with one of the options of TLS.
type tlsProblem struct {
	key, problem, fix string
}

// Error names the option, and nothing that stands in it.
func (p tlsProblem) Error() string { return p.key + " " + p.problem }

// tlsConfig makes the settings of a connection: TLS 1.2 or newer, the product's certificate verified against its host or
// ServerName, by CA or the system's authorities; with the client's certificate where there is one.
func (o Options) tlsConfig() (*tls.Config, error) {
	if o.TLS != nil {
		return o.TLS, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.ServerName}
	if strings.HasPrefix(o.URL, "http://") {
		for _, given := range []struct {
			key  string
			that bool
		}{{"ca", len(o.CA) > 0}, {"client_cert", len(o.ClientCert) > 0}, {"client_key", len(o.ClientKey) > 0}, {"server_name", o.ServerName != ""}} {
			if given.that {
				return nil, tlsProblem{given.key, "counts only for https", "write https in url, or remove the line"}
			}
		}
		return config, nil
	}
	if len(o.CA) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, tlsProblem{"ca", "has no certificate in PEM in it", "name the file of the authority that signed the product's certificate"}
		}
	}
	switch {
	case len(o.ClientCert) == 0 && len(o.ClientKey) == 0:
		return config, nil
	case len(o.ClientKey) == 0:
		return nil, tlsProblem{"client_key", "is missing beside a certificate", "add client_key_file: PATH, or remove client_cert"}
	case len(o.ClientCert) == 0:
		return nil, tlsProblem{"client_cert", "is missing beside a key", "add client_cert_file: PATH, or remove client_key"}
	}
	pair, err := tls.X509KeyPair(o.ClientCert, o.ClientKey)
	if err != nil { // the text may quote what stands in the file, when somebody swapped the two
		return nil, tlsProblem{"client_cert", "and client_key do not belong together, or are not PEM", "name the certificate and its own unencrypted key"}
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

// checkTLS tells what is wrong with the options of TLS.
func (o Options) checkTLS(report func(key, problem, fix string)) {
	_, err := o.tlsConfig()
	if wrong, ok := errors.AsType[tlsProblem](err); ok {
		report(wrong.key, wrong.problem, wrong.fix)
	}
}
