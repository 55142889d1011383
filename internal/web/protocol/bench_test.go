package protocol_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web/protocol"
)

// BenchmarkCodeFlow is a whole code flow in an open session: authorize, then redeem the code, each durable before it is
// answered, with the session read from the store. The budget is 1,500 flows a second on two cores, the load on them.
func BenchmarkCodeFlow(b *testing.B) { benchmarkCodeFlow(b, newWorld(b, issuer)) }

func benchmarkCodeFlow(b *testing.B, w *world) {
	sessions := w.crowd(200)
	var next atomic.Int64
	target := protocol.PathAuthorize + "?" + request().Encode()
	header := basic("pim", secret)
	b.ResetTimer()
	b.SetParallelism(32) // a server has many requests under way, whatever its cores
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			session := sessions[next.Add(1)%int64(len(sessions))]
			r := httptest.NewRequest("GET", target, nil)
			r.AddCookie(&http.Cookie{Name: "session", Value: session})
			rec := httptest.NewRecorder()
			w.mux.ServeHTTP(rec, r)
			to, err := url.Parse(rec.Header().Get("Location"))
			if err != nil || !to.Query().Has("code") {
				b.Error(rec.Code, to, err)
				return
			}
			r = httptest.NewRequest("POST", protocol.PathToken, strings.NewReader(redemption(to.Query().Get("code")).Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(header[0], header[1])
			rec = httptest.NewRecorder()
			w.mux.ServeHTTP(rec, r)
			if rec.Code != http.StatusOK {
				b.Error(rec.Code, rec.Body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "flows/s")
}

// crowd makes people with an open session each, as a product's are, and gives their sessions: one person alone would wait
// for their own rows.
func (w *world) crowd(size int) []string {
	w.tb.Helper()
	sessions := make([]string, size)
	for i := range sessions {
		id := fmt.Sprintf("crowd%d", i)
		pa := account.ProductAccount{ID: ident.ProductAccountID("pa_" + id), Tenant: "acme", Product: "pim",
			ExternalID: ident.ExternalID(id), Generation: "1", Subject: ident.Subject("sub_" + id), Username: id, SeenAt: noon}
		w.must(w.db.Commit(context.Background(), linking.Outcome{
			Accounts:        []account.Account{{ID: ident.AccountID("ac_" + id), Status: account.Active, Locale: "en", CreatedAt: noon}},
			ProductAccounts: []account.ProductAccount{pa},
			Links: []account.Link{{ID: ident.LinkID("li_" + id), Tenant: "acme", Account: ident.AccountID("ac_" + id), ProductAccount: pa.ID,
				State: account.LinkActive, Flow: "fl_1", Browser: "br_1", CreatedAt: noon, ActiveAt: noon}},
		}))
		sessions[i] = string(w.session(func(s *account.Session) { s.Account = ident.AccountID("ac_" + id) }).ID)
	}
	return sessions
}
