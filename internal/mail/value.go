package mail

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a tenant's zone must be known on a machine that has no zone files
	"unicode"
	"unicode/utf8"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// maxName is how many characters of a name are shown; a longer one is cut.
const maxName = 80

// flatten makes one line of a value: no line breaks, no control, invisible or direction-changing characters, so that a
// name can neither add a line to the text, nor a header, nor turn its neighbours round (ATK-49, ATK-50).
func flatten(value string) string {
	value = strings.ToValidUTF8(value, "")
	value = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, value)
	// A scheme would be made clickable by mail programs; the only links in a mail are ours.
	value = strings.ReplaceAll(value, "://", ": ")
	value = strings.Join(strings.Fields(value), " ")
	if utf8.RuneCountInString(value) > maxName {
		value = strings.TrimSpace(string([]rune(value)[:maxName-1])) + "…"
	}
	return value
}

// network cuts an address to what may be shown to a stranger: /24 of IPv4, /48 of IPv6.
func network(value string) string {
	var prefix netip.Prefix
	if addr, err := netip.ParseAddr(value); err == nil {
		prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
	} else if prefix, err = netip.ParsePrefix(value); err != nil {
		return flatten(value)
	}
	bits := 48
	if prefix.Addr().Is4() {
		bits = 24
	}
	short, err := prefix.Addr().WithZone("").Prefix(min(bits, prefix.Bits()))
	if err != nil {
		return flatten(value)
	}
	return short.String()
}

// shownAddress is the address as this receiver may see it: whole when it is the receiver's own, masked otherwise.
func shownAddress(address, receiver string) string {
	email, err := ident.ParseEmail(address)
	if err != nil || email.Key() == receiver {
		return flatten(address)
	}
	return email.Masked()
}

// instant reads an RFC 3339 value and puts it into the zone.
func instant(key, value string, zone *time.Location) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}, fault.Wrap(fault.Internal, "mail.value_malformed", errors.New(key))
	}
	return at.In(zone), nil
}

func location(value string) (*time.Location, error) {
	if value == "" {
		return time.UTC, nil
	}
	// "Local" would be the machine's zone, which is nobody's.
	zone, err := time.LoadLocation(value)
	if err != nil || value == "Local" {
		return nil, fault.Wrap(fault.Internal, "mail.value_malformed", errors.New(KeyZone))
	}
	return zone, nil
}

// zoneName is the abbreviation people know, or the offset where the zone has none.
func zoneName(at time.Time) string {
	name, _ := at.Zone()
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}

// counted is a whole number of at least 1.
func counted(key, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, fault.Wrap(fault.Internal, "mail.value_malformed", errors.New(key))
	}
	return n, nil
}

// issuerURL checks that the issuer is an absolute http(s) URL without query, fragment or user, and drops a final slash.
func issuerURL(issuer string) (string, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsAny(issuer, " \t\r\n\"'<>\\") {
		return "", fault.New(fault.Internal, "mail.issuer_malformed")
	}
	return strings.TrimRight(issuer, "/"), nil
}

// tokenURL is the only place where a link of a mail is put together.
func tokenURL(issuer, path, key, mailToken string) (string, error) {
	if len(mailToken) < 16 || len(mailToken) > 200 {
		return "", fault.Wrap(fault.Internal, "mail.value_malformed", errors.New(key))
	}
	for i := range len(mailToken) {
		if !idByte(mailToken[i]) && mailToken[i] != '~' {
			return "", fault.Wrap(fault.Internal, "mail.value_malformed", errors.New(key))
		}
	}
	return issuer + path + "?t=" + mailToken, nil
}
