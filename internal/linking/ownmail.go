package linking

import (
	"cmp"

	"ligature/internal/ident"
)

// The mails about what people do with their own account. They hold no secret: whoever wants to take something back signs
// in for it.
const (
	MailUnlinked MailKind = "unlinked"
	MailRelinked MailKind = "relinked" // an unlink was taken back
	MailMerged   MailKind = "merged"
	MailParted   MailKind = "parted" // a merge was taken back
	MailClosed   MailKind = "closed"
)

// ownValues are the values of those mails; nil for any other.
func (m Mail) ownValues() map[string]string {
	f := m.Facts
	v := map[string]string{"zone": f.TimeZone, "agent": cmp.Or(f.Agent, "unknown"), "network": cmp.Or(f.Network, "unknown"),
		"request": string(f.Request), "done_at": stampText(f.DoneAt)}
	switch m.Kind {
	case MailUnlinked, MailRelinked:
		v["product"], v["tenant"] = f.Product, f.Tenant
		v["username_masked"] = cmp.Or(ident.MaskUsername(f.Username), "***")
	case MailMerged, MailParted:
		v["address"], v["other_address"], v["products"] = f.Address.Key(), f.Other.Key(), f.Products
	case MailClosed:
		v["address"] = f.Address.Key()
	default:
		return nil
	}
	v["until"] = stampText(f.Deadline)
	for key, value := range v {
		if value == "" {
			delete(v, key)
		}
	}
	return v
}
