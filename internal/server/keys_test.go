package server_test

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/directory"
	"ligature/internal/mail"
	"ligature/internal/op"
	"ligature/internal/server"
	"ligature/internal/web/protocol"
)

// clock is a clock that tests turn.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func replicaOptions(database string, c *clock) server.Options {
	return server.Options{
		Declaration: directory.Declaration{
			Suite:    directory.Suite{Issuer: "https://id.example.com", Brand: directory.Brand{Account: "Example Cloud", Company: "Example"}, Locale: "en", Disclosure: directory.Explicit, OnLink: directory.Adopt},
			Products: []directory.Product{{ID: "pim", Name: "PIM", OtherAddress: directory.AllowOther}},
			Tenants:  []directory.Tenant{{ID: "acme", Name: "Acme", Rollout: directory.RolloutOn}},
		},
		Database: database, Key: []byte(deskKey), Now: c.Now,
		SMTP: mail.Config{Address: "127.0.0.1:1", TLS: mail.TLSNone, From: "account@id.example.com"},
	}
}

// TestKeysRotateUnderWay (oidcc-server-rotate-keys): two servers of one store publish a new key before either signs with it, change at its time without
// a restart, and believe the old one's signatures until its overlap is over.
func TestKeysRotateUnderWay(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	options := replicaOptions("sqlite://"+filepath.Join(t.TempDir(), "keys.db"), c)
	var servers []*server.Server
	for range 2 {
		s, err := server.Open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		servers = append(servers, s)
	}
	desk, err := server.OpenDesk(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = desk.Close() })
	made, err := desk.RotateKeys(t.Context(), []string{"ES256"}, false, false)
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	published := func(s *server.Server) string {
		if err := s.LoadKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "https://id.example.com"+protocol.PathJWKS, nil)
		s.ServeHTTP(rec, r)
		return rec.Body.String()
	}
	sign := func(s *server.Server) string {
		compact, err := s.Signer().Sign("ES256", op.TypeIDToken, map[string]any{"a": 1})
		if err != nil {
			t.Fatal(err)
		}
		return compact
	}
	keys, err := desk.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := keys[1].ID
	for _, s := range servers {
		if set := published(s); !strings.Contains(set, made[0].ID) || !strings.Contains(set, first) {
			t.Error("not published ahead of use:", set)
		}
	}
	before := sign(servers[0])
	c.advance(op.KeyAheadTTL)
	published(servers[0])
	after := sign(servers[0]) // the other has not looked yet
	if _, err := servers[1].Signer().Payload(after, op.TypeIDToken); err != nil || before[:40] == after[:40] {
		t.Error("the new key does not sign, or is not believed:", err)
	}
	if _, err := servers[0].Signer().Payload(before, op.TypeIDToken); err != nil {
		t.Error("the old key is not believed:", err)
	}
	c.advance(op.KeyOverlapTTL)
	if set := published(servers[0]); strings.Contains(set, first) {
		t.Error("the old key is published for ever")
	}
	if _, err := servers[0].Signer().Payload(before, op.TypeIDToken); err == nil {
		t.Error("the old key is believed for ever")
	}
	c.advance(32 * 24 * time.Hour)
	if err := servers[0].Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys, err = desk.Keys(t.Context()); err != nil || len(keys) != 2 || keys[0].ID != made[0].ID || keys[0].State != "signs" {
		t.Errorf("%+v %v", keys, err)
	}
}
