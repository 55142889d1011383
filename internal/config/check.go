package config

import (
	"encoding/base64"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ligature/internal/ident"
)

// coherence checks what needs more than one value, and derives what follows from others. It runs on what could be
// read, so that all mistakes are told at once; what is already wrong is not complained about again.
func (r *reader) coherence(c *Config) {
	r.database(&c.Database)
	r.sealingKey(&c.Key)
	r.smtp(&c.SMTP)
	r.watching(c)
	s := &c.Suite
	r.sessions(s.Session)
	if s.Limits.MailsPerAddressPerDay < s.Limits.MailsPerAddressPerHour {
		r.fault("suite.limits.mails_per_address_per_day", "is less than the limit of an hour", "write at least "+strconv.Itoa(s.Limits.MailsPerAddressPerHour))
	}
	products := declare(r, "suite.products", "id", s.Products, func(p *Product) ident.ProductID { return p.ID })
	tenants := declare(r, "suite.tenants", "id", s.Tenants, func(t *Tenant) ident.TenantID { return t.ID })
	connectors := declare(r, "suite.connectors", "name", s.Connectors, func(c *Connector) ident.ConnectorName { return c.Name })
	clients := declare(r, "suite.clients", "id", s.Clients, func(c *Client) ident.ClientID { return c.ID })
	for i := range s.Tenants {
		r.tenant(at("suite.tenants", i), &s.Tenants[i])
	}
	for i := range s.Connectors {
		r.connector(at("suite.connectors", i), &s.Connectors[i])
	}
	for i := range s.Clients {
		path := at("suite.clients", i)
		refer(r, path+".product", s.Clients[i].Product, products)
		for j, other := range s.Clients[i].Introspects {
			refer(r, at(path+".introspects", j), other, clients)
		}
		r.client(path, &s.Clients[i])
	}
	r.instances(s, products, tenants, connectors, clients)
}

func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// database tells the kinds apart.
func (r *reader) database(d *Database) {
	text := strings.TrimSpace(string(d.URL.Reveal()))
	if text == "" {
		return
	}
	path := "database.url"
	for _, key := range []string{"database.url_file", "database.url_env"} {
		if _, ok := r.places[key]; ok {
			path = key
		}
	}
	scheme, rest, _ := strings.Cut(text, ":")
	switch scheme {
	case "sqlite":
		file := strings.TrimPrefix(rest, "//")
		relative := file == rest
		if file == "" || strings.ContainsAny(file, "?#") || relative == filepath.IsAbs(file) || strings.HasSuffix(file, "/") {
			r.fault(path, "is not the URL of an SQLite file", "write sqlite:///ABSOLUTE/PATH with three slashes, or sqlite:PATH from the directory of this file")
			return
		}
		d.Kind, d.Path = "sqlite", r.resolve(file)
	case "postgres", "postgresql":
		if !postgres(rest) {
			r.fault(path, "is not the URL of a PostgreSQL database", "write postgres://USER@HOST:PORT/DATABASE; several hosts are separated by commas")
			return
		}
		d.Kind = "postgres"
	default:
		r.fault(path, "is neither an sqlite: nor a postgres:// URL", "write sqlite:///ABSOLUTE/PATH or postgres://USER@HOST/DATABASE")
	}
}

// postgres looks at the shape alone; net/url cannot read several hosts, and the driver says the rest.
func postgres(rest string) bool {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return false
	}
	place, query, _ := strings.Cut(rest, "?")
	authority, name, ok := strings.Cut(place, "/")
	options, err := url.ParseQuery(query)
	if !ok || err != nil || name == "" || strings.Contains(name, "/") {
		return false
	}
	if _, hosts, found := cutLast(authority, "@"); found {
		authority = hosts
	}
	if authority == "" {
		return options.Has("host")
	}
	for _, host := range strings.Split(authority, ",") {
		address, port := host, ""
		if h, p, err := net.SplitHostPort(host); err == nil {
			address, port = h, p
		}
		if !goodHost(strings.ToLower(strings.Trim(address, "[]"))) || !goodPort(port, 1) {
			return false
		}
	}
	return true
}

// sealingKey reads the Base64.
func (r *reader) sealingKey(k *Key) {
	text := strings.TrimSpace(string(k.Text.Reveal()))
	if text == "" {
		return
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != 32 {
		path := "key.env"
		if _, ok := r.places["key.file"]; ok {
			path = "key.file"
		}
		r.fault(path, "what is named here is not 32 bytes in Base64", "make a key with: openssl rand -base64 32")
		return
	}
	k.Bytes = NewSecret(key)
}

// watching checks what operators watch the server by.
func (r *reader) watching(c *Config) {
	if _, port, _ := net.SplitHostPort(c.Metrics.Listen); c.Metrics.Listen != "" && c.Metrics.Listen == c.Listen && port != "0" {
		r.fault("metrics.listen", "is where the server itself listens", "write another port, as in 127.0.0.1:9464")
	}
	text := string(c.Traces.Endpoint.Reveal())
	path := "traces.endpoint"
	for _, key := range []string{"traces.endpoint_file", "traces.endpoint_env"} {
		if _, ok := r.places[key]; ok {
			path = key
		}
	}
	if text == "" {
		if !c.Traces.Authorization.IsZero() {
			r.fault("traces", "has an authorization and no endpoint", "add endpoint, the URL of the collector")
		}
		return
	}
	// Collectors stand on the inside, mostly without TLS: http is accepted, unless it would show a secret to the network.
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.fault(path, "is not the URL of a collector", "write scheme, host and port, as in http://127.0.0.1:4318")
		return
	}
	if u.Scheme == "http" && !Local(u.Hostname()) && !c.Traces.Authorization.IsZero() {
		r.fault(path, "would send the authorization in the clear to another machine", "write https")
	}
}

func (r *reader) smtp(s *SMTP) {
	host, _, _ := net.SplitHostPort(s.Address)
	if s.TLS == "none" && host != "" && !Local(strings.ToLower(host)) {
		r.fault("smtp.tls", "none would send mails, and the password, in the clear to another machine", "write starttls, or tls for port 465")
	}
	has := func(key string) bool {
		_, ok := r.places["smtp."+key]
		return ok
	}
	password := has("password_file") || has("password_env") || has("password")
	switch {
	case has("username") && !password:
		r.fault("smtp.username", "there is no password for it", "add password_file or password_env, or remove the username")
	case password && !has("username"):
		r.fault("smtp.username", "is missing, and there is a password", "add username, or remove the password")
	}
}

func (r *reader) sessions(s Session) {
	idle := func(key string, idle, absolute time.Duration, whole string) {
		if absolute > 0 && idle > absolute {
			r.fault("suite.session."+key, "is longer than "+whole, "write at most what "+whole+" says")
		}
	}
	idle("full_idle", s.FullIdle, s.FullAbsolute, "full_absolute")
	idle("product_idle", s.ProductIdle, s.ProductAbsolute, "product_absolute")
	if s.ProductAbsolute > s.FullAbsolute && s.FullAbsolute > 0 {
		r.fault("suite.session.product_absolute", "is longer than full_absolute", "write at most what full_absolute says")
	}
}
