package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Config is the whole file. Its strings are valid as the tags say, its references exist, and nothing in it contradicts
// something else. It is not changed after Parse.
type Config struct {
	// The address and port that the server listens on. TLS belongs in front of it; port 0 takes a free port.
	Listen string `yaml:"listen" default:"127.0.0.1:8080" form:"listen"`
	// Where everything is stored.
	Database Database `yaml:"database" need:"yes"`
	// The 32 bytes, in Base64, that seal what is stored and sign the steps of a page. Whoever loses them loses every sealed
	// value; make them with: openssl rand -base64 32
	Key Key `yaml:"key" need:"yes"`
	// The mail server that mails are handed to.
	SMTP SMTP `yaml:"smtp" need:"yes"`
	// What is written to standard error.
	Log Log `yaml:"log"`
	// Figures for Prometheus.
	Metrics Metrics `yaml:"metrics"`
	// Traces for a collector of OpenTelemetry.
	Traces Traces `yaml:"traces"`
	// The networks of the proxies in front of the server. Only a request from one of them may say, by X-Forwarded-For, whom
	// it comes from; with none, the header is never believed.
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies" example:"[10.0.0.0/8]"`
	// The cost of hashing passwords.
	Hashing Hashing `yaml:"hashing"`
	// The products that share accounts, and the organisations that use them.
	Suite Suite `yaml:"suite" need:"yes"`

	source *source
}

// Database is where everything is stored.
type Database struct {
	// sqlite:///ABSOLUTE/PATH or sqlite:PATH (from the directory of this file) for the embedded database, or a postgres://
	// URL, which may name several hosts. A URL that carries a password comes from url_file or url_env.
	URL Secret `yaml:"url,secret,literal" need:"yes" example:"sqlite:///var/lib/ligature/ligature.db"`

	// Kind is "sqlite" or "postgres".
	Kind string `yaml:"-"`
	// Path is SQLite's file, absolute or from the working directory; empty for PostgreSQL.
	Path string `yaml:"-"`
}

// Key is the secret that seals what is stored.
type Key struct {
	// The key in Base64.
	Text Secret `yaml:",secret" need:"yes"`

	// Bytes are the 32 bytes themselves.
	Bytes Secret `yaml:"-"`
}

// SMTP is the mail server that mails are handed to.
type SMTP struct {
	// Its host and port.
	Address string `yaml:"address" need:"yes" form:"address" example:"mail.example.com:587"`
	// How the connection is protected: starttls refuses to go on without it, tls speaks TLS from the first byte (port 465),
	// none is for a server on this machine.
	TLS string `yaml:"tls" default:"starttls" one:"starttls tls none"`
	// The user to sign in as; without it, nobody signs in.
	Username string `yaml:"username" form:"line" example:"ligature"`
	// The password of that user.
	Password Secret `yaml:"password,secret"`
	// The sender of every mail.
	From Mailbox `yaml:"from" need:"yes" example:"\"Example Account <account@example.com>\""`
}

// Mailbox is a sender: a name, which may be empty, and an address.
type Mailbox struct {
	Name    string
	Address ident.Email
}

// Log is what is written to standard error.
type Log struct {
	// The least severe message that is written.
	Level string `yaml:"level" default:"info" one:"debug info warn error"`
	// One JSON object a line, or text for reading.
	Format string `yaml:"format" default:"json" one:"json text"`
}

// Metrics are figures for Prometheus.
type Metrics struct {
	// The address and port that answer GET /metrics, and nothing else; without it, nothing is counted. It asks nobody who they
	// are: keep it to this machine, or to the network of whoever collects.
	Listen string `yaml:"listen" form:"listen" example:"127.0.0.1:9464"`
}

// Traces are spans for a collector of OpenTelemetry.
type Traces struct {
	// Where spans are sent: the base URL of a collector that takes OTLP over HTTP, as in OTEL_EXPORTER_OTLP_ENDPOINT. /v1/traces
	// is added. Without it, there are no traces.
	Endpoint Secret `yaml:"endpoint,secret,literal" example:"http://127.0.0.1:4318"`
	// What is sent as the Authorization header.
	Authorization Secret `yaml:"authorization,secret"`
	// How many requests of a hundred are traced.
	Percent int `yaml:"percent" default:"100" range:"1..100"`
}

// Hashing is the cost of hashing passwords.
type Hashing struct {
	// The memory, in MiB, that may be used for hashing at one time. One password takes 19 MiB for some 20 ms; who comes when
	// all of it is taken waits.
	MemoryMiB int `yaml:"memory_mib" default:"152" range:"19..65536"`
}

// Read reads and checks the file at path. Mistakes in it come as Mistakes; a file that cannot be read is fault.Invalid
// "config.unreadable". getenv is asked for the variables that the file names; checks are as for Parse.
func Read(path string, getenv func(string) string, checks ...Check) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "config.unreadable", err)
	}
	return Parse(path, data, os.ReadFile, getenv, checks...)
}

// Check tells what is wrong with the parts that this package does not understand. It sees the file as far as it could be
// read: what is missing or wrong there is already known, and zero here.
type Check func(*Config) Mistakes

// Parse checks the text of a file. Name is used in mistakes, and relative paths in the file begin at its directory;
// readFile and getenv are asked for what the file refers to. What the checks find is told together with the rest. The
// error, if any, is Mistakes.
func Parse(name string, data []byte, readFile func(string) ([]byte, error), getenv func(string) string, checks ...Check) (*Config, error) {
	r := &reader{source: &source{file: name, dir: filepath.Dir(name), read: readFile, env: getenv, places: map[string]place{}}}
	config := &Config{source: r.source}
	r.open(data)
	if r.root != nil {
		r.mapping(r.root, "", reflect.ValueOf(config).Elem())
		r.coherence(config)
		for _, check := range checks {
			r.found = append(r.found, check(config)...)
		}
	}
	if len(r.found) > 0 {
		return nil, r.found.sorted()
	}
	return config, nil
}

// Mistake makes a mistake at a path of the file ("suite.products[0].mark"), for what only the server can tell.
func (c *Config) Mistake(path, problem, fix string) Mistake {
	at := c.source.spot(path)
	return Mistake{File: c.source.file, Line: at.line, Column: at.column, Path: path, Problem: problem, Fix: fix}
}

// Resolve makes a relative path begin at the directory of the configuration file, as everywhere in it.
func (c *Config) Resolve(name string) string { return c.source.resolve(name) }
