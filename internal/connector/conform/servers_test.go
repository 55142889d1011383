//go:build servers

package conform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/conform"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
)

const examples = "../../../docs/examples/connector"

// The reference servers keep the contract, each in its own language.
func TestReferenceServers(t *testing.T) {
	program := filepath.Join(t.TempDir(), "server")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join(examples, "go")
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	hashed, err := exec.Command("php", "-r", "echo password_hash($argv[1], PASSWORD_DEFAULT);", password).Output()
	if err != nil {
		t.Fatalf("PHP: %v", err)
	}
	for name, command := range map[string]func(port string) []string{
		"go":     func(string) []string { return []string{program} },
		"node":   func(string) []string { return []string{"node", filepath.Join(examples, "node/server.mjs")} },
		"python": func(string) []string { return []string{"python3", filepath.Join(examples, "python/server.py")} },
		"php": func(port string) []string {
			return []string{"php", "-q", "-S", "127.0.0.1:" + port, filepath.Join(examples, "php/server.php")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// While the secret changes, both count: the old one is tried with every rule, the new one with one question.
			const next = "the secret that comes after it, too"
			port := start(t, command, "CONNECTOR_SECRET="+next, "CONNECTOR_SECRET_OLD="+secret, "PROBE_PASSWORD="+password, "PROBE_HASH="+string(hashed), "PHP_CLI_SERVER_WORKERS=4", "TMPDIR="+t.TempDir())
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			o := conform.Options{Email: "Ada@acme.example", Username: "ada", Password: password, Patience: 20 * time.Second, // a busy machine is not what is tested
				Endpoint: httpconn.Options{URL: "http://127.0.0.1:" + port, AllowPrivate: true, Secret: []byte(secret), Now: time.Now, Rand: rand.Reader}}
			further := func(name string) conform.Probe { return conform.Probe{Identifier: name, Password: password} }
			o.Disabled, o.Locked, o.MustReset = further("dan@acme.example"), further("lea"), further("Ron@acme.example")
			report := patiently(ctx, t, o)
			if names := broken(t, report); len(names) > 0 || report.Held < 50 || report.Skipped > 0 {
				t.Errorf("broken are %v, %d held: %+v", names, report.Held, report.Findings)
			}
			o.Endpoint.Secret = []byte(next)
			c, err := httpconn.Open(o.Endpoint)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if found, err := c.(connector.Finder).Find(ctx, connector.Query{By: connector.ByID, Value: "7"}); err != nil || len(found) != 1 {
				t.Errorf("by the new secret: %d found, %v", len(found), err)
			}
		})
	}
}

// patiently asks until the server that was just started answers.
func patiently(ctx context.Context, t *testing.T, o conform.Options) conform.Report {
	t.Helper()
	for {
		report, err := conform.Run(ctx, o)
		if err == nil {
			return report
		}
		if !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// start runs a server, with all its processes, until the test ends, and gives its port.
func start(t *testing.T, command func(port string) []string, env ...string) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	words := command(port)
	var talk bytes.Buffer
	c := exec.Command(words[0], words[1:]...)
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), append(env, "PORT="+port)...), &talk, &talk
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s", talk.String())
		}
	})
	return port
}
