package rp

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// longestRollout bounds what a provider may ask to be believed for.
const longestRollout = time.Minute

// rollout is what the provider last said about this product's workspace.
type rollout struct {
	mu    sync.Mutex
	state string // empty: nothing is known
	tag   string
	// until is how long anything but off is believed, maxAge how long an answer is from when it comes.
	until  time.Time
	maxAge time.Duration
}

// Off reports that the provider says, before anybody is sent there, that this workspace does not sign in with it. While it
// says anything else it is believed for as long as it asks to be, at most a minute; while it says off it is asked each
// time, which costs an answer without a body, so that switching on counts at once as well. A provider that gives no answer
// is not off: what it says at its authorization endpoint counts.
func (p *Party) Off(ctx context.Context) bool {
	r := &p.rollout
	r.mu.Lock()
	defer r.mu.Unlock()
	now := p.cfg.Now()
	if r.state != "" && r.state != "off" && now.Before(r.until) && !now.Before(r.until.Add(-longestRollout)) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, reachTTL)
	defer cancel()
	if !p.askRollout(ctx, r, now) {
		r.state, r.tag = "", ""
	}
	return r.state == "off"
}

// askRollout asks once and keeps the answer; false when there was none.
func (p *Party) askRollout(ctx context.Context, r *rollout, now time.Time) bool {
	target := p.cfg.Issuer + "/rollout/" + url.PathEscape(p.cfg.ClientID)
	if p.cfg.Tenant != "" {
		target += "?" + url.Values{"tenant": {p.cfg.Tenant}}.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return false
	}
	if r.tag != "" {
		request.Header.Set("If-None-Match", r.tag)
	}
	response, err := p.cfg.HTTPClient.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusNotModified && r.tag != "" {
		r.until = now.Add(r.maxAge)
		return true
	}
	var said struct {
		State  string `json:"state"`
		MaxAge int    `json:"max_age"`
	}
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, 4<<10)).Decode(&said) != nil {
		return false
	}
	r.state, r.tag = said.State, response.Header.Get("ETag")
	r.maxAge = min(time.Duration(max(0, said.MaxAge))*time.Second, longestRollout)
	r.until = now.Add(r.maxAge)
	return true
}

// refusedHere forgets what was said before: the authorization endpoint knows better.
func (p *Party) refusedHere() {
	p.rollout.mu.Lock()
	defer p.rollout.mu.Unlock()
	p.rollout.state, p.rollout.tag = "", ""
}
