package conform

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// signatureRules are about who is let in: nobody without the secret, and no question twice.
func signatureRules() []rule {
	return append([]rule{
		{name: "signature.accepted", text: "a signed question is answered", first: true, try: func(ctx context.Context, p *probe) (Result, string) {
			result, detail := p.accepts(ctx, p.harmless())
			if strings.Contains(detail, "with 401") {
				detail += ": compare the secret on both sides, the clock, the path that is signed, and that the body is hashed as it came"
			}
			return result, detail
		}},
		{name: "signature.missing", text: "an unsigned question is refused", try: refused(func(_ *probe, q *request) { q.bare = true })},
		{name: "signature.everywhere", text: "verify and reset refuse unsigned questions too", try: unsignedEverywhere},
		{name: "signature.secret", text: "a signature by another secret is refused", try: refused(func(p *probe, q *request) { q.secret = []byte(p.random(24)) })},
		{name: "signature.body", text: "a signature of another body is refused", try: refused(func(_ *probe, q *request) { q.signedBody += " " })},
		{name: "signature.path", text: "a signature for another path is refused", try: refused(func(_ *probe, q *request) { q.signedVerb = "reset" })},
		{name: "signature.cut", text: "a part of the right signature is refused", try: refused(func(_ *probe, q *request) {
			q.signature = func(right string) string { return right[:len(right)-2] }
		})},
		{name: "signature.empty", text: "a signature of no length is refused", try: refused(func(_ *probe, q *request) {
			q.signature = func(string) string { return "v1=" }
		})},
		{name: "signature.version", text: "a signature without its version is refused", try: refused(func(_ *probe, q *request) {
			q.signature = func(right string) string { return strings.TrimPrefix(right, "v1=") }
		})},
	}, timeRules()...)
}

func timeRules() []rule {
	return []rule{
		{name: "timestamp.old", text: "a timestamp of more than five minutes ago is refused", try: refused(func(p *probe, q *request) { q.timestamp = p.at(-6 * time.Minute) })},
		{name: "timestamp.future", text: "a timestamp more than five minutes ahead is refused", try: refused(func(p *probe, q *request) { q.timestamp = p.at(6 * time.Minute) })},
		{name: "timestamp.text", text: "a timestamp that is no number is refused", try: refused(func(_ *probe, q *request) { q.timestamp = "now" })},
		{name: "timestamp.skew", text: "clocks may be four minutes apart", try: func(ctx context.Context, p *probe) (Result, string) {
			q := p.harmless()
			q.timestamp = p.at(-4 * time.Minute)
			return p.accepts(ctx, q)
		}},
		{name: "nonce.short", text: "a nonce that is too short is refused", try: refused(func(_ *probe, q *request) { q.nonce = "AAAA" })},
		{name: "nonce.replay", text: "the same question is answered once", try: replayed},
		{name: "nonce.race", text: "the same question twice at once is answered once", try: raced},
		{name: "nonce.burnt", text: "a nonce counts as used only after a right signature", try: func(ctx context.Context, p *probe) (Result, string) {
			q := p.harmless()
			forged := q
			forged.secret = []byte(p.random(24))
			if result, detail := p.refuses(ctx, forged); result == Broken {
				return result, detail
			}
			return p.accepts(ctx, q)
		}},
	}
}

func unsignedEverywhere(ctx context.Context, p *probe) (Result, string) {
	for verb, members := range map[string]map[string]string{"verify": {"id": "", "identifier": p.stranger(), "password": p.random(12)}, "reset": {"identifier": p.stranger()}} {
		if verb == "reset" && p.Endpoint.CannotReset {
			continue
		}
		q := p.question(verb, members)
		q.bare = true
		if result, detail := p.refuses(ctx, q); result != Held {
			return result, verb + ": " + detail
		}
	}
	return Held, ""
}

func replayed(ctx context.Context, p *probe) (Result, string) {
	q := p.harmless()
	if result, detail := p.accepts(ctx, q); result != Held {
		return result, detail
	}
	result, detail := p.refuses(ctx, q)
	if result == Broken {
		detail = "the second time: " + detail
	}
	return result, detail
}

func raced(ctx context.Context, p *probe) (Result, string) {
	const many = 4
	q := p.harmless()
	// Each asks in a copy of its own, because answers are noted.
	copies := make([]probe, many)
	answers := make([]said, many)
	var group sync.WaitGroup
	for i := range many {
		copies[i] = *p
		group.Go(func() { answers[i], _ = copies[i].send(ctx, q) }) // no answer is no 200
	}
	group.Wait()
	accepted := 0
	for _, a := range answers {
		if a.status == http.StatusOK {
			accepted++
		}
	}
	if accepted != 1 {
		return Broken, fmt.Sprintf("%d of %d were answered: look a nonce up and remember it in one step", accepted, many)
	}
	return Held, ""
}
