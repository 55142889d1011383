package protocol

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"ligature/internal/fault"
	"ligature/internal/op"
	"ligature/internal/web"
)

// errorBody is RFC 6749 §5.2.
type errorBody struct {
	Reason op.Reason `json:"error"`
	Detail string    `json:"error_description,omitempty"`
}

// answerJSON writes a whole answer that no cache may keep (RFC 6749 §5.1).
func answerJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away is no failure of ours
}

// answerError turns a failure of the token or userinfo endpoint into JSON. Only failures of ours are logged here: those
// of clients are logged where they are found.
func (p *Provider) answerError(w http.ResponseWriter, r *http.Request, err error) {
	status, body := errorAnswer(err)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	if status >= http.StatusInternalServerError {
		p.logFailure(r, err)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		encoded = []byte(`{"error":"server_error"}`)
	}
	answerJSON(w, status, encoded)
}

// errorAnswer is how a failure is told.
func errorAnswer(err error) (status int, body errorBody) {
	if refused, ok := errors.AsType[*op.TokenError](err); ok {
		status = http.StatusBadRequest
		if refused.Reason == op.InvalidClient || refused.Reason == op.InvalidToken {
			status = http.StatusUnauthorized
		}
		return status, errorBody{Reason: refused.Reason, Detail: refused.Detail}
	}
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Throttled:
		return http.StatusServiceUnavailable, errorBody{Reason: op.TemporarilyUnavailable}
	case fault.Invalid:
		return http.StatusBadRequest, errorBody{Reason: op.InvalidRequest, Detail: invalidDetail(err)}
	}
	return http.StatusInternalServerError, errorBody{Reason: op.ServerError}
}

func (p *Provider) logFailure(r *http.Request, err error) {
	p.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "protocol request failed", slog.String("pattern", r.Pattern),
		slog.String("kind", fault.KindOf(err).String()), slog.String("error", err.Error()))
}

// invalidDetail is a sentence for what cannot be read at all.
func invalidDetail(err error) string {
	switch fault.KeyOf(err) {
	case "request.type":
		return "the body must be application/x-www-form-urlencoded"
	case "request.query":
		return "parameters belong in the body"
	case "request.size":
		return "the request is too large"
	}
	return "the parameters cannot be read"
}

// shareWithSites lets scripts of any site read the answer. No cookie is sent or read, so there is nothing to protect but
// what the caller brings itself. It reports whether the request was only the question whether it may be sent.
func shareWithSites(w http.ResponseWriter, r *http.Request) bool {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, "+web.ReferenceHeader)
	if r.Method != http.MethodOptions {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
