package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ligature/internal/connector/httpconn"
)

// deadline is how long Ligature waits for an answer.
const deadline = 3 * time.Second

// request is one question; every part of it can be bent.
type request struct {
	method, verb, body     string
	signedVerb, signedBody string
	secret                 []byte
	timestamp, nonce       string
	signature              func(right string) string
	bare                   bool // no header of a signature at all
}

// said is an answer.
type said struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// question is a request as Ligature would send it.
func (p *probe) question(verb string, members map[string]string) request {
	body, _ := json.Marshal(members) // texts always encode
	return request{method: http.MethodPost, verb: verb, body: string(body), signedVerb: verb, signedBody: string(body), secret: p.Endpoint.Secret,
		timestamp: p.at(0), nonce: p.random(16), signature: func(right string) string { return right }}
}

// harmless is a question about nobody.
func (p *probe) harmless() request {
	nobody := p.stranger()
	if p.Endpoint.CannotFind {
		return p.question("verify", map[string]string{"id": "", "identifier": nobody, "password": p.random(12)})
	}
	return p.question("find", map[string]string{"by": "email", "value": nobody})
}

// stranger is an address that nobody has.
func (p *probe) stranger() string {
	return strings.ToLower("nobody-"+p.random(9)) + "@ligature.invalid"
}

func (p *probe) at(shift time.Duration) string {
	return strconv.FormatInt(p.Endpoint.Now().Add(shift).Unix(), 10)
}

// send asks. An error means that there is no answer within Ligature's deadline.
func (p *probe) send(ctx context.Context, q request) (said, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Patience)
	defer cancel()
	target := *p.base
	target.Path += "/ligature/v1/" + q.verb
	r, err := http.NewRequestWithContext(ctx, q.method, target.String(), strings.NewReader(q.body))
	if err != nil {
		return said{}, err
	}
	r.GetBody = nil
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "ligature")
	if !q.bare {
		signed := *p.base
		signed.Path += "/ligature/v1/" + q.signedVerb
		r.Header.Set(httpconn.HeaderTimestamp, q.timestamp)
		r.Header.Set(httpconn.HeaderNonce, q.nonce)
		r.Header.Set(httpconn.HeaderSignature, q.signature(httpconn.Sign(q.secret, q.timestamp, q.nonce, http.MethodPost, signed.EscapedPath(), []byte(q.signedBody))))
	}
	started := p.Endpoint.Now()
	response, err := p.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return said{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 256<<10))
	if err != nil {
		return said{}, err
	}
	answer := said{status: response.StatusCode, header: response.Header, body: body, took: p.Endpoint.Now().Sub(started)}
	p.slow = max(p.slow, answer.took)
	p.look(answer)
	return answer, nil
}

// traces are what programs print when they fail and show it to whoever asked.
var traces = regexp.MustCompile(`(?i)traceback \(most recent|goroutine \d+ \[|stack trace|\n\s+at [\w$.<>]+ ?\(|#\d+ /[^\s]+\.php|\.(php|py|rb|js|mjs|java|go|cs):\d+|fatal error|<b>warning</b>|uncaught |in /[^\s]+ on line \d+|sqlstate`)

// look notes what no answer may show.
func (p *probe) look(a said) {
	switch {
	case p.leaked != "":
	case bytes.Contains(a.body, []byte(p.Password)):
		p.leaked = fmt.Sprintf("an answer with status %d has the password in it", a.status)
	case bytes.Contains(a.body, p.Endpoint.Secret):
		p.leaked = fmt.Sprintf("an answer with status %d has the shared secret in it", a.status)
	case traces.Match(a.body):
		p.leaked = fmt.Sprintf("an answer with status %d looks like a stack trace or an error of the program", a.status)
	}
}

// refused holds that a question gets 401.
func refused(bend func(p *probe, q *request)) func(ctx context.Context, p *probe) (Result, string) {
	return func(ctx context.Context, p *probe) (Result, string) {
		q := p.harmless()
		bend(p, &q)
		return p.refuses(ctx, q)
	}
}

func (p *probe) refuses(ctx context.Context, q request) (Result, string) {
	a, err := p.send(ctx, q)
	switch {
	case err != nil:
		return Broken, "no answer, want 401: " + err.Error()
	case a.status == http.StatusUnauthorized:
		return Held, ""
	case a.status == http.StatusForbidden:
		return Noted, "refused with 403; 401 is what the contract says"
	}
	return Broken, fmt.Sprintf("answered with %d, want 401", a.status)
}

// accepts holds that a question gets 200.
func (p *probe) accepts(ctx context.Context, q request) (Result, string) {
	a, err := p.send(ctx, q)
	switch {
	case err != nil:
		return Broken, "no answer: " + err.Error()
	case a.status != http.StatusOK:
		return Broken, fmt.Sprintf("answered with %d, want 200", a.status)
	}
	return Held, ""
}
