package ldapconn

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
)

// rule says something of an entry by one attribute. It is written as one of
//
//	attribute                 the attribute is there
//	attribute = value         it has this value, in whatever case; names of entries are compared as names
//	attribute & number        its number has all these bits
//	attribute within 15m      its time is less than this ago
//	! rule                    the rule does not hold
type rule struct {
	attribute string
	not       bool
	verb      string // "", "=", "&" or "within"
	value     string
	bits      int64
	ttl       time.Duration
}

var attributePattern = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+)(;[A-Za-z0-9-]+)*$`)

// parseRule reads what an operator wrote.
func parseRule(text string) (rule, error) {
	var r rule
	rest, not := strings.CutPrefix(strings.TrimSpace(text), "!")
	r.not = not
	end := strings.IndexFunc(strings.TrimSpace(rest), func(c rune) bool { return c == ' ' || c == '=' || c == '&' })
	rest = strings.TrimSpace(rest)
	if end < 0 {
		end = len(rest)
	}
	r.attribute, rest = rest[:end], strings.TrimSpace(rest[end:])
	if !attributePattern.MatchString(r.attribute) || len(text) > 1024 {
		return rule{}, errors.New("not a rule: it begins with an attribute")
	}
	if rest == "" {
		return r, nil
	}
	for _, verb := range [...]string{"=", "&", "within"} {
		if after, ok := strings.CutPrefix(rest, verb); ok {
			r.verb, r.value = verb, strings.TrimSpace(after)
			return r, r.operand()
		}
	}
	return rule{}, errors.New("not a rule: behind the attribute stands =, & or within")
}

// operand reads the value as the verb needs it.
func (r *rule) operand() (err error) {
	switch {
	case r.value == "":
		return errors.New("a rule without a value")
	case r.verb == "&":
		if r.bits, err = strconv.ParseInt(r.value, 0, 64); err != nil || r.bits <= 0 {
			return errors.New("a rule whose & has no number of bits behind it")
		}
	case r.verb == "within":
		if r.ttl, err = time.ParseDuration(r.value); err != nil || r.ttl <= 0 {
			return errors.New("a rule whose within has no duration behind it, as in 15m")
		}
	}
	return nil
}

// holds reports whether the rule holds for an entry.
func (r rule) holds(entry *ldap.Entry, now time.Time) (bool, error) {
	values := entry.GetEqualFoldAttributeValues(r.attribute)
	if r.verb == "" {
		return (len(values) > 0) != r.not, nil
	}
	for _, v := range values {
		if len(v) > maxValueBytes {
			return false, fmt.Errorf("the attribute %s is too long", r.attribute)
		}
		holds, err := r.holdsFor(v, now)
		if err != nil {
			return false, fmt.Errorf("the attribute %s: %w", r.attribute, err)
		}
		if holds {
			return !r.not, nil
		}
	}
	return r.not, nil
}

func (r rule) holdsFor(v string, now time.Time) (bool, error) {
	switch r.verb {
	case "&":
		number, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return false, errors.New("not a number")
		}
		return number&r.bits == r.bits, nil
	case "within":
		at, err := instant(v)
		if err != nil {
			return false, err
		}
		return !at.IsZero() && now.Sub(at) < r.ttl, nil
	}
	return sameValue(v, r.value), nil
}

// sameValue compares as directories mostly do.
func sameValue(one, two string) bool {
	if strings.EqualFold(one, two) {
		return true
	}
	if !strings.Contains(one, "=") || !strings.Contains(two, "=") {
		return false
	}
	left, err := ldap.ParseDN(one)
	if err != nil {
		return false
	}
	right, err := ldap.ParseDN(two)
	return err == nil && left.EqualFold(right)
}

// windowsEpoch is where the times of Active Directory begin, in units of 100 ns before 1970.
const windowsEpoch = 116_444_736_000_000_000

// instant reads a generalized time (RFC 4517 section 3.3.13), or the number of 100 ns since 1601 that Active Directory has.
// 0, and the largest number there is, mean never; so does 000001010000Z, which a policy writes for a lock without an end.
func instant(text string) (time.Time, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) != len("2006010215") {
		if n <= windowsEpoch || n == 1<<63-1 {
			return time.Time{}, nil
		}
		n -= windowsEpoch
		return time.Unix(n/10_000_000, n%10_000_000*100).UTC(), nil
	}
	if text == "000001010000Z" {
		return time.Time{}, nil
	}
	for _, layout := range [...]string{"20060102150405Z0700", "20060102150405.999999999Z0700", "200601021504Z0700", "2006010215Z0700"} {
		if at, err := time.Parse(layout, strings.Replace(text, ",", ".", 1)); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("not a time")
}

// flagNames are those that rules may set.
func flagNames() []string {
	return []string{"disabled", "locked", "privileged", "shared", "weak", "must_reset"}
}

// flag finds a flag by its name.
func flag(f *connector.Flags, name string) *bool {
	switch name {
	case "disabled":
		return &f.Disabled
	case "locked":
		return &f.Locked
	case "privileged":
		return &f.Privileged
	case "shared":
		return &f.Shared
	case "weak":
		return &f.Weak
	case "must_reset":
		return &f.MustReset
	}
	return nil
}
