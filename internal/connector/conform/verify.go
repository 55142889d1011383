package conform

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"ligature/internal/connector"
	"ligature/internal/ident"
)

// verifyRules are about passwords. Between two wrong ones there is always a right one, so that no count runs up.
func verifyRules() []rule {
	return []rule{
		{name: "verify.right", text: "the right password matches", first: true, try: rightPassword},
		{name: "verify.wrong", text: "another password does not match", try: wrongPassword(func(p *probe) string { return p.random(12) })},
		{name: "verify.last", text: "a password that differs in its last letter does not match", try: wrongPassword(func(p *probe) string {
			letters := []rune(p.Password)
			letters[len(letters)-1]++
			return string(letters)
		})},
		{name: "verify.longer", text: "the right password and more does not match", try: wrongPassword(func(p *probe) string { return p.Password + "x" })},
		{name: "verify.space", text: "the right password and a space does not match", try: wrongPassword(func(p *probe) string { return p.Password + " " })},
		{name: "verify.case", text: "the right password in another case does not match", try: wrongPassword(func(p *probe) string {
			turned := strings.Map(func(r rune) rune {
				if unicode.IsUpper(r) {
					return unicode.ToLower(r)
				}
				return unicode.ToUpper(r)
			}, p.Password)
			if turned == p.Password {
				return p.Password + "X"
			}
			return turned
		})},
		{name: "verify.empty", text: "no password does not match", try: wrongPassword(func(*probe) string { return "" })},
		{name: "verify.id", text: "the id says who is checked, not the identifier", skip: noFind, try: otherID},
		{name: "verify.nobody", text: "somebody unknown does not match", try: unknown},
		{name: "verify.timing", text: "somebody unknown takes as long as a wrong password", try: timing},
	}
}

// verify asks as Ligature does, and gives how long it took.
func (p *probe) verify(ctx context.Context, id ident.ExternalID, identifier, password string) (connector.Answer, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Patience)
	defer cancel()
	parsed, err := ident.ParseIdentifier(identifier)
	if err != nil {
		return connector.Answer{}, 0, err
	}
	started := p.Endpoint.Now()
	answer, err := p.live.(connector.Verifier).Verify(ctx, connector.Check{ExternalID: id, Identifier: parsed, Password: password})
	took := p.Endpoint.Now().Sub(started)
	p.slow = max(p.slow, took)
	return answer, took, err
}

func rightPassword(ctx context.Context, p *probe) (Result, string) {
	answer, _, err := p.verify(ctx, p.found.ExternalID, p.identifier(), p.Password)
	switch {
	case err != nil:
		return Broken, describe(err)
	case !answer.Outcome.Proven():
		return Broken, "the outcome is " + string(answer.Outcome)
	case answer.Record.Flags.Disabled || answer.Record.Flags.Locked || answer.Record.Flags.MustReset:
		return Broken, "it matches although the account is disabled, locked or must be reset"
	case p.Endpoint.CannotFind:
		p.found = *answer.Record
	case answer.Record.Generation != p.found.Generation:
		return Broken, "the generation differs from what find gave"
	}
	if answer.Outcome == connector.MatchWeak {
		return Noted, "match_weak: people with such a password set a new one"
	}
	return Held, ""
}

// askAbout is the id that a check is about; none where the product cannot find.
func (p *probe) askAbout() string {
	if p.Endpoint.CannotFind {
		return ""
	}
	return string(p.found.ExternalID)
}

// wrongPassword holds that a password does not match, and that the right one matches afterwards.
func wrongPassword(password func(p *probe) string) func(ctx context.Context, p *probe) (Result, string) {
	return func(ctx context.Context, p *probe) (Result, string) {
		tried := password(p)
		// Not by the connector: it does not even send what is hopeless.
		a, err := p.send(ctx, p.question("verify", map[string]string{"id": p.askAbout(), "identifier": p.identifier(), "password": tried}))
		if err != nil {
			return Broken, "no answer: " + err.Error()
		}
		outcome, problem := outcomeOf(a)
		switch {
		case problem != "" && tried == "" && a.status >= 400 && a.status < 500:
		case problem != "":
			return Broken, problem
		case outcome == connector.WrongPassword || outcome == connector.Rejected:
			p.wrong = append(p.wrong, a.took)
		default:
			return Broken, "the outcome is " + string(outcome) + ", want wrong_password or rejected"
		}
		if result, detail := rightPassword(ctx, p); result == Broken {
			return Broken, "afterwards the right password: " + detail
		}
		return Held, ""
	}
}

func otherID(ctx context.Context, p *probe) (Result, string) {
	answer, took, err := p.verify(ctx, ident.ExternalID(p.random(9)), p.identifier(), p.Password)
	switch {
	case err != nil:
		return Broken, describe(err)
	case answer.Outcome != connector.NotFound && answer.Outcome != connector.Rejected:
		return Broken, "for an id that nobody has the outcome is " + string(answer.Outcome) + ", want not_found or rejected"
	}
	p.nobody = append(p.nobody, took)
	return Held, ""
}

func unknown(ctx context.Context, p *probe) (Result, string) {
	for range 3 {
		id := ident.ExternalID(p.random(9))
		if p.Endpoint.CannotFind {
			id = ""
		}
		answer, took, err := p.verify(ctx, id, p.stranger(), p.random(12))
		if err != nil {
			return Broken, describe(err)
		}
		if answer.Outcome != connector.NotFound && answer.Outcome != connector.Rejected {
			return Broken, "the outcome is " + string(answer.Outcome) + ", want not_found or rejected"
		}
		p.nobody = append(p.nobody, took)
	}
	return Held, ""
}

// timing is worth a note only: Ligature hides it from people, and nobody else is let in.
func timing(_ context.Context, p *probe) (Result, string) {
	if len(p.wrong) == 0 || len(p.nobody) == 0 {
		return Skipped, "there is nothing to compare"
	}
	slices.Sort(p.wrong)
	slices.Sort(p.nobody)
	wrong, nobody := p.wrong[len(p.wrong)/2], p.nobody[len(p.nobody)/2]
	if (wrong-nobody).Abs() > 10*time.Millisecond && max(wrong, nobody) > 2*min(wrong, nobody) {
		return Noted, fmt.Sprintf("%d ms for a wrong password, %d ms for nobody: check a made-up hash when there is no user", wrong.Milliseconds(), nobody.Milliseconds())
	}
	return Held, ""
}
