// Package conform asks an endpoint of the connector contract everything that the contract promises, the way Ligature asks
// and the way somebody without the secret would, and reports rule by rule. It is for the developer of a product: it tries
// the right password of a probe user and a few wrong ones, never two wrong ones in a row.
package conform

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
)

// Options say which endpoint is asked, and about whom.
type Options struct {
	// Endpoint is how Ligature would ask it; its CannotFind and CannotReset leave out the rules about these.
	Endpoint httpconn.Options
	// Email and Username name the probe user; at least one is needed.
	Email, Username string
	// Password is the probe user's right one.
	Password string
	// Disabled, Locked and MustReset are users in these states; the rules about one that is not named are skipped.
	Disabled, Locked, MustReset Probe
	// Patience is how long an answer may take; zero means the 3 seconds for which Ligature waits.
	Patience time.Duration
	// Progress, when set, is told before each rule how many are done, of how many, and which is next.
	Progress func(done, all int, next string)
}

// Result is what became of a rule.
type Result string

// The results. Noted is a rule that is kept, with something worth knowing; Skipped one that could not be tried.
const (
	Held    Result = "held"
	Broken  Result = "broken"
	Noted   Result = "noted"
	Skipped Result = "skipped"
)

// Finding is one rule with its result.
type Finding struct {
	// Name is the rule's, for machines; Rule is it in a sentence.
	Name string `json:"name"`
	Rule string `json:"rule"`
	// Result and Detail say what came of it; Detail never holds what was sent.
	Result Result `json:"result"`
	Detail string `json:"detail,omitempty"`
	// Milliseconds is how long it took.
	Milliseconds int64 `json:"milliseconds"`
}

// Report is every rule in the order they were tried.
type Report struct {
	Held     int       `json:"held"`
	Broken   int       `json:"broken"`
	Noted    int       `json:"noted"`
	Skipped  int       `json:"skipped"`
	Findings []Finding `json:"findings"`
}

// rule is one promise of the contract and how it is tried.
type rule struct {
	name, text string
	try        func(ctx context.Context, p *probe) (Result, string)
	// first marks what everything after depends on.
	first bool
	// skip says why this endpoint is not asked; empty when it is.
	skip func(o Options) string
}

// probe is what the rules share.
type probe struct {
	Options
	base   *url.URL
	http   *http.Client
	live   connector.Connector
	found  connector.Record
	leaked string // what an answer showed that none may
	slow   time.Duration
	wrong  []time.Duration
	nobody []time.Duration
}

// Run tries every rule. Errors: fault.Invalid as httpconn.Open's, and "conform.probe" without somebody to ask about or a
// password; fault.Unavailable when the endpoint cannot be reached at all; the context's own.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.Email == "" && o.Username == "" || connector.Hopeless(o.Password) {
		return Report{}, fault.New(fault.Invalid, "conform.probe")
	}
	for _, further := range []Probe{o.Disabled, o.Locked, o.MustReset} {
		if further.Identifier != "" && connector.Hopeless(further.Password) {
			return Report{}, fault.New(fault.Invalid, "conform.probe")
		}
	}
	base, client, err := httpconn.Reach(o.Endpoint)
	if err != nil {
		return Report{}, err
	}
	live, err := httpconn.Open(o.Endpoint)
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = live.Close() }()
	defer client.CloseIdleConnections()
	o.Patience = cmp.Or(o.Patience, deadline)
	p := &probe{Options: o, base: base, http: client, live: live}
	if _, err := p.send(ctx, p.harmless()); err != nil {
		return Report{}, errors.Join(ctx.Err(), fault.Wrap(fault.Unavailable, "conform.unreachable", err))
	}
	return p.run(ctx, rules())
}

func rules() []rule {
	var all []rule
	for _, part := range [][]rule{signatureRules(), findRules(), verifyRules(), stateRules(), resetRules(), answerRules()} {
		all = append(all, part...)
	}
	return all
}

func (p *probe) run(ctx context.Context, all []rule) (Report, error) {
	report, stopped := Report{Findings: make([]Finding, 0, len(all))}, ""
	for i, r := range all {
		if p.Progress != nil {
			p.Progress(i, len(all), r.name)
		}
		found := Finding{Name: r.name, Rule: r.text, Result: Skipped, Detail: stopped}
		if stopped == "" && r.skip != nil {
			found.Detail = r.skip(p.Options)
		}
		if found.Detail == "" {
			started := p.Endpoint.Now()
			found.Result, found.Detail = r.try(ctx, p)
			found.Milliseconds = p.Endpoint.Now().Sub(started).Milliseconds()
		}
		if ctx.Err() != nil {
			return report, ctx.Err()
		}
		if found.Result == Broken && r.first {
			stopped = "not tried, because " + r.name + " is broken"
		}
		report.count(found)
	}
	return report, nil
}

func (r *Report) count(f Finding) {
	switch f.Result {
	case Held:
		r.Held++
	case Broken:
		r.Broken++
	case Noted:
		r.Noted++
	case Skipped:
		r.Skipped++
	}
	r.Findings = append(r.Findings, f)
}

// random is a text that nobody has: n bytes of the endpoint's randomness in base64url.
func (p *probe) random(n int) string {
	raw := make([]byte, n)
	if _, err := io.ReadFull(p.Endpoint.Rand, raw); err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// identifier is what the probe user types.
func (p *probe) identifier() string {
	if p.Email != "" {
		return strings.ToLower(p.Email) // as the contract sends it
	}
	return p.Username
}

func noFind(o Options) string {
	if o.Endpoint.CannotFind {
		return "said not to find"
	}
	return ""
}

func noReset(o Options) string {
	if o.Endpoint.CannotReset {
		return "said not to reset"
	}
	return ""
}
