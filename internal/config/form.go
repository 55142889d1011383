package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	// Time zones are checked against the list in the binary: a file is right or wrong on every machine alike.
	_ "time/tzdata"

	"ligature/internal/ident"
)

// form holds a text against a named form. The forms:
//
//	id        lower-case letters, digits and hyphens, at most 63, not beginning with a hyphen
//	origin    the URL of a site: scheme and host alone, https unless the host is this machine
//	web       an absolute URL without user, password or fragment, https unless the host is this machine
//	support   as web, or mailto:
//	redirect  as web, and no wildcard: it is compared character by character
//	listen    an address and a port to listen on; port 0 takes a free one
//	address   a host and a port to connect to
//	color     #rrggbb
//	domain    a mail domain
//	zone      a time zone of the IANA list
//	person    an address, a username, or id: and a product's own id
//	line      one line without control characters, at most 200 characters
func form(name, text string) (problem, fix string) {
	switch name {
	case "id":
		if !idPattern.MatchString(text) {
			return shown(text) + " is not an id", "use lower-case letters, digits and hyphens, at most 63, beginning with a letter or a digit"
		}
	case "origin":
		return origin(text)
	case "web", "redirect":
		return web(text, name == "redirect")
	case "support":
		if address, ok := strings.CutPrefix(text, "mailto:"); ok {
			var email ident.Email
			return setEmail(address, &email)
		}
		return web(text, false)
	case "listen":
		return listen(text)
	case "address":
		return address(text)
	case "color":
		if !colorPattern.MatchString(text) {
			return shown(text) + " is not a colour", `write six hexadecimal digits in quotes, as in "#10519a"`
		}
	case "domain":
		if _, err := ident.ParseEmail("x@" + text); err != nil {
			return shown(text) + " is not a mail domain", "write what stands after the @, as in example.com"
		}
	case "zone":
		if _, err := time.LoadLocation(text); err != nil || text == "Local" {
			return shown(text) + " is not a time zone", "write a name of the IANA list, as in Europe/Paris, or UTC"
		}
	case "person":
		if _, err := ident.PersonKey(text); err != nil {
			return shown(text) + " is neither an address nor a username nor an id", "write it as in dana@acme.example, rita or id:42"
		}
	case "line":
		return line(text)
	}
	return "", ""
}

// The patterns are compiled once and never change.
var (
	idPattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	colorPattern = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
	namePattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	hostPattern  = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$`)
)

func line(text string) (problem, fix string) {
	if len([]rune(text)) > 200 || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return "is longer than 200 characters or has more than one line", "write one short line"
	}
	return "", ""
}

// Local reports that a host name or address is this machine by its name alone (RFC 6761 §6.3, RFC 8252 §7.3): plain
// http is accepted there and nowhere else.
func Local(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// absolute parses what every URL here has in common.
func absolute(text string) (u *url.URL, problem, fix string) {
	const example = "write an absolute URL, as in https://pim.example.com/back"
	u, err := url.Parse(text)
	switch {
	case err != nil, strings.ContainsAny(text, " \t\r\n\\\"<>`{|}^"):
		return nil, "is not a URL", example
	case u.User != nil:
		return nil, "the URL carries a user or a password", "remove what stands before the @"
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.Opaque != "":
		return nil, shown(text) + " is not an absolute http or https URL", example
	case u.Host != strings.ToLower(u.Host) && goodHost(strings.ToLower(u.Hostname())):
		return nil, "the host has capital letters, and browsers write it without", "write " + strings.ToLower(u.Host)
	case !goodHost(u.Hostname()), !goodPort(u.Port(), 1), strings.HasSuffix(u.Host, ":"):
		return nil, shown(u.Host) + " is not a host", example
	case u.Scheme == "http" && !Local(u.Hostname()):
		return nil, "http is accepted for this machine alone (localhost, *.localhost, 127.0.0.1, [::1])", "write https://" + strings.TrimPrefix(text, "http://")
	}
	return u, "", ""
}

func goodHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return len(host) <= 253 && hostPattern.MatchString(host)
}

func goodPort(port string, least uint64) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return port == "" || (err == nil && number >= least)
}

func origin(text string) (problem, fix string) {
	u, problem, fix := absolute(strings.TrimRight(text, "/"))
	if problem != "" {
		return problem, fix
	}
	if bare := u.Scheme + "://" + u.Host; text != bare {
		return "must be scheme and host alone, without a path or a slash at the end", "write " + bare
	}
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		return "names the port that goes without saying, and browsers leave it out", "write " + u.Scheme + "://" + strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return "", ""
}

func web(text string, exact bool) (problem, fix string) {
	u, problem, fix := absolute(text)
	switch {
	case problem != "":
		return problem, fix
	case u.Fragment != "" || strings.Contains(text, "#"):
		return "the URL has a fragment", "remove the # and what follows it"
	case exact && strings.Contains(text, "*"):
		return "the URL has a wildcard, and it is compared character by character", "list every URL by itself"
	}
	return "", ""
}

func listen(text string) (problem, fix string) {
	host, port, err := net.SplitHostPort(text)
	if err != nil || port == "" || !goodPort(port, 0) {
		return shown(text) + " is not an address and a port", "write it as in 127.0.0.1:8080, [::1]:8080, or :8080 for every address"
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
		return shown(host) + " is not an address of this machine", "write an IP address, localhost, or nothing for every address"
	}
	return "", ""
}

func address(text string) (problem, fix string) {
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" || port == "" || !goodPort(port, 1) || !goodHost(strings.ToLower(host)) {
		return shown(text) + " is not a host and a port", "write it as in mail.example.com:587"
	}
	return "", ""
}

func setEmail(text string, into *ident.Email) (problem, fix string) {
	email, err := ident.ParseEmail(text)
	if err != nil {
		return shown(text) + " is not an email address", "write it as in julia@example.com"
	}
	*into = email
	return "", ""
}

func setPrefix(text string, into *netip.Prefix) (problem, fix string) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		return shown(text) + " is an address, not a network", "write " + netip.PrefixFrom(ip, ip.BitLen()).String()
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return shown(text) + " is not a network", "write an address and a length, as in 10.0.0.0/8"
	}
	if prefix.Masked() != prefix {
		return shown(text) + " has an address inside the network", "write " + prefix.Masked().String()
	}
	*into = prefix
	return "", ""
}

func setMailbox(text string, into *Mailbox) (problem, fix string) {
	const example = `write it as in "Example Account <account@example.com>"`
	parsed, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return "is not a sender", example
	}
	email, err := ident.ParseEmail(parsed.Address)
	if err != nil {
		return "is not a sender whose address everybody accepts", example
	}
	*into = Mailbox{Name: parsed.Name, Address: email}
	return "", ""
}
