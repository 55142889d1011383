package sdm

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// Limits of the connector contract.
const (
	contractBody = 64 << 10
	contractSkew = 300 * time.Second
)

// Signature is the value of the Ligature-Signature header for a request: `v1=` and the hex HMAC-SHA256, under the shared
// secret, of timestamp, nonce, method, path and the hex SHA-256 of the body, joined by line feeds.
func Signature(secret []byte, timestamp, nonce, method, path string, body []byte) string {
	sum := sha256.Sum256(body)
	mac := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(mac, timestamp+"\n"+nonce+"\n"+method+"\n"+path+"\n"+hex.EncodeToString(sum[:])) // a hash never fails
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// contractHandler answers one call of the contract; the body is JSON and the signature was right.
type contractHandler func(w http.ResponseWriter, r *http.Request, body []byte) error

// signed lets only the identity provider's connector in. Everything that is not right about the signature gets the same
// 401: which part was wrong is nobody's business.
func (p *Product) signed(next contractHandler) stand.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			return problem(w, http.StatusUnsupportedMediaType, "The body must be application/json.")
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, contractBody+1))
		if err != nil {
			return problem(w, http.StatusBadRequest, "The body could not be read.")
		}
		if len(body) > contractBody {
			return problem(w, http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB.")
		}
		if !p.authentic(r, body) {
			return problem(w, http.StatusUnauthorized, "The signature is missing, wrong, too old or used already.")
		}
		return next(w, r, body)
	}
}

func (p *Product) authentic(r *http.Request, body []byte) bool {
	timestamp, nonce := r.Header.Get("Ligature-Timestamp"), r.Header.Get("Ligature-Nonce")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || len(p.cfg.ConnectorSecret) == 0 {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(raw) != 16 {
		return false
	}
	now := p.cfg.Now()
	if now.Sub(time.Unix(seconds, 0)).Abs() > contractSkew {
		return false
	}
	want := Signature(p.cfg.ConnectorSecret, timestamp, nonce, r.Method, r.URL.EscapedPath(), body)
	if !hmac.Equal([]byte(want), []byte(r.Header.Get("Ligature-Signature"))) {
		return false
	}
	// Last, so that only somebody with the secret can fill the memory of nonces.
	return p.nonces.first(string(raw), now)
}

// nonces remembers those of the last two skews; older requests are refused by their timestamp.
type nonces struct {
	mu   sync.Mutex
	seen map[string]time.Time
	next time.Time
}

func newNonces() *nonces { return &nonces{seen: map[string]time.Time{}} }

func (n *nonces) first(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.After(n.next) {
		for old, at := range n.seen {
			if now.Sub(at) > 2*contractSkew {
				delete(n.seen, old)
			}
		}
		n.next = now.Add(contractSkew)
	}
	if _, used := n.seen[nonce]; used {
		return false
	}
	n.seen[nonce] = now
	return true
}

// decode reads a JSON object strictly: an unknown member or a second value is an error.
func decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fault.Wrap(fault.Invalid, "sdm.json", err)
	}
	if decoder.More() {
		return fault.New(fault.Invalid, "sdm.json")
	}
	return nil
}

// problem answers with problem details (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) error {
	return writeAs(w, status, "application/problem+json", map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	return writeAs(w, status, "application/json", body)
}

func writeAs(w http.ResponseWriter, status int, kind string, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fault.Wrap(fault.Internal, "sdm.json", err)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, err = w.Write(encoded)
	return fault.Wrap(fault.Unavailable, "sdm.write", err)
}
