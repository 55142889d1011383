package linking_test

import (
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// unused is a product's user that nobody has ever been.
func unused() *connector.Record {
	return &connector.Record{ExternalID: "17", Generation: "1", Username: "mona", Email: email("mona@acme.example")}
}

func asked(d *dice) linking.InviteAsked {
	return linking.InviteAsked{Act: d.act(""), ID: "iv-1", Ref: "K7Q-4MD", Client: "pim", Email: email("mona@acme.example"), Locale: "en",
		InvitedBy: "Julia Stark", Facts: linking.InvitedFacts{Record: unused()}, Mail: d.mail()}
}

// made is an invitation that waits, with the product account as it was stored and the token of its link.
func made(t *testing.T, d *dice) (linking.Invitation, *account.ProductAccount, linking.InvitationToken) {
	t.Helper()
	out, err := linking.Invite(asked(d), start)
	if err != nil {
		t.Fatal(err)
	}
	i, p := out.Invitations[0], out.ProductAccounts[0]
	i.Version, p.Version = 1, 1
	return i, &p, out.InvitationTokens[0]
}

func taken(d *dice, p *account.ProductAccount, opened linking.InvitationToken) linking.InviteTaken {
	return linking.InviteTaken{Act: d.act(otherTab), MailToken: opened, Facts: linking.InvitedFacts{Record: unused(), Stored: p},
		New: true, Hash: "$argon2id$set", Locale: "en"}
}

// TestWhoMayBeInvited names every reason why a product account cannot be given away by a mail.
func TestWhoMayBeInvited(t *testing.T) {
	for want, bend := range map[string]func(*linking.InviteAsked){
		"":                      func(*linking.InviteAsked) {},
		"email.empty":           func(e *linking.InviteAsked) { e.Email = ident.Email{} },
		"email.domain":          func(e *linking.InviteAsked) { e.Setting.Tenant.EmailDomains = []string{"other.example"} },
		"tenant.not_enabled":    func(e *linking.InviteAsked) { e.Setting.Tenant.Rollout = directory.RolloutOff },
		"pilot.outside":         func(e *linking.InviteAsked) { e.Setting.Tenant.Rollout = directory.RolloutPilot },
		"invitation.no_ids":     func(e *linking.InviteAsked) { e.Setting.Connector.IDStable = false },
		"invitation.no_user":    func(e *linking.InviteAsked) { e.Facts.Record = nil },
		"invitation.disabled":   func(e *linking.InviteAsked) { e.Facts.Record.Flags.Disabled = true },
		"invitation.privileged": func(e *linking.InviteAsked) { e.Facts.Record.Flags.Privileged = true },
		"invitation.shared":     func(e *linking.InviteAsked) { e.Facts.Record.Flags.Shared = true },
		"invitation.used":       func(e *linking.InviteAsked) { e.Facts.Record.LastUsedAt = start.Add(-time.Hour) },
		"invitation.used ":      func(e *linking.InviteAsked) { e.Facts.Linked = true },
		"invitation.recorded":   func(e *linking.InviteAsked) { e.Email = email("else@acme.example") },
		"invitation.limit":      func(e *linking.InviteAsked) { e.Facts.Pending = linking.InvitationsPending },
		"invitation.other_address": func(e *linking.InviteAsked) {
			e.Facts.Record.Email, e.Facts.Open = ident.Email{}, waitingAt("old@acme.example", start)
		},
	} {
		t.Run(want, func(t *testing.T) {
			e := asked(&dice{})
			bend(&e)
			out, err := linking.Invite(e, start)
			if want == "" {
				if err != nil || len(out.Invitations) != 1 || len(out.Mails) != 1 || len(out.InvitationBooks) != 1 {
					t.Fatalf("%+v %v", out, err)
				}
				return
			}
			if got := fault.KeyOf(err); err == nil || got != trimmed(want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func trimmed(s string) string {
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

func waitingAt(address string, now time.Time) *linking.Invitation {
	return &linking.Invitation{ID: "iv-0", Tenant: "acme", Product: "pim", Email: email(address), State: linking.InvitationPending,
		CreatedAt: now, Deadline: now.Add(linking.InvitationTTL), Version: 1}
}

// TestInviteAgain: the same one waits, and is not made twice; an expired one makes room.
func TestInviteAgain(t *testing.T) {
	e := asked(&dice{})
	e.Facts.Open = waitingAt("mona@acme.example", start)
	if out, err := linking.Invite(e, start); err != nil || len(out.Invitations) != 0 || len(out.Mails) != 0 {
		t.Errorf("%+v %v", out, err)
	}
	later := start.Add(linking.InvitationTTL)
	out, err := linking.Invite(e, later)
	if err != nil || len(out.Invitations) != 2 || out.Invitations[0].State != linking.InvitationExpired || out.Invitations[1].State != linking.InvitationPending {
		t.Errorf("after a week: %+v %v", out.Invitations, err)
	}
}

// TestInvitationMailSaysNothingOfOthers: what the product's administrator is called does not reach a stranger.
func TestInvitationMailSaysNothingOfOthers(t *testing.T) {
	out, err := linking.Invite(asked(&dice{}), start)
	if err != nil {
		t.Fatal(err)
	}
	values := out.Mails[0].Values()
	for key, value := range values {
		if value == "Julia Stark" {
			t.Errorf("%s holds who invited", key)
		}
	}
	if values["mail_token"] == "" || out.InvitationTokens[0].Hash == values["mail_token"] {
		t.Error("the link is in the mail, and its hash is what is kept")
	}
}

// TestAcceptedByNobodyYet: account, address, password, link and session come into being together, in the browser that acts.
func TestAcceptedByNobodyYet(t *testing.T) {
	d := &dice{}
	i, p, opened := made(t, d)
	out, err := linking.AdvanceInvitation(i, taken(d, p, opened), start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	l, s := out.Links[0], out.Sessions[0]
	if len(out.Accounts) != 1 || out.Addresses[0].Email != i.Email || out.Credentials[0].Origin != account.OriginSet ||
		l.State != account.LinkActive || l.ProductAccount != p.ID || l.Account != out.Accounts[0].ID ||
		s.Scope != account.ScopeFull || s.Browser != otherTab || out.EndSessionsOf != otherTab {
		t.Errorf("%+v", out)
	}
	methods := map[account.Method]bool{}
	for _, proof := range out.Proofs {
		methods[proof.Method] = true
		if proof.SpentAt.IsZero() || proof.Browser != otherTab || proof.Email != i.Email {
			t.Errorf("%+v", proof)
		}
	}
	if !methods[account.Invitation] || !methods[account.MailboxLink] || len(l.Evidence) != 2 {
		t.Errorf("evidence %v, proofs %v", l.Evidence, methods)
	}
	if got := out.Invitations[0]; got.State != linking.InvitationAccepted || got.Link != l.ID || got.Account != l.Account {
		t.Errorf("%+v", got)
	}
	for _, r := range []linking.Table{linking.TableTenant, linking.TableProduct, linking.TableProductAccount} {
		found := false
		for _, read := range out.Reads {
			found = found || read.Table == r
		}
		if !found {
			t.Errorf("%s may change meanwhile", r)
		}
	}
}

func mona() *linking.OwnerFacts {
	return &linking.OwnerFacts{Account: account.Account{ID: "ac-u", Status: account.Active, Version: 4},
		Credential: account.Credential{ID: "cr-u", Account: "ac-u", Kind: account.Password, Hash: "$argon2id$u", Version: 2}, Primary: email("mona@acme.example")}
}

// TestAcceptedByAnAccount: whoever has the address gets the link, for their password, and no second account is made.
func TestAcceptedByAnAccount(t *testing.T) {
	d := &dice{}
	i, p, opened := made(t, d)
	e := taken(d, p, opened)
	e.New, e.Hash, e.Owner, e.Right = false, "", mona(), true
	out, err := linking.AdvanceInvitation(i, e, start.Add(time.Hour))
	if err != nil || len(out.Accounts)+len(out.Addresses)+len(out.Credentials) != 0 || out.Links[0].Account != "ac-u" || out.Sessions[0].Account != "ac-u" {
		t.Fatalf("%+v %v", out, err)
	}
	for name, bend := range map[string]func(*linking.InviteTaken){
		"a wrong password":       func(e *linking.InviteTaken) { e.Right = false },
		"a switched off one":     func(e *linking.InviteTaken) { e.Owner.Account.Status = account.Disabled },
		"one without a password": func(e *linking.InviteTaken) { e.Owner.Credential = account.Credential{} },
	} {
		e := e
		e.Owner = mona()
		bend(&e)
		out, err := linking.AdvanceInvitation(i, e, start.Add(time.Hour))
		if err != nil || out.Problem != "password.wrong" || len(out.Links)+len(out.Sessions)+len(out.Invitations) != 0 {
			t.Errorf("%s: %+v %v", name, out, err)
		}
	}
}

// TestNotAccepted names every reason why the form does nothing. What changed since the mail went is looked at again.
func TestNotAccepted(t *testing.T) {
	for want, bend := range map[string]func(*linking.Invitation, *linking.InviteTaken){
		"mail_link.expired":       func(i *linking.Invitation, _ *linking.InviteTaken) { i.Deadline = start },
		"mail_link.expired ":      func(_ *linking.Invitation, e *linking.InviteTaken) { e.MailToken.Deadline = start },
		"mail_link.stopped":       func(i *linking.Invitation, _ *linking.InviteTaken) { i.State = linking.InvitationCancelled },
		"mail_link.stopped ":      func(i *linking.Invitation, _ *linking.InviteTaken) { i.State = linking.InvitationRevoked },
		"mail_link.stopped  ":     func(_ *linking.Invitation, e *linking.InviteTaken) { e.MailToken.Purpose = linking.PurposeNotMe },
		"mail_link.stopped   ":    func(_ *linking.Invitation, e *linking.InviteTaken) { e.MailToken.Invitation = "iv-2" },
		"mail_link.used":          func(i *linking.Invitation, _ *linking.InviteTaken) { i.State = linking.InvitationAccepted },
		"flow.other_browser":      func(_ *linking.Invitation, e *linking.InviteTaken) { e.Browser = "" },
		"invitation.other_tenant": func(_ *linking.Invitation, e *linking.InviteTaken) { e.Setting.Tenant.ID = "globex" },
		"tenant.not_enabled":      func(_ *linking.Invitation, e *linking.InviteTaken) { e.Setting.Tenant.Rollout = directory.RolloutOff },
		"invitation.disabled":     func(_ *linking.Invitation, e *linking.InviteTaken) { e.Facts.Record.Flags.Disabled = true },
		"invitation.privileged":   func(_ *linking.Invitation, e *linking.InviteTaken) { e.Facts.Record.Flags.Privileged = true },
		"invitation.used":         func(_ *linking.Invitation, e *linking.InviteTaken) { e.Facts.Record.LastUsedAt = start },
		"invitation.used ":        func(_ *linking.Invitation, e *linking.InviteTaken) { e.Facts.Linked = true },
		"invitation.recorded":     func(_ *linking.Invitation, e *linking.InviteTaken) { e.Facts.Record.Email = email("new@acme.example") },
		"invitation.changed":      func(_ *linking.Invitation, e *linking.InviteTaken) { e.Facts.Stored = nil },
		"invitation.no_user":      func(_ *linking.Invitation, e *linking.InviteTaken) { e.Facts.Record = nil },
		"invitation.owned":        func(_ *linking.Invitation, e *linking.InviteTaken) { e.Owner = mona() },
		"invitation.unowned":      func(_ *linking.Invitation, e *linking.InviteTaken) { e.New = false },
		"new_password.common":     func(_ *linking.Invitation, e *linking.InviteTaken) { e.Weakness = "new_password.common" },
		"new_password.empty":      func(_ *linking.Invitation, e *linking.InviteTaken) { e.Hash = "" },
	} {
		t.Run(want, func(t *testing.T) {
			d := &dice{}
			i, p, opened := made(t, d)
			e := taken(d, p, opened)
			bend(&i, &e)
			if _, err := linking.AdvanceInvitation(i, e, start.Add(time.Hour)); err == nil || fault.KeyOf(err) != trimmed(want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestInvitationResends holds the two limits, and that each mail has a week of its own.
func TestInvitationResends(t *testing.T) {
	d := &dice{}
	i, _, opened := made(t, d)
	now := start
	if _, err := linking.AdvanceInvitation(i, linking.InviteResent{Act: d.act(""), Mail: d.mail()}, now.Add(59*time.Second)); fault.AfterOf(err) != time.Second {
		t.Errorf("after 59 seconds: %v", err)
	}
	for n := range linking.InvitationResends {
		now = now.Add(linking.InvitationPause)
		out, err := linking.AdvanceInvitation(i, linking.InviteResent{Act: d.act(""), Mail: d.mail()}, now)
		if err != nil {
			t.Fatalf("resend %d: %v", n+1, err)
		}
		i = out.Invitations[0]
		if !i.Deadline.Equal(now.Add(linking.InvitationTTL)) {
			t.Errorf("resend %d ends at %s", n+1, i.Deadline)
		}
	}
	if _, err := linking.AdvanceInvitation(i, linking.InviteResent{Act: d.act(""), Mail: d.mail()}, now.Add(time.Hour)); fault.KeyOf(err) != "invitation.resends" {
		t.Errorf("a fourth: %v", err)
	}
	if opened.Check(i, linking.PurposeConfirm, start.Add(linking.InvitationTTL)) != linking.TokenExpired {
		t.Error("a resend prolonged the first mail's link")
	}
	if opened.Check(i, linking.PurposeConfirm, start.Add(time.Hour)) != linking.TokenGood {
		t.Error("a resend killed the first mail's link")
	}
}

// accepted is an invitation that was accepted, and the link it made.
func accepted(t *testing.T, d *dice) (linking.Invitation, *account.Link) {
	t.Helper()
	i, p, opened := made(t, d)
	out, err := linking.AdvanceInvitation(i, taken(d, p, opened), start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return out.Invitations[0], &out.Links[0]
}

// TestInvitationTakenBack: what ends a pending one does nothing to anybody; revoking an accepted one ends its link, and no
// other.
func TestInvitationTakenBack(t *testing.T) {
	d := &dice{}
	i, _, _ := made(t, d)
	for _, e := range []linking.InviteEvent{linking.InviteCancelled{Act: d.act("")}, linking.InviteRevoked{Act: d.act("")}} {
		out, err := linking.AdvanceInvitation(i, e, start)
		if err != nil || out.Invitations[0].State != linking.InvitationCancelled || len(out.Links)+len(out.Mails) != 0 {
			t.Errorf("%T: %+v %v", e, out, err)
		}
		if _, err := linking.AdvanceInvitation(out.Invitations[0], e, start); fault.KeyOf(err) != "invitation.over" {
			t.Errorf("%T twice: %v", e, err)
		}
		if _, err := linking.AdvanceInvitation(i, e, start.Add(linking.InvitationTTL)); fault.KeyOf(err) != "invitation.expired" {
			t.Errorf("%T after a week: %v", e, err)
		}
	}
	done, link := accepted(t, d)
	if _, err := linking.AdvanceInvitation(done, linking.InviteCancelled{Act: d.act("")}, start); fault.KeyOf(err) != "invitation.over" {
		t.Errorf("cancelled after it was accepted: %v", err)
	}
	out, err := linking.AdvanceInvitation(done, linking.InviteRevoked{Act: d.act(""), Link: link, Primary: email("else@acme.example")}, start.Add(2*time.Hour))
	if err != nil || out.Links[0].State != account.LinkEnded || out.Links[0].Reason != account.ReasonRevoked || len(out.Mails) != 2 ||
		len(out.EndSessions) != 1 || out.EndSessions[0].ProductAccount != done.ProductAccount || out.EndSessions[0].Account != "" {
		t.Errorf("%+v %v", out, err)
	}
	other := *link
	other.ID = "ln-other"
	out, err = linking.AdvanceInvitation(done, linking.InviteRevoked{Act: d.act(""), Link: &other}, start.Add(2*time.Hour))
	if err != nil || len(out.Links) != 0 || out.Invitations[0].State != linking.InvitationRevoked {
		t.Errorf("another link: %+v %v", out, err)
	}
}

// TestInvitationStopped: whoever reads the mailbox can only take away, and the administrators are told.
func TestInvitationStopped(t *testing.T) {
	d := &dice{}
	out, err := linking.Invite(asked(d), start)
	if err != nil {
		t.Fatal(err)
	}
	i, notMe := out.Invitations[0], out.InvitationTokens[1]
	stopped, err := linking.AdvanceInvitation(i, linking.InviteStopped{Act: d.act(""), MailToken: notMe}, start)
	if err != nil || stopped.Invitations[0].State != linking.InvitationCancelled || stopped.Mails[0].Kind != linking.MailDeclined || len(stopped.Links) != 0 {
		t.Errorf("%+v %v", stopped, err)
	}
	done, link := accepted(t, d)
	e := linking.InviteStopped{Act: d.act(""), MailToken: notMe, Link: link}
	stopped, err = linking.AdvanceInvitation(done, e, start.Add(24*time.Hour))
	if err != nil || stopped.Links[0].State != account.LinkSuspended || stopped.EndSessionsOf != otherTab || stopped.Invitations[0].State != linking.InvitationAccepted {
		t.Fatalf("%+v %v", stopped, err)
	}
	if _, err := linking.AdvanceInvitation(stopped.Invitations[0], e, start.Add(24*time.Hour)); fault.KeyOf(err) != "mail_link.used" {
		t.Errorf("twice: %v", err)
	}
}
