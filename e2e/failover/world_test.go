//go:build servers && soak

package failover_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/testkit"
	"ligature/internal/testkit/servers"
)

// The addresses of the world, as browsers see them; dial knows where each part really listens.
const (
	issuer       = "http://id.localhost:7001"
	productURL   = "http://pim.localhost:7002"
	callbackURL  = productURL + "/callback"
	clientSecret = "a-secret-of-the-test-0123456789abcdef"
	replicaCount = 2
)

// world is two replicas of ligature serve over a cluster, with a product that has users, and a mailbox.
type world struct {
	t        *testing.T
	dir      string
	cluster  *servers.Patroni
	inbox    *inbox.Inbox
	callback string
	replicas []string
	turn     atomic.Int64
	people   []pim.Person
	client   *http.Client
	figures  *figures
	ledger   ledger
}

const configuration = `
listen: 127.0.0.1:0
database: {url_file: database-url}
key: {file: key}
smtp: {address: "SMTP", tls: none, from: "Example Sender <account@id.example>"}
log: {level: info}
suite:
  issuer: http://id.localhost:7001
  brand: {account: Example Account, company: Example}
  limits: {flows_per_network_per_hour: 100000}
  products:
    - {id: pim, name: Example PIM, mark: grid, mailbox_resets_password: true}
  tenants:
    - {id: acme, name: Acme, rollout: on, administrators: [it@acme.example]}
  connectors:
    - name: acme-pim
      kind: sql
      timeout: 20s
      sql:
        driver: sqlite
        dsn: pim.db
        by_email: BY_EMAIL
        by_username: BY_USERNAME
        by_id: BY_ID
        hash: {format: symfony-sha512}
  clients:
    - {id: pim, product: pim, secret_file: pim-client, refresh: offline}
  instances:
    - tenant: acme
      product: pim
      connector: acme-pim
      client: pim
      redirect_uris: [http://pim.localhost:7002/callback]
      home_url: http://pim.localhost:7002/
      login_url: http://pim.localhost:7002/login
`

// openWorld starts everything.
func openWorld(t *testing.T, people int) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), figures: newFigures()}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.inbox, err = inbox.Open(inbox.Config{Now: time.Now})
	must(err)
	t.Cleanup(func() { _ = w.inbox.Close() })
	product, err := pim.Open(t.Context(), pim.Config{Path: filepath.Join(w.dir, "pim.db"), BaseURL: productURL, Tenant: "acme",
		SMTPAddr: w.inbox.SMTPAddr(), RP: rp.Config{Issuer: issuer, ClientID: "pim", ClientSecret: clientSecret}})
	must(err)
	t.Cleanup(func() { _ = product.Close() })
	for i := range people {
		w.people = append(w.people, pim.Person{Username: fmt.Sprintf("person%d", i), Email: fmt.Sprintf("person%d@acme.example", i),
			FirstName: "Per", LastName: fmt.Sprintf("Son %d", i), Password: fmt.Sprintf("Maple-River-%d-Stone", i)})
	}
	must(product.Seed(t.Context(), w.people))
	landing := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(landing.Close)
	w.callback = landing.Listener.Addr().String()

	w.cluster = servers.NewPatroni(t, 3)
	must(w.cluster.Exec(t.Context(), "postgres", "CREATE DATABASE ligature"))
	text := strings.NewReplacer("SMTP", w.inbox.SMTPAddr(), "BY_EMAIL", selectBy("email"), "BY_USERNAME", selectBy("username"),
		"BY_ID", selectBy("id")).Replace(configuration)
	for name, text := range map[string]string{"key": base64.StdEncoding.EncodeToString([]byte("0123456789-key-of-a-test-9876543")),
		"pim-client": clientSecret, "database-url": w.cluster.DSN("ligature"), "ligature.yaml": text} {
		must(os.WriteFile(filepath.Join(w.dir, name), []byte(text+"\n"), 0o600))
	}
	binary := filepath.Join(w.dir, "ligature")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "ligature/cmd/ligature").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i := range replicaCount {
		w.replicas = append(w.replicas, w.serve(binary, i))
	}
	w.client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: w.dial, MaxIdleConnsPerHost: 8}}
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

// selectBy is a SELECT in quotes.
func selectBy(column string) string {
	text, _ := json.Marshal(strings.Join(strings.Fields(`SELECT id, generation, username, email, name, locale, password AS password_hash,
 salt, disabled, 0 AS locked, privileged, shared FROM (`+pim.AccountSelect+`) AS account WHERE `+column+` = :`+column+` COLLATE NOCASE`), " "))
	return string(text)
}

// serve runs a replica until the test ends and gives where it listens.
func (w *world) serve(binary string, i int) string {
	w.t.Helper()
	file := filepath.Join(w.dir, fmt.Sprintf("replica%d.log", i))
	log, err := os.Create(file)
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(binary, "serve", "--config", filepath.Join(w.dir, "ligature.yaml"))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	w.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if err != nil {
				w.t.Errorf("replica %d ended with %v", i, err)
			}
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			w.t.Errorf("replica %d does not stop", i)
		}
		_ = log.Close()
		if w.t.Failed() {
			w.t.Logf("replica %d:\n%s", i, failures(file))
		}
	})
	for range 600 {
		text, _ := os.ReadFile(file)
		for line := range bytes.Lines(text) {
			var said struct{ Msg, Address string }
			if json.Unmarshal(line, &said) == nil && said.Msg == "serving" {
				return said.Address
			}
		}
		select {
		case err := <-ended:
			ended <- err
			w.t.Fatalf("replica %d: %v\n%s", i, err, text)
		case <-time.After(100 * time.Millisecond):
		}
	}
	w.t.Fatalf("replica %d does not serve", i)
	return ""
}

// failures are the lines of a log that tell of failures of ours, the first hundred.
func failures(file string) string {
	text, _ := os.ReadFile(file)
	var found []string
	for line := range strings.Lines(string(text)) {
		if (strings.Contains(line, `"kind":"internal"`) || strings.Contains(line, `"msg":"panic"`)) && len(found) < 100 {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}

// dial reaches the parts by their names, the replicas in turn.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to := w.callback
	if address == "id.localhost:7001" {
		to = w.replicas[int(w.turn.Add(1))%len(w.replicas)]
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

func (w *world) browser() *testkit.Browser { return testkit.NewBrowser(w.t, "somebody", w.dial) }
