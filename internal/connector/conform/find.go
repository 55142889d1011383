package conform

import (
	"context"
	"fmt"
	"strings"

	"ligature/internal/connector"
	"ligature/internal/fault"
)

// findRules are about finding: the probe user by every key, and nobody else by any.
func findRules() []rule {
	all := []rule{
		{name: "find.probe", text: "the probe user is found by what they type, once", first: true, try: findProbe},
		{name: "find.id", text: "the id finds the same user", try: func(ctx context.Context, p *probe) (Result, string) {
			return p.finds(ctx, connector.ByID, string(p.found.ExternalID))
		}},
		{name: "find.keys", text: "the address and the username of the answer find the same user", try: func(ctx context.Context, p *probe) (Result, string) {
			for by, value := range map[connector.Key]string{connector.ByEmail: p.found.Email.Key(), connector.ByUsername: p.found.Username} {
				if value == "" {
					continue
				}
				if result, detail := p.finds(ctx, by, value); result != Held {
					return result, detail
				}
			}
			return Held, ""
		}},
		{name: "find.nobody", text: "a key that nobody has gives an empty list", try: func(ctx context.Context, p *probe) (Result, string) {
			return p.findsNobody(ctx, map[connector.Key][]string{connector.ByEmail: {p.stranger()}, connector.ByUsername: {p.random(9)}, connector.ByID: {p.random(9)}})
		}},
		{name: "find.literal", text: "wildcards and quotes are taken literally", try: func(ctx context.Context, p *probe) (Result, string) {
			odd := []string{"%", "*", "' OR '1'='1", `"`, "\\", "_", "{\"$ne\":null}", ")(uid=*"}
			return p.findsNobody(ctx, map[connector.Key][]string{connector.ByEmail: odd, connector.ByUsername: odd, connector.ByID: odd})
		}},
		{name: "find.exact", text: "an id with something more finds nobody", try: func(ctx context.Context, p *probe) (Result, string) {
			id := string(p.found.ExternalID)
			return p.findsNobody(ctx, map[connector.Key][]string{connector.ByID: {id + "x", id + " ", "0" + id, id + "'"}})
		}},
		{name: "find.key", text: "an unknown key is refused", try: func(ctx context.Context, p *probe) (Result, string) {
			return p.refusedAs4xx(ctx, p.question("find", map[string]string{"by": "shoe_size", "value": "42"}))
		}},
	}
	for i := range all {
		all[i].skip = noFind
	}
	return all
}

// find asks as Ligature does, and within its deadline.
func (p *probe) find(ctx context.Context, by connector.Key, value string) ([]connector.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Patience)
	defer cancel()
	return p.live.(connector.Finder).Find(ctx, connector.Query{By: by, Value: value})
}

func findProbe(ctx context.Context, p *probe) (Result, string) {
	by, value := connector.ByEmail, strings.ToLower(p.Email)
	if p.Email == "" {
		by, value = connector.ByUsername, p.Username
	}
	found, err := p.find(ctx, by, value)
	if err != nil {
		return Broken, describe(err)
	}
	if len(found) != 1 {
		return Broken, fmt.Sprintf("by %s there are %d users, want 1", by, len(found))
	}
	p.found = found[0]
	if p.Username != "" && p.Email != "" {
		return p.finds(ctx, connector.ByUsername, p.Username)
	}
	return Held, ""
}

func (p *probe) finds(ctx context.Context, by connector.Key, value string) (Result, string) {
	found, err := p.find(ctx, by, value)
	switch {
	case err != nil:
		return Broken, "by " + string(by) + ": " + describe(err)
	case len(found) != 1:
		return Broken, fmt.Sprintf("by %s there are %d users, want 1", by, len(found))
	case found[0].ExternalID != p.found.ExternalID || found[0].Generation != p.found.Generation:
		return Broken, "by " + string(by) + " it is another id or generation"
	}
	return Held, ""
}

func (p *probe) findsNobody(ctx context.Context, keys map[connector.Key][]string) (Result, string) {
	for by, values := range keys {
		for _, value := range values {
			found, err := p.find(ctx, by, value)
			if err != nil {
				return Broken, fmt.Sprintf("%q by %s: %s", shown(value), by, describe(err))
			}
			if len(found) > 0 {
				return Broken, fmt.Sprintf("%q by %s finds %d users, want none", shown(value), by, len(found))
			}
		}
	}
	return Held, ""
}

// shown shortens what was made up here and sent.
func shown(value string) string {
	if len(value) > 24 {
		return value[:21] + "…"
	}
	return value
}

// describe says why an answer was none, without the key that logs have.
func describe(err error) string {
	text := err.Error()
	if key := fault.KeyOf(err); key != "" {
		text = strings.TrimPrefix(strings.TrimPrefix(text, key), ": ")
	}
	return text
}
