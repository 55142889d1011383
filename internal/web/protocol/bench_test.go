package protocol_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ligature/internal/web/protocol"
)

// BenchmarkCodeFlow is a whole code flow in an open session: authorize, then redeem the code, each durable before it is
// answered, with the session read from the store. The budget is 1,500 flows a second on two cores, the load on them.
func BenchmarkCodeFlow(b *testing.B) { benchmarkCodeFlow(b, newWorld(b, issuer)) }

func benchmarkCodeFlow(b *testing.B, w *world) {
	session := string(w.session(fullSession).ID)
	target := protocol.PathAuthorize + "?" + request().Encode()
	header := basic("pim", secret)
	b.SetParallelism(32) // a server has many requests under way, whatever its cores
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
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
