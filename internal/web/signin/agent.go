package signin

import (
	"net/http"
	"net/netip"
	"strings"

	"ligature/internal/ident"
)

// agentName says in words of ours which browser on which system a request came from. The header itself is never shown:
// whoever sends it writes what they like into it.
func agentName(header string) string {
	browser := pick(header, [][2]string{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := pick(header, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Macintosh", "macOS"}, {"Linux", "Linux"},
	})
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	return system
}

func pick(header string, marks [][2]string) string {
	for _, mark := range marks {
		if strings.Contains(header, mark[0]) {
			return mark[1]
		}
	}
	return ""
}

// ShortNetwork is the network an address lies in, coarse enough to be told to a stranger: /24, or /48 for IPv6.
func ShortNetwork(address netip.Addr) string {
	address = address.Unmap()
	bits := 24
	if address.Is6() {
		bits = 48
	}
	prefix, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// PeerNetwork is the network of the peer, or of the client that a trusted proxy in front names last: addresses that the
// client itself wrote into the header are further left and never believed (ATK-76).
func PeerNetwork(trusted []netip.Prefix) func(*http.Request) string {
	isTrusted := func(a netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(a.Unmap()) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return ""
		}
		address := peer.Addr()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && isTrusted(address); i-- {
			next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			address = next
		}
		return ShortNetwork(address)
	}
}

// suggestion is the address that may have been meant where the domain is a well-known one with a slip in it; empty when
// nothing looks wrong.
func suggestion(typed string) string {
	email, err := ident.ParseEmail(typed)
	if err != nil {
		return ""
	}
	local, domain, _ := strings.Cut(email.Key(), "@")
	for _, known := range [...]string{"gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "googlemail.com"} {
		if domain != known && oneSlip(domain, known) {
			return local + "@" + known
		}
	}
	return ""
}

// oneSlip reports that one letter is missing, too many, wrong, or that two neighbours are swapped.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		return swapped || (i < len(a) && a[i+1:] == b[i+1:])
	}
	return len(b)-len(a) == 1 && a[i:] == b[i+1:]
}
