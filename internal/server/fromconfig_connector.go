package server

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"time"

	"ligature/internal/config"
	"ligature/internal/connector"
	"ligature/internal/connector/httpconn"
	"ligature/internal/connector/ldapconn"
	"ligature/internal/connector/restconn"
	"ligature/internal/connector/sqlconn"
)

// opener decodes the options of a connector as strictly as the rest of the file, and says how to open it.
func opener(c *config.Config, spec config.Connector, g *gate) (OpenConnector, config.Mistakes) {
	switch spec.Kind {
	case "sql":
		var o sqlOptions
		mistakes := spec.Options.Decode(&o)
		o.Options.DSN = o.DSN
		if o.Driver == "sqlite" {
			o.Options.DSN = sqliteFile(c, o.DSN)
		}
		o.Hash.Gate = g.take
		return func(ctx context.Context) (connector.Connector, error) { return sqlconn.Open(ctx, o.Options) }, mistakes
	case "http":
		var o httpOptions
		mistakes := spec.Options.Decode(&o)
		o.complete()
		return func(context.Context) (connector.Connector, error) { return httpconn.Open(o.Options) }, mistakes
	case "ldap":
		var o ldapOptions
		mistakes := spec.Options.Decode(&o)
		o.complete()
		return func(ctx context.Context) (connector.Connector, error) { return ldapconn.Open(ctx, o.Options) }, mistakes
	case "rest":
		var o restOptions
		mistakes := spec.Options.Decode(&o)
		o.Options.Secret = o.Secret
		return func(context.Context) (connector.Connector, error) { return restconn.Open(o.Options) }, mistakes
	}
	return nil, nil // a kind that is none was told as a mistake already
}

// sqlOptions are those of kind sql, with a data source name that may hold a password and then comes from elsewhere.
type sqlOptions struct {
	DSN             string `yaml:"dsn,secret,literal" need:"yes" example:"/srv/pim/pim.db"`
	sqlconn.Options `yaml:",inline"`
}

// Check implements what config.Raw asks for.
func (o *sqlOptions) Check(report func(key, problem, fix string)) {
	o.Options.DSN = o.DSN
	o.Options.Check(report)
}

// httpOptions are those of kind http, with the secret that both sides have and what else comes from files or variables.
type httpOptions struct {
	Secret           []byte `yaml:"secret,secret" need:"yes"`
	CA               []byte `yaml:"ca,secret"`
	ClientCert       []byte `yaml:"client_cert,secret"`
	ClientKey        []byte `yaml:"client_key,secret"`
	httpconn.Options `yaml:",inline"`
}

// complete puts in what does not stand in the file.
func (o *httpOptions) complete() {
	o.Options.Secret, o.Options.CA, o.Options.ClientCert, o.Options.ClientKey = o.Secret, o.CA, o.ClientCert, o.ClientKey
	o.Now, o.Rand = time.Now, rand.Reader
}

// Check implements what config.Raw asks for.
func (o *httpOptions) Check(report func(key, problem, fix string)) {
	o.complete()
	o.Options.Check(report)
}

// restOptions are those of kind rest, with the secret of a client.
type restOptions struct {
	Secret           []byte `yaml:"secret,secret"`
	restconn.Options `yaml:",inline"`
}

// Check implements what config.Raw asks for.
func (o *restOptions) Check(report func(key, problem, fix string)) {
	o.Options.Secret = o.Secret
	o.Options.Check(report)
}

// ldapOptions are those of kind ldap, with what comes from files or variables.
type ldapOptions struct {
	BindPassword     []byte `yaml:"bind_password,secret"`
	CA               []byte `yaml:"ca,secret"`
	ldapconn.Options `yaml:",inline"`
}

// complete puts in what does not stand in the file.
func (o *ldapOptions) complete() {
	o.Options.BindPassword, o.Options.CA, o.Now = o.BindPassword, o.CA, time.Now
}

// Check implements what config.Raw asks for.
func (o *ldapOptions) Check(report func(key, problem, fix string)) {
	o.complete()
	o.Options.Check(report)
}

// sqliteFile makes a relative file begin at the directory of the configuration.
func sqliteFile(c *config.Config, dsn string) string {
	file, query, more := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
	if file == "" || filepath.IsAbs(file) {
		return dsn
	}
	file = c.Resolve(file)
	if more {
		return file + "?" + query
	}
	return file
}

// gate is the server's share of memory for hashing, which connectors are opened with before the server is.
type gate struct {
	acquire func(ctx context.Context, bytes int64) (release func(), err error)
}

func (g *gate) take(ctx context.Context, bytes int64) (release func(), err error) {
	if g == nil || g.acquire == nil {
		return func() {}, nil
	}
	return g.acquire(ctx, bytes)
}
