package linking_test

import (
	"slices"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

const wanted = "d.petrov@acme.example"

// signedIn is a session of Dana's whole account.
func signedIn() account.Session {
	return account.Session{ID: "se-1", Browser: firstTab, Account: "ac-dana", Scope: account.ScopeFull, Methods: []account.Method{account.LegacyPassword},
		AuthAt: start, UsedAt: start, IdleTTL: time.Hour, Deadline: start.Add(12 * time.Hour), Version: 1}
}

// TestPasswordChange: the other sessions end, this one goes on under another name, and no link is touched.
func TestPasswordChange(t *testing.T) {
	e := linking.PasswordChange{Session: signedIn(), Right: true, Hash: "new", Lots: drawn(8)}
	now := start.Add(time.Minute)
	out, err := linking.ChangePassword(holding(held()), e, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Sessions) != 1 || out.Sessions[0].ID != "se-n" || out.Sessions[0].Version != 0 || out.Sessions[0].Deadline != e.Session.Deadline ||
		!slices.Equal(out.EndSessions, []linking.SessionsEnd{{Account: "ac-dana"}}) {
		t.Errorf("begins %+v, ends %+v", out.Sessions, out.EndSessions)
	}
	if len(out.Credentials) != 1 || out.Credentials[0].Hash != "new" || out.Credentials[0].Origin != account.OriginSet || len(out.VoidCapabilities) != 1 ||
		!slices.Equal(out.EndFlows, []linking.FlowsEnd{{Account: "ac-dana", ExceptBrowser: firstTab}}) || len(out.Links) != 0 {
		t.Errorf("%+v", out)
	}
	if len(out.Mails) != 1 || out.Mails[0].Values()["how"] != "changed" {
		t.Errorf("told by %+v", out.Mails)
	}
	for name, c := range map[string]struct {
		bend func(*linking.Holding, *linking.PasswordChange)
		key  string
	}{
		"weak":                   {func(_ *linking.Holding, e *linking.PasswordChange) { e.Weakness = "too_short" }, "new_password.too_short"},
		"a session of a product": {func(_ *linking.Holding, e *linking.PasswordChange) { e.Session.Scope = account.ScopeProduct }, "session.missing"},
		"another account's":      {func(_ *linking.Holding, e *linking.PasswordChange) { e.Session.Account = "ac-other" }, "session.missing"},
		"a session that ended":   {func(_ *linking.Holding, e *linking.PasswordChange) { e.Session.EndedAt = start }, "session.missing"},
		"account switched off":   {func(h *linking.Holding, _ *linking.PasswordChange) { h.Account.Status = account.Disabled }, "session.missing"},
	} {
		h, bent := holding(held()), e
		c.bend(&h, &bent)
		if _, err := linking.ChangePassword(h, bent, now); fault.KeyOf(err) != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	e.Right = false
	if out, err := linking.ChangePassword(holding(), e, now); err != nil || out.Problem != "password.wrong" || len(out.Credentials)+len(out.Sessions) != 0 || len(out.Events) != 1 {
		t.Errorf("the wrong password: %+v %v", out, err)
	}
}

func changeAsk() linking.EmailChangeAsk {
	return linking.EmailChangeAsk{Session: signedIn(), Right: true, To: email(wanted), ID: "ec-1", Ref: "K7Q-4MD",
		New:     linking.ChangeDice{Agree: "n", AgreeHash: "hash:n", Stop: "ns", StopHash: "hash:ns"},
		Present: linking.ChangeDice{Agree: "p", AgreeHash: "hash:p", Stop: "ps", StopHash: "hash:ps"}, Lots: drawn(8)}
}

// begunChange is the change as it is stored after it was begun, with its capabilities by purpose and mailbox.
func begunChange(t *testing.T, h linking.Holding) (linking.EmailChange, map[string]linking.Capability) {
	t.Helper()
	out, err := linking.BeginEmailChange(h, changeAsk(), start)
	if err != nil {
		t.Fatal(err)
	}
	c := out.EmailChanges[len(out.EmailChanges)-1]
	c.Version = 1
	kept := map[string]linking.Capability{}
	for _, k := range out.Capabilities {
		k.Version = 1
		kept[string(k.Purpose)+" "+k.Email.Key()] = k
	}
	return c, kept
}

// TestEmailChangeBegins: both mailboxes get a mail of their own, and nothing else changes.
func TestEmailChangeBegins(t *testing.T) {
	h := holding(held())
	h.Changes = []linking.EmailChange{{ID: "ec-0", Account: "ac-dana", CreatedAt: start, Deadline: start.Add(time.Hour), Version: 1}}
	out, err := linking.BeginEmailChange(h, changeAsk(), start)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Mails) != 2 || out.Mails[0].To != email(wanted) || out.Mails[0].Values()["mail_token"] != "n" || out.Mails[1].To != email(danas) ||
		out.Mails[1].Values()["mail_token"] != "p" || out.Mails[1].Values()["not_me_token"] != "ps" || out.Mails[0].Values()["minutes"] != "15" {
		t.Errorf("mails %+v", out.Mails)
	}
	if len(out.EmailChanges) != 2 || out.EmailChanges[0].End != linking.ChangeSuperseded || out.EmailChanges[1].Browser != firstTab || out.EmailChanges[1].From != email(danas) {
		t.Errorf("changes %+v", out.EmailChanges)
	}
	if len(out.Capabilities) != 4 || len(out.Addresses)+len(out.DroppedAddresses)+len(out.Credentials)+len(out.Sessions)+len(out.EndSessions) != 0 {
		t.Errorf("more came of it: %+v", out)
	}
	for name, c := range map[string]struct {
		bend func(*linking.Holding, *linking.EmailChangeAsk)
		key  string
	}{
		"the same address": {func(_ *linking.Holding, e *linking.EmailChangeAsk) { e.To = email(danas) }, "email.same"},
		"none":             {func(_ *linking.Holding, e *linking.EmailChangeAsk) { e.To = ident.Email{} }, "email.empty"},
		"a tenant's domains": {func(h *linking.Holding, _ *linking.EmailChangeAsk) {
			h.Links[0].Tenant.EmailDomains = []string{"other.example"}
		}, "email.domain"},
		"a product's record": {func(h *linking.Holding, _ *linking.EmailChangeAsk) {
			h.Links[0].Product.OtherAddress = directory.ProveRecorded
		}, "email.recorded"},
		"a product's session":  {func(_ *linking.Holding, e *linking.EmailChangeAsk) { e.Session.Scope = account.ScopeProduct }, "session.missing"},
		"account switched off": {func(h *linking.Holding, _ *linking.EmailChangeAsk) { h.Account.Status = account.Disabled }, "session.missing"},
	} {
		h, e := holding(held()), changeAsk()
		c.bend(&h, &e)
		if _, err := linking.BeginEmailChange(h, e, start); fault.KeyOf(err) != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	wrong := changeAsk()
	wrong.Right = false
	if out, err := linking.BeginEmailChange(holding(), wrong, start); err != nil || out.Problem != "password.wrong" || len(out.Mails)+len(out.Capabilities) != 0 {
		t.Errorf("the wrong password: %+v %v", out, err)
	}
}

func finishOf(c linking.EmailChange, k map[string]linking.Capability) linking.EmailChangeFinish {
	return linking.EmailChangeFinish{Session: signedIn(), Change: c, Confirm: k["email_confirm "+wanted], Approve: k["email_approve "+danas], Lots: drawn(8)}
}

// TestEmailChangeFinishes: with both links the new address is the account's only one, and whatever was open ends.
func TestEmailChangeFinishes(t *testing.T) {
	h := holding(held())
	h.Deferrals = []account.Deferral{{ID: "df-1", Account: "ac-dana", CreatedAt: start, Version: 1}}
	c, k := begunChange(t, h)
	now := start.Add(time.Minute)
	out, err := linking.FinishEmailChange(h, finishOf(c, k), now)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Addresses) != 1 || out.Addresses[0].Email != email(wanted) || !out.Addresses[0].Primary || out.Addresses[0].VerifiedAt != now || out.Addresses[0].Version != 0 {
		t.Errorf("addresses %+v", out.Addresses)
	}
	if len(out.DroppedAddresses) != 1 || out.DroppedAddresses[0].Email != email(danas) || out.DroppedAddresses[0].Version != 2 {
		t.Errorf("dropped %+v", out.DroppedAddresses)
	}
	if len(out.Capabilities) != 2 || out.Capabilities[0].SpentAt != now || out.Capabilities[1].SpentAt != now || len(out.VoidCapabilities) != 1 ||
		len(out.Deferrals) != 1 || out.EmailChanges[0].End != linking.ChangeDone || len(out.Links)+len(out.EndSessions) != 0 {
		t.Errorf("%+v", out)
	}
	var told []string
	for _, m := range out.Mails {
		told = append(told, m.To.Key())
	}
	if !slices.Equal(told, []string{danas, wanted}) {
		t.Errorf("told %v", told)
	}

	owned := finishOf(c, k)
	owned.Owner = "ac-other"
	out, err = linking.FinishEmailChange(h, owned, now)
	if err != nil || out.Problem != "address.owned" || len(out.Addresses)+len(out.DroppedAddresses)+len(out.Mails) != 0 || out.EmailChanges[0].End != linking.ChangeRefused {
		t.Errorf("an address of somebody else: %+v %v", out, err)
	}
	h.Addresses = append(h.Addresses, account.Address{Email: email(wanted), Account: "ac-dana", VerifiedAt: start, Version: 3})
	own := finishOf(c, k)
	own.Owner = "ac-dana"
	if out, err = linking.FinishEmailChange(h, own, now); err != nil || len(out.Addresses) != 1 || out.Addresses[0].Version != 3 || !out.Addresses[0].Primary {
		t.Errorf("an address of the account's own: %+v %v", out, err)
	}
}

// TestEmailChangeRefuses: each condition alone refuses, and no address moves (ATK-08, ATK-42).
func TestEmailChangeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*linking.Holding, *linking.EmailChangeFinish)
		at   time.Duration
		key  string
	}{
		"the new mailbox alone":     {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Approve = linking.Capability{} }, 0, "change.unconfirmed"},
		"the present mailbox alone": {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Confirm = linking.Capability{} }, 0, "change.unconfirmed"},
		"one link for both":         {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Approve = e.Confirm }, 0, "change.unconfirmed"},
		"swapped":                   {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Approve, e.Confirm = e.Confirm, e.Approve }, 0, "change.unconfirmed"},
		"a stop as an agreement":    {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Approve.Purpose = linking.ToStopEmail }, 0, "capability.void"},
		"of another change":         {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Confirm.Change = "ec-0" }, 0, "change.unconfirmed"},
		"spent":                     {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Confirm.SpentAt = start }, 0, "capability.used"},
		"void by a reset":           {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Approve.VoidAt = start }, 0, "capability.void"},
		"ended":                     {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Change.EndedAt = start }, 0, "change.over"},
		"after fifteen minutes":     {func(*linking.Holding, *linking.EmailChangeFinish) {}, linking.LinkTTL, "capability.expired"},
		"after the change's time":   {func(*linking.Holding, *linking.EmailChangeFinish) {}, linking.EmailChangeTTL, "change.over"},
		"another browser":           {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Session.Browser = otherTab }, 0, "change.other_browser"},
		"another account signed in": {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Session.Account = "ac-other" }, 0, "session.missing"},
		"signed out":                {func(_ *linking.Holding, e *linking.EmailChangeFinish) { e.Session.EndedAt = start }, 0, "session.missing"},
		"the address moved already": {func(h *linking.Holding, _ *linking.EmailChangeFinish) {
			h.Addresses[0].Email = email("third@acme.example")
		}, 0, "change.over"},
		"a domain that went": {func(h *linking.Holding, _ *linking.EmailChangeFinish) {
			h.Links[0].Tenant.EmailDomains = []string{"other.example"}
		}, 0, "email.domain"},
	} {
		t.Run(name, func(t *testing.T) {
			h := holding(held())
			change, k := begunChange(t, h)
			e := finishOf(change, k)
			c.bend(&h, &e)
			out, err := linking.FinishEmailChange(h, e, start.Add(c.at))
			if fault.KeyOf(err) != c.key || len(out.Addresses)+len(out.DroppedAddresses) != 0 {
				t.Errorf("got %v, want %s", err, c.key)
			}
		})
	}
}

// TestEmailChangeStops: either mailbox ends it, and its link can do nothing else.
func TestEmailChangeStops(t *testing.T) {
	h := holding(held())
	c, k := begunChange(t, h)
	for _, mailbox := range []string{wanted, danas} {
		out, err := linking.StopEmailChange(h, linking.EmailChangeStop{Change: c, Stop: k["email_stop "+mailbox], Lots: drawn(8)}, start)
		if err != nil || len(out.EmailChanges) != 1 || out.EmailChanges[0].End != linking.ChangeStopped || len(out.Addresses)+len(out.EndSessions)+len(out.Credentials) != 0 {
			t.Errorf("%s: %+v %v", mailbox, out, err)
		}
	}
	for name, stop := range map[string]linking.Capability{"an agreement": k["email_confirm "+wanted], "nothing": {}} {
		if _, err := linking.StopEmailChange(h, linking.EmailChangeStop{Change: c, Stop: stop, Lots: drawn(8)}, start); err == nil {
			t.Errorf("%s stops", name)
		}
	}
}

// TestEmailChangeResends: three times at most, a minute apart, from the browser that began.
func TestEmailChangeResends(t *testing.T) {
	h := holding(held())
	c, _ := begunChange(t, h)
	ask := linking.EmailChangeResend{Change: c, Browser: firstTab, New: changeAsk().New, Present: changeAsk().Present, Lots: drawn(8)}
	if _, err := linking.ResendEmailChange(h, ask, start.Add(linking.ResendPause-1)); fault.KeyOf(err) != "resend.wait" {
		t.Errorf("within a minute: %v", err)
	}
	now := start
	for range linking.Resends {
		now = now.Add(linking.ResendPause)
		out, err := linking.ResendEmailChange(h, ask, now)
		if err != nil || len(out.Mails) != 2 || out.Mails[0].Values()["resent_at"] == "" {
			t.Fatalf("%+v %v", out.Mails, err)
		}
		ask.Change = out.EmailChanges[0]
	}
	if _, err := linking.ResendEmailChange(h, ask, now.Add(linking.ResendPause)); fault.KeyOf(err) != "resend.used_up" {
		t.Errorf("the fourth: %v", err)
	}
	ask.Change, ask.Browser = c, otherTab
	if _, err := linking.ResendEmailChange(h, ask, now); fault.KeyOf(err) != "change.other_browser" {
		t.Errorf("from another browser: %v", err)
	}
}
