package conform

import (
	"context"
	"fmt"
	"strings"

	"ligature/internal/connector"
	"ligature/internal/ident"
)

// Probe is a further user made for this, in a state in which nobody may be let in.
type Probe struct {
	// Identifier is the address or the username; empty leaves out the rules about such a user.
	Identifier string
	// Password is the user's right one.
	Password string
}

// stateRules are about users who have the right password and may not come in all the same: nothing may be linked for them, and what
// they are told depends on the outcome. For each of them one wrong password is tried.
func stateRules() []rule {
	var all []rule
	for _, s := range []state{
		{connector.Disabled, "who is switched off", func(o Options) Probe { return o.Disabled }, func(f connector.Flags) bool { return f.Disabled }},
		{connector.Locked, "who is locked", func(o Options) Probe { return o.Locked }, func(f connector.Flags) bool { return f.Locked }},
		{connector.MustReset, "who must choose a new password", func(o Options) Probe { return o.MustReset }, func(f connector.Flags) bool { return f.MustReset }},
	} {
		name := string(s.outcome)
		skip := func(o Options) string {
			if s.of(o).Identifier == "" {
				return "nobody is named for it: --" + strings.ReplaceAll(name, "_", "-")
			}
			return ""
		}
		all = append(all,
			rule{name: name + ".found", text: s.who + " is found once, and says so", try: s.found, skip: func(o Options) string {
				if reason := noFind(o); reason != "" {
					return reason
				}
				return skip(o)
			}},
			rule{name: name + ".right", text: s.who + " is not let in by the right password", try: s.right, skip: skip},
			rule{name: name + ".wrong", text: "a wrong password tells nothing of " + s.who, try: s.wrong, skip: skip})
	}
	return all
}

// state is one of them: the outcome that it has, whom the developer named for it, and how an account shows it.
type state struct {
	outcome connector.Outcome
	who     string
	of      func(Options) Probe
	shown   func(connector.Flags) bool
}

// ask finds the user, if the product can, and gives the id to check.
func (s state) ask(ctx context.Context, p *probe) (connector.Record, string) {
	if p.Endpoint.CannotFind {
		return connector.Record{}, ""
	}
	by, value := connector.ByUsername, s.of(p.Options).Identifier
	if strings.Contains(value, "@") {
		by, value = connector.ByEmail, strings.ToLower(value)
	}
	found, err := p.find(ctx, by, value)
	if err != nil {
		return connector.Record{}, describe(err)
	}
	if len(found) != 1 {
		return connector.Record{}, fmt.Sprintf("by %s there are %d users, want 1", by, len(found))
	}
	return found[0], ""
}

func (s state) found(ctx context.Context, p *probe) (Result, string) {
	record, problem := s.ask(ctx, p)
	switch {
	case problem != "":
		return Broken, problem
	case !s.shown(record.Flags):
		return Noted, "find does not say " + string(s.outcome) + ": it is known only from verify"
	}
	return Held, ""
}

func (s state) right(ctx context.Context, p *probe) (Result, string) {
	answer, problem := s.try(ctx, p, s.of(p.Options).Password)
	switch {
	case problem != "":
		return Broken, problem
	case answer.Outcome != s.outcome:
		return Broken, "the outcome is " + string(answer.Outcome) + ", want " + string(s.outcome)
	}
	return Held, ""
}

// wrong: to be switched off is for the person to know, not for whoever types a name. A product that is locked may say so to anybody:
// it does not look at passwords then.
func (s state) wrong(ctx context.Context, p *probe) (Result, string) {
	answer, problem := s.try(ctx, p, p.random(12))
	switch {
	case problem != "":
		return Broken, problem
	case answer.Outcome == connector.WrongPassword, answer.Outcome == connector.Rejected, answer.Outcome == connector.Locked && s.outcome == connector.Locked:
		return Held, ""
	}
	return Broken, "the outcome is " + string(answer.Outcome) + ", want wrong_password or rejected"
}

func (s state) try(ctx context.Context, p *probe, password string) (connector.Answer, string) {
	record, problem := s.ask(ctx, p)
	if problem != "" {
		return connector.Answer{}, problem
	}
	answer, _, err := p.verify(ctx, ident.ExternalID(record.ExternalID), s.of(p.Options).Identifier, password)
	if err != nil {
		return answer, describe(err)
	}
	return answer, ""
}
