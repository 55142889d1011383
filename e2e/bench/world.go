package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"ligature/internal/testkit/servers"
)

// world is ligature serve as a process of its own, on loopback, with a database full of people.
type world struct {
	binary   string
	dir      string
	issuer   string
	database string // sqlite or postgres
	dsn      string
	postgres *servers.Alone // nil with SQLite
	key      []byte
	process  *exec.Cmd
	ended    chan struct{}
}

const clientSecret = "a-secret-of-the-client-for-measuring"

// configuration is that of one product with one tenant. The product's own users are never asked: everybody has an account.
const configuration = `
listen: "LISTEN"
database: {url: "DSN"}
key: {file: key}
smtp: {address: "127.0.0.1:1", tls: none, from: "Example Account <account@id.example>"}
log: {level: LEVEL}
trusted_proxies: [127.0.0.0/8]
suite:
  issuer: ISSUER
  brand: {account: Example Account, company: Example}
  products:
    - {id: pim, name: Example PIM, mark: grid}
  tenants:
    - {id: acme, name: Acme, rollout: on}
  connectors:
    - {name: acme-pim, kind: http, http: {url: "http://127.0.0.1:1/", allow_private: true, secret_file: client}}
  clients:
    - {id: pim, product: pim, secret_file: client, api_scopes: ["invitations:read"]}
  instances:
    - tenant: acme
      product: pim
      connector: acme-pim
      client: pim
      redirect_uris: [REDIRECT]
      home_url: http://pim.localhost:9/
`

const redirectURI = "http://pim.localhost:9/callback"

// newWorld writes a configuration into an empty folder.
func newWorld(dir, binary, level string, postgres *servers.Alone) (*world, error) {
	at, err := freeAddress()
	if err != nil {
		return nil, err
	}
	w := &world{binary: binary, dir: dir, issuer: "http://" + at, database: "sqlite", key: []byte("0123456789abcdef0123456789abcdef"), postgres: postgres,
		dsn: "sqlite://" + filepath.Join(dir, "ligature.db")}
	if postgres != nil {
		w.database = "postgres"
		if w.dsn, err = postgres.Database("measured"); err != nil {
			return nil, err
		}
	}
	text := strings.NewReplacer("LISTEN", at, "DSN", w.dsn, "ISSUER", w.issuer, "REDIRECT", redirectURI, "LEVEL", level).Replace(configuration)
	for name, content := range map[string]string{"key": base64.StdEncoding.EncodeToString(w.key), "client": clientSecret, "ligature.yaml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *world) file() string { return filepath.Join(w.dir, "ligature.yaml") }

// freeAddress is an address of loopback that was free a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start starts the server and says how long it took to its first answer to a client.
func (w *world) start() (time.Duration, error) {
	log, err := os.Create(filepath.Join(w.dir, "log"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }()
	w.process = exec.Command(w.binary, "serve", "--config", w.file())
	w.process.Stderr, w.process.Stdout = log, log
	begun := time.Now()
	if err := w.process.Start(); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	w.ended = ended
	go func(p *exec.Cmd) {
		_ = p.Wait()
		close(ended)
	}(w.process)
	base, err := url.Parse(w.issuer)
	if err != nil {
		return 0, err
	}
	for time.Since(begun) < patience {
		line := &wire{base: base}
		got, err := line.do("GET", wellKnown, nil, "")
		line.close()
		if err == nil && got.status == 200 {
			return time.Since(begun), nil
		}
		select {
		case <-w.ended:
			text, _ := os.ReadFile(filepath.Join(w.dir, "log"))
			return 0, fmt.Errorf("ligature serve ended at once: %s", text)
		case <-time.After(time.Millisecond):
		}
	}
	return 0, errors.Join(errors.New("ligature serve does not answer"), w.stop())
}

// stop ends the server as an operator does.
func (w *world) stop() error {
	if w.process == nil {
		return nil
	}
	defer func() { w.process = nil }()
	_ = w.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-w.ended:
	case <-time.After(patience):
		_ = w.process.Process.Kill()
		<-w.ended
		return errors.New("ligature serve did not end when it was told to")
	}
	if status := w.process.ProcessState.ExitCode(); status != 0 {
		text, _ := os.ReadFile(filepath.Join(w.dir, "log"))
		return fmt.Errorf("ligature serve ended with %d: %s", status, text[max(0, len(text)-2000):])
	}
	return nil
}

// startUp is the middle of several starts on the database as it is; the last one goes on running.
func (w *world) startUp(times int) (time.Duration, error) {
	var took []time.Duration
	for range times {
		if err := w.stop(); err != nil {
			return 0, err
		}
		one, err := w.start()
		if err != nil {
			return 0, err
		}
		took = append(took, one)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// meter reads this world's processes.
func (w *world) meter() meter {
	m := meter{server: w.process.Process.Pid}
	if w.postgres != nil {
		m.postgres = w.postgres.PID()
	}
	return m
}

// build compiles the server.
func build(ctx context.Context, dir string) (string, error) {
	at := filepath.Join(dir, "ligature")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", at, "ligature/cmd/ligature").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return at, nil
}
