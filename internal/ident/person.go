package ident

import (
	"strings"

	"ligature/internal/fault"
)

// byID begins the key of somebody who is named by a product's own id.
const byID = "id:"

// PersonKey is the form to compare of a person's name in a list that an operator writes: an address, a username, or "id:"
// and the product's own id of the user. Errors: fault.Invalid "person.malformed".
func PersonKey(text string) (string, error) {
	text = strings.TrimSpace(text)
	if id, ok := strings.CutPrefix(text, byID); ok {
		if id == "" || len(id) > MaxIdentifierRunes || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", fault.New(fault.Invalid, "person.malformed")
		}
		return text, nil
	}
	name, err := ParseIdentifier(text)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "person.malformed", err)
	}
	return name.Key(), nil
}

// PersonKeys are the keys by which a product's user may be named: by id, by username and by the address that the product
// records. A username with an @ is none: it could stand for somebody's mailbox (ATK-64).
func PersonKeys(id ExternalID, username string, email Email) []string {
	var keys []string
	if id != "" {
		keys = append(keys, byID+string(id))
	}
	if key := UsernameKey(username); key != "" && !strings.Contains(key, "@") && !strings.HasPrefix(key, byID) {
		keys = append(keys, key)
	}
	if !email.IsZero() {
		keys = append(keys, email.Key())
	}
	return keys
}
