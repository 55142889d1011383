package op

import (
	"encoding/binary"
	"strings"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// packVersion is the first byte of a packed grant; another one is another form.
const packVersion = 1

// mostPacked is how long a packed grant may be at most, in bytes: more than any request may bring with it.
const mostPacked = 24 << 10

// Pack is what a code carries (RFC 6749 §4.1.2): the whole grant, so that nothing has to be kept before the code comes back. Its
// client is not in it: whoever seals it binds it to that client. Who can read or change it could make grants.
func (g Grant) Pack() []byte {
	out := append(make([]byte, 0, 512), packVersion, 0)
	if g.Offline {
		out[1] = 1
	}
	for _, at := range []time.Time{g.AuthAt, g.CodeDeadline, g.CreatedAt} {
		out = binary.AppendVarint(out, packedTime(at))
	}
	out = binary.AppendVarint(out, g.LinkVersion)
	for _, field := range []string{string(g.ID), string(g.Request), string(g.Tenant), string(g.Instance), string(g.Account), string(g.ProductAccount),
		string(g.Session), string(g.Link), g.RedirectURI, g.Nonce, g.CodeChallenge, g.ACR, strings.Join(g.AMR, " "), strings.Join(g.Scope, " ")} {
		out = binary.AppendUvarint(out, uint64(len(field)))
		out = append(out, field...)
	}
	return out
}

func packedTime(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// UnpackGrant reads what Pack made for the client. Errors: fault.Invalid "grant.packed", whatever is wrong.
func UnpackGrant(packed []byte, client ident.ClientID) (Grant, error) {
	bad := fault.New(fault.Invalid, "grant.packed")
	if len(packed) < 2 || len(packed) > mostPacked || packed[0] != packVersion || packed[1] > 1 {
		return Grant{}, bad
	}
	g := Grant{Client: client, Offline: packed[1] == 1}
	rest := packed[2:]
	for _, to := range []*time.Time{&g.AuthAt, &g.CodeDeadline, &g.CreatedAt} {
		at, n := binary.Varint(rest)
		if n <= 0 {
			return Grant{}, bad
		}
		if at != 0 {
			*to = time.UnixMicro(at).UTC()
		}
		rest = rest[n:]
	}
	version, n := binary.Varint(rest)
	if n <= 0 {
		return Grant{}, bad
	}
	g.LinkVersion, rest = version, rest[n:]
	var fields [14]string
	for i := range fields {
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return Grant{}, bad
		}
		rest = rest[n:]
		fields[i], rest = string(rest[:size]), rest[size:]
	}
	if len(rest) > 0 {
		return Grant{}, bad
	}
	g.ID, g.Request, g.Tenant = ident.GrantID(fields[0]), ident.AuthRequestID(fields[1]), ident.TenantID(fields[2])
	g.Instance, g.Account, g.ProductAccount = ident.InstanceID(fields[3]), ident.AccountID(fields[4]), ident.ProductAccountID(fields[5])
	g.Session, g.Link = ident.SessionID(fields[6]), ident.LinkID(fields[7])
	g.RedirectURI, g.Nonce, g.CodeChallenge, g.ACR = fields[8], fields[9], fields[10], fields[11]
	g.AMR, g.Scope = packedWords(fields[12]), packedWords(fields[13])
	return g, nil
}

// packedWords is nil for none, as in a grant that was read from the store.
func packedWords(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, " ")
}
