package ldapconn

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// maxValueBytes bounds every value that is read.
const maxValueBytes = 4096

// usual are our names and the attributes that inetOrgPerson (RFC 2798) has for them; "" for what it has not.
func usual() map[string]string {
	return map[string]string{"username": "uid", "email": "mail", "name": "cn", "locale": "preferredLanguage", "generation": "", "last_used": ""}
}

// shape is how an entry is read.
type shape struct {
	id         idAttribute
	names      map[string]string
	rules      map[string][]rule
	attributes []string
}

// person is an entry that was read.
type person struct {
	record connector.Record
	dn     string
}

// newShape checks what the operator wrote about entries.
func newShape(o Options) (shape, error) {
	s := shape{id: newID(o.id()), names: usual(), rules: map[string][]rule{}}
	if !attributePattern.MatchString(s.id.name) {
		return shape{}, fault.Wrap(fault.Invalid, "ldapconn.attributes", errors.New("id: not the name of an attribute"))
	}
	if err := attributeNames(o.Attributes, s.names); err != nil {
		return shape{}, fault.Wrap(fault.Invalid, "ldapconn.attributes", err)
	}
	wanted := map[string]bool{s.id.name: true}
	for _, theirs := range s.names {
		wanted[theirs] = theirs != ""
	}
	for name, texts := range o.Flags {
		for _, text := range texts {
			r, err := flagRule(name, text)
			if err != nil {
				return shape{}, fault.Wrap(fault.Invalid, "ldapconn.flags", err)
			}
			s.rules[name] = append(s.rules[name], r)
			wanted[r.attribute] = true
		}
	}
	maps.DeleteFunc(wanted, func(_ string, is bool) bool { return !is })
	s.attributes = slices.Sorted(maps.Keys(wanted))
	return s, nil
}

// attributeNames puts the operator's names (ours → theirs) over the usual ones.
func attributeNames(declared, names map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if _, known := names[name]; !known {
			return fmt.Errorf("an unknown name %q; known: %s", name, strings.Join(slices.Sorted(maps.Keys(usual())), ", "))
		}
		if !attributePattern.MatchString(declared[name]) {
			return fmt.Errorf("%s: not the name of an attribute", name)
		}
		names[name] = declared[name]
	}
	return nil
}

func flagRule(name, text string) (rule, error) {
	if !slices.Contains(flagNames(), name) {
		return rule{}, fmt.Errorf("an unknown flag %q; known: %s", name, strings.Join(flagNames(), ", "))
	}
	r, err := parseRule(text)
	if err != nil {
		return rule{}, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// read makes a record of an entry. An entry without an id is an error, not nobody; so is one without a name to bind with,
// because a bind without a name succeeds (RFC 4513 section 5.1.1).
func (s shape) read(entry *ldap.Entry, now time.Time) (person, error) {
	p := person{dn: entry.DN}
	if entry.DN == "" {
		return person{}, errors.New("an entry without a name")
	}
	ids := entry.GetEqualFoldRawAttributeValues(s.id.name)
	if len(ids) != 1 {
		return person{}, fmt.Errorf("the attribute %s has %d values, and one is needed", s.id.name, len(ids))
	}
	id, err := s.id.text(ids[0])
	if err != nil {
		return person{}, fmt.Errorf("the attribute %s: %w", s.id.name, err)
	}
	p.record.ExternalID = ident.ExternalID(id)
	for ours, theirs := range s.names {
		if theirs == "" {
			continue
		}
		values := entry.GetEqualFoldAttributeValues(theirs)
		if err := p.set(ours, values); err != nil {
			return person{}, fmt.Errorf("the attribute %s: %w", theirs, err)
		}
	}
	for name, rules := range s.rules {
		for _, r := range rules {
			holds, err := r.holds(entry, now)
			if err != nil {
				return person{}, err
			}
			if holds {
				*flag(&p.record.Flags, name) = true
			}
		}
	}
	return p, nil
}

// set takes the first of an attribute's values, which is the only one of most. Of addresses, the first that is one.
func (p *person) set(ours string, values []string) error {
	for _, v := range values {
		if len(v) > maxValueBytes || !utf8.ValidString(v) {
			return errors.New("too long or not UTF-8")
		}
	}
	if len(values) == 0 {
		return nil
	}
	first := values[0]
	switch ours {
	case "username":
		p.record.Username = first
	case "email":
		for _, v := range values {
			// What is not an address is none.
			if email, err := ident.ParseEmail(v); err == nil {
				p.record.Email = email
				break
			}
		}
	case "name":
		p.record.Name = first
	case "locale":
		p.record.Locale = first
	case "generation":
		p.record.Generation = ident.Generation(first)
	case "last_used":
		// Nonsense is no time, because the last use is only ever shown.
		p.record.LastUsedAt, _ = instant(first)
	}
	return nil
}
