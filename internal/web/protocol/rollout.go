package protocol

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// PathRollout tells a product how far its tenant is, before it sends anybody here. The client's id follows.
const PathRollout = "/rollout/"

// RolloutTTL is how long a product may go by an answer. What it then finds at the authorization endpoint counts more.
const RolloutTTL = 30 * time.Second

// FieldTenant is the parameter that names the tenant where a client serves several.
const FieldTenant = "tenant"

// rolloutBody is the answer.
type rolloutBody struct {
	State  directory.Rollout `json:"state"`
	MaxAge int               `json:"max_age"` // seconds
}

// rollout answers how far the tenant that a client serves is with its product: to anybody, because whoever opens the
// product learns the same. It holds nothing of a person.
func (p *Provider) rollout(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET")
		h.Set("Access-Control-Allow-Headers", "If-None-Match")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !only(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	state, err := p.rolloutOf(r.Context(), ident.ClientID(r.PathValue("client")), r.URL.Query()[FieldTenant])
	if err != nil {
		p.answerProblem(w, r, err)
		return
	}
	seconds := int(RolloutTTL / time.Second)
	tag := `"` + string(state) + "-" + strconv.Itoa(seconds) + `"`
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(seconds))
	h.Set("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body, err := json.Marshal(rolloutBody{State: state, MaxAge: seconds})
	if err != nil {
		panic("protocol: a word and a number have a JSON form: " + err.Error())
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that went away is no failure of ours
}

// matches reports that one of the tags sent is the tag (RFC 9110 §13.1.2).
func matches(sent []string, tag string) bool {
	for _, list := range sent {
		for one := range strings.SplitSeq(list, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// rolloutOf finds the instance that is asked about. Errors: fault.Missing "client.missing" or "instance.missing",
// fault.Invalid "rollout.tenant" when several tenants could be meant, fault.Unavailable.
func (p *Provider) rolloutOf(ctx context.Context, client ident.ClientID, tenants []string) (directory.Rollout, error) {
	registered, err := p.clients.registration(ctx, client)
	if err != nil {
		return "", err
	}
	if len(tenants) > 1 || len(tenants) == 0 && len(registered.Instances) > 1 {
		return "", fault.New(fault.Invalid, "rollout.tenant")
	}
	for _, in := range registered.Instances {
		if len(tenants) == 0 || tenants[0] == string(in.Tenant) {
			return p.rollouts.state(ctx, in)
		}
	}
	return "", fault.New(fault.Missing, "instance.missing")
}

// problemBody is RFC 9457 §3.
type problemBody struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// answerProblem says why there is no answer, in sentences of ours.
func (p *Provider) answerProblem(w http.ResponseWriter, r *http.Request, err error) {
	body := problemBody{Type: "about:blank", Status: http.StatusInternalServerError, Detail: "this is a mistake of ours"}
	switch {
	case fault.KeyOf(err) == "rollout.tenant":
		body.Status, body.Detail = http.StatusBadRequest, "this client serves several tenants: say which one with ?tenant=ID, once"
	case fault.KeyOf(err) == "instance.missing":
		body.Status, body.Detail = http.StatusNotFound, "this client does not serve that tenant"
	case fault.Is(err, fault.Missing):
		body.Status, body.Detail = http.StatusNotFound, "there is no such client"
	case fault.Is(err, fault.Unavailable):
		body.Status, body.Detail = http.StatusServiceUnavailable, "try again in a few seconds; until then, go by the last answer"
		w.Header().Set("Retry-After", "5")
		p.logFailure(r, err)
	default:
		p.logFailure(r, err)
	}
	body.Title = http.StatusText(body.Status)
	encoded, failed := json.Marshal(body)
	if failed != nil {
		p.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "a problem without a JSON form", slog.String("error", failed.Error()))
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(body.Status)
	_, _ = w.Write(encoded) // as above
}

// rollouts remembers how instances are switched for a short while. Only instances that exist are remembered.
type rollouts struct {
	store op.Store
	now   func() time.Time
	ttl   time.Duration

	mu    sync.RWMutex
	known map[ident.InstanceID]switched
}

type switched struct {
	state  directory.Rollout
	readAt time.Time
}

func newRollouts(store op.Store, now func() time.Time, ttl time.Duration) *rollouts {
	return &rollouts{store: store, now: now, ttl: ttl, known: map[ident.InstanceID]switched{}}
}

// state is how the instance is switched, at most ttl old; while the store does not answer, at most staleTTL.
func (c *rollouts) state(ctx context.Context, in directory.Instance) (directory.Rollout, error) {
	now := c.now()
	c.mu.RLock()
	e, ok := c.known[in.ID]
	c.mu.RUnlock()
	age := now.Sub(e.readAt)
	if ok && age >= 0 && age < c.ttl {
		return e.state, nil
	}
	facts, err := c.store.Facts(ctx, in.Tenant, in.Product, "")
	if err != nil {
		if ok && age >= 0 && age < staleTTL && fault.Is(err, fault.Unavailable) {
			return e.state, nil
		}
		return "", err
	}
	c.mu.Lock()
	c.known[in.ID] = switched{state: facts.Rollout, readAt: now}
	c.mu.Unlock()
	return facts.Rollout, nil
}

func (c *rollouts) forget() {
	c.mu.Lock()
	clear(c.known)
	c.mu.Unlock()
}
