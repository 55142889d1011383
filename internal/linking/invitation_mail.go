package linking

// The mails of invitations.
const (
	MailInvited  MailKind = "invited"
	MailDeclined MailKind = "declined" // an invitation that nobody expected, to the tenant's administrators
	MailRevoked  MailKind = "revoked"  // the product took an accepted invitation back
)

// invitationValues are the facts of a mail about an invitation: no browser asked for it, and nobody has a name yet. nil for
// other mails.
func (m Mail) invitationValues() map[string]string {
	f := m.Facts
	v := map[string]string{"product": f.Product, "tenant": f.Tenant, "zone": f.TimeZone, "request": string(f.Request)}
	switch m.Kind {
	case MailInvited:
		v["mail_token"], v["not_me_token"] = f.Confirm, f.NotMe
		v["requested_at"], v["resent_at"], v["until"] = stampText(f.RequestedAt), stampText(f.ResentAt), stampText(f.Deadline)
	case MailDeclined:
		v["address"], v["requested_at"], v["reported_at"] = f.Address.Key(), stampText(f.RequestedAt), stampText(f.ReportedAt)
		v["recognised"], v["outcome"] = "no", "stopped"
		if f.Recognised {
			v["recognised"] = "known"
		}
		if f.Suspended {
			v["outcome"] = "suspended"
		}
	case MailRevoked:
		v["reported_at"] = stampText(f.ReportedAt)
	default:
		return nil
	}
	return filled(v)
}
