package conform

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ligature/internal/connector"
)

// resetRules are about the product's own reset mail.
func resetRules() []rule {
	return []rule{{name: "reset.same", text: "reset answers 202 and the same, whether there is such a user or not", skip: noReset, try: sameReset}}
}

func sameReset(ctx context.Context, p *probe) (Result, string) {
	var answers []said
	for _, identifier := range []string{p.stranger(), p.identifier()} {
		a, err := p.send(ctx, p.question("reset", map[string]string{"identifier": identifier}))
		if err != nil {
			return Broken, "no answer: " + err.Error()
		}
		if a.status != http.StatusAccepted {
			return Broken, fmt.Sprintf("answered with %d, want 202", a.status)
		}
		if problem := plain(a); problem != "" {
			return Broken, problem
		}
		answers = append(answers, a)
	}
	unknown, known := answers[0], answers[1]
	switch {
	case string(unknown.body) != string(known.body):
		return Broken, "the bodies differ: the answer says who is a user"
	case !slices.Equal(slices.Sorted(maps.Keys(unknown.header)), slices.Sorted(maps.Keys(known.header))):
		return Broken, "the headers differ: the answer says who is a user"
	case known.took > 4*unknown.took+100*time.Millisecond:
		return Noted, fmt.Sprintf("%d ms for a user, %d ms for nobody: send the mail after the answer", known.took.Milliseconds(), unknown.took.Milliseconds())
	}
	return Held, ""
}

// answerRules are about every answer.
func answerRules() []rule {
	return []rule{
		{name: "body.malformed", text: "a signed body that is no JSON is refused", try: malformed("{")},
		{name: "body.shape", text: "a signed body of another shape is refused", try: malformed(`[1,{"by":[]}]`)},
		{name: "body.oversize", text: "a body of a megabyte is refused", try: oversize},
		{name: "path.unknown", text: "a path outside the contract is not found", try: func(ctx context.Context, p *probe) (Result, string) {
			return p.refusedAs4xx(ctx, p.question("delete", map[string]string{"id": p.random(9)}))
		}},
		{name: "method.other", text: "GET is not answered", try: func(ctx context.Context, p *probe) (Result, string) {
			q := p.harmless()
			q.method, q.body, q.bare = http.MethodGet, "", true
			return p.refusedAs4xx(ctx, q)
		}},
		{name: "answer.at_once", text: "sixteen questions at once are answered", try: atOnce},
		{name: "answer.cookies", text: "no answer sets a cookie", try: func(ctx context.Context, p *probe) (Result, string) {
			a, err := p.send(ctx, p.harmless())
			switch {
			case err != nil:
				return Broken, "no answer: " + err.Error()
			case a.header.Get("Set-Cookie") != "":
				return Broken, "a question starts a session"
			}
			return Held, ""
		}},
		{name: "answer.quiet", text: "no answer shows a password, the secret or a stack trace", try: func(_ context.Context, p *probe) (Result, string) {
			if p.leaked != "" {
				return Broken, p.leaked
			}
			return Held, ""
		}},
		{name: "answer.fast", text: "each answer comes within three seconds", try: func(_ context.Context, p *probe) (Result, string) {
			if p.slow > deadline/3 {
				return Noted, fmt.Sprintf("the slowest took %d ms; Ligature waits 3,000 ms and then counts it as no answer", p.slow.Milliseconds())
			}
			return Held, ""
		}},
		{name: "transport", text: "passwords cross the network under TLS", try: func(_ context.Context, p *probe) (Result, string) {
			if p.base.Scheme != "https" {
				return Noted, "this is http: good for a trial on one machine"
			}
			return Held, ""
		}},
	}
}

func malformed(body string) func(ctx context.Context, p *probe) (Result, string) {
	return func(ctx context.Context, p *probe) (Result, string) {
		q := p.harmless()
		q.body, q.signedBody = body, body
		return p.refusedAs4xx(ctx, q)
	}
}

// oversize may end the connection as well: that is cheaper than reading all of it.
func oversize(ctx context.Context, p *probe) (Result, string) {
	q := p.harmless()
	q.body += strings.Repeat(" ", 1<<20)
	q.signedBody = q.body
	a, err := p.send(ctx, q)
	switch {
	case ctx.Err() != nil:
		return Skipped, "interrupted"
	case err != nil:
		if strings.Contains(err.Error(), "deadline") {
			return Broken, "no answer in time"
		}
		return Held, "the connection was closed"
	case a.status >= 400 && a.status < 500:
		return Held, ""
	}
	return Broken, fmt.Sprintf("answered with %d, want 413", a.status)
}

func atOnce(ctx context.Context, p *probe) (Result, string) {
	const many = 16
	copies, answers, errs := make([]probe, many), make([]said, many), make([]error, many)
	var group sync.WaitGroup
	for i := range many {
		copies[i] = *p
		q := p.harmless()
		group.Go(func() { answers[i], errs[i] = copies[i].send(ctx, q) })
	}
	group.Wait()
	for i, a := range answers {
		if errs[i] != nil {
			return Broken, "no answer: " + errs[i].Error()
		}
		if a.status != http.StatusOK {
			return Broken, fmt.Sprintf("answered with %d, want 200", a.status)
		}
		p.slow = max(p.slow, a.took)
	}
	return Held, ""
}

// refusedAs4xx holds that a question is refused as the asker's mistake.
func (p *probe) refusedAs4xx(ctx context.Context, q request) (Result, string) {
	a, err := p.send(ctx, q)
	switch {
	case err != nil:
		return Broken, "no answer: " + err.Error()
	case a.status >= 400 && a.status < 500:
		return Held, ""
	case a.status >= 500:
		return Noted, fmt.Sprintf("answered with %d: Ligature takes that for an outage; 4xx says whose mistake it is", a.status)
	}
	return Broken, fmt.Sprintf("answered with %d, want 4xx", a.status)
}

// plain says what is wrong with the form of an answer; empty when nothing is.
func plain(a said) string {
	media, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case err != nil || media != "application/json":
		return "the content type is not application/json"
	case len(a.body) > 64<<10:
		return "the answer has more than 64 KiB"
	case !json.Valid(a.body):
		return "the answer is not JSON"
	}
	return ""
}

// outcomeOf reads an answer to verify.
func outcomeOf(a said) (connector.Outcome, string) {
	if a.status != http.StatusOK {
		return "", fmt.Sprintf("answered with %d, want 200", a.status)
	}
	if problem := plain(a); problem != "" {
		return "", problem
	}
	var answer struct{ Outcome connector.Outcome }
	if json.Unmarshal(a.body, &answer) != nil {
		return "", "outcome is no text"
	}
	return answer.Outcome, ""
}
