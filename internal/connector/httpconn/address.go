package httpconn

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"syscall"
)

// Control is for net.Dialer.ControlContext of whatever else connects to addresses that an operator declared: it refuses those
// that are not Reachable after the name was resolved.
func Control(allowPrivate bool) func(ctx context.Context, network, address string, c syscall.RawConn) error {
	return controlFor(allowPrivate)
}

// controlFor refuses addresses after the name was resolved, just before connecting, so that a name cannot point somewhere
// else when it counts.
func controlFor(allowPrivate bool) func(ctx context.Context, network, address string, c syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		where, err := netip.ParseAddrPort(address)
		if err != nil {
			return errors.New("not an address")
		}
		if !Reachable(where.Addr(), allowPrivate) {
			return errors.New("an address that products are not reached at")
		}
		return nil
	}
}

// neverReached are addresses that no product has: those by which clouds hand out credentials, and those that stand for
// other addresses or for none. netip calls many of them global (NAT64, 6to4 and CGNAT among them).
const neverReached = "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 " +
	"224.0.0.0/4 240.0.0.0/4 100.100.100.200/32 168.63.129.16/32 " +
	"::/128 ::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 " +
	"fe80::/10 fec0::/10 ff00::/8 fd00:ec2::/32 fd20:ce::/32"

// privately are addresses of the operator's own networks, reached only when allowed.
const privately = "10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7"

// Reachable reports whether a product may be reached at the address. IPv4 inside IPv6 is judged as the IPv4 it is.
func Reachable(address netip.Addr, allowPrivate bool) bool {
	if !address.IsValid() || address.Zone() != "" {
		return false
	}
	address = address.Unmap()
	if within(address, privately) && !isMetadata(address) {
		return allowPrivate
	}
	return !within(address, neverReached) && (address.Is4() || within(address, "2000::/3"))
}

// isMetadata finds the metadata addresses that lie inside private ranges.
func isMetadata(address netip.Addr) bool {
	return within(address, "100.100.100.200/32 fd00:ec2::/32 fd20:ce::/32")
}

func within(address netip.Addr, prefixes string) bool {
	for text := range strings.FieldsSeq(prefixes) {
		if netip.MustParsePrefix(text).Contains(address) {
			return true
		}
	}
	return false
}
