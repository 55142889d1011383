package linking_test

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

const danas = "dana@acme.example"

// holding is Dana's account with a password, an address and these links.
func holding(links ...linking.HeldLink) linking.Holding {
	return linking.Holding{
		Account:    account.Account{ID: "ac-dana", Status: account.Active, Version: 5},
		Credential: account.Credential{ID: "cr-dana", Account: "ac-dana", Kind: account.Password, Origin: account.OriginAdopted("pim"), Hash: "old", Version: 4},
		Addresses:  []account.Address{{Email: email(danas), Account: "ac-dana", VerifiedAt: start, Proof: "pr-0", Primary: true, Version: 2}},
		Links:      links,
	}
}

// held is an active link to an account of the PIM that records Dana's address, which a mailbox may reset.
func held() linking.HeldLink {
	return linking.HeldLink{
		Link: account.Link{ID: "ln-1", Tenant: "acme", Account: "ac-dana", ProductAccount: "pa-1", State: account.LinkActive,
			Evidence: []ident.ProofID{"pr-1", "pr-2"}, Flow: "fl-9", Browser: firstTab, CreatedAt: start, ActiveAt: start, Version: 3},
		ProductAccount: account.ProductAccount{ID: "pa-1", Tenant: "acme", Product: "pim", ExternalID: "42", Generation: "1", Email: email(danas), Version: 6},
		Product:        directory.Product{ID: "pim", Name: "Akeneo PIM", MailboxResetsPassword: true, Version: 2},
		Tenant:         directory.Tenant{ID: "acme", TimeZone: "Europe/Paris"},
	}
}

// TestFirstLinkUnderAnotherAddress: a link that the account began with, and whose product records another address, comes back
// only with that address. Any other comes back with its product's password.
func TestFirstLinkUnderAnotherAddress(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*linking.Holding)
		want account.Reason
	}{
		"the first, another address":        {func(*linking.Holding) {}, account.ReasonOtherAddress},
		"a later one":                       {func(h *linking.Holding) { h.Links[0].Link.CreatedAt = start.Add(time.Hour) }, account.ReasonReset},
		"the first, but nothing resets it":  {func(h *linking.Holding) { h.Links[0] = held(); h.Links[0].Product.MailboxResetsPassword = false }, account.ReasonReset},
		"the first, and the user is gone":   {func(h *linking.Holding) { h.Links[0] = held(); h.Links[0].Asked = true }, account.ReasonOtherAddress},
		"the first, recorded by now, asked": {func(h *linking.Holding) { h.Links[0].Asked, h.Links[0].Record = true, record("42") }, account.ReasonReset},
	} {
		t.Run(name, func(t *testing.T) {
			l := held()
			l.ProductAccount.Email = email("other@acme.example")
			h := holding(l)
			h.Account.CreatedAt = start
			c.bend(&h)
			out, err := linking.Reset(h, passwordReset(), start)
			if err != nil || len(out.Links) != 1 || out.Links[0].State != account.LinkSuspended || out.Links[0].Reason != c.want {
				t.Errorf("%v %+v, want suspended by %q", err, out.Links, c.want)
			}
		})
	}
	s := at(linking.AwaitLink)
	s.link = &account.Link{ID: "ln-1", Account: "ac-dana", State: account.LinkSuspended, Reason: account.ReasonOtherAddress}
	e := s.legacy(connector.Match).(linking.LegacyPasswordChecked)
	e.Record.Email = email("other@acme.example")
	if err := s.apply(e); err != nil || s.flow.State != linking.Refused || s.flow.Reason != "link.recorded" || len(s.last.Links) > 0 {
		t.Errorf("with the product's password alone: %v %s %q %+v", err, s.flow.State, s.flow.Reason, s.last.Links)
	}
}

func drawn(n int) linking.Lots {
	l := linking.Lots{Proofs: [2]ident.ProofID{"pr-n1", "pr-n2"}, Credential: "cr-n", Session: "se-n"}
	for i := range n {
		l.Links = append(l.Links, ident.LinkID("ln-n"+strconv.Itoa(i)))
		l.Mails = append(l.Mails, ident.MailID("ml-n"+strconv.Itoa(i)))
		l.Events = append(l.Events, ident.EventID("ev-n"+strconv.Itoa(i)))
	}
	return l
}

func resetCapability() linking.Capability {
	return linking.Capability{Hash: "h", Purpose: linking.ToReset, Account: "ac-dana", Email: email(danas), CreatedAt: start,
		Deadline: start.Add(linking.ResetTTL), Version: 1}
}

func passwordReset() linking.PasswordReset {
	return linking.PasswordReset{Capability: resetCapability(), Browser: otherTab, Hash: "new", Locale: "en", Lots: drawn(8)}
}

// TestResetDecidesEachLink: no link stays active. What the mailbox opens anyway waits for the next sign-in in the browser of
// the reset; everything else needs its product's password again.
func TestResetDecidesEachLink(t *testing.T) {
	other := email("other@acme.example")
	said := func(e ident.Email) *connector.Record {
		return &connector.Record{ExternalID: "42", Generation: "1", Email: e}
	}
	for name, c := range map[string]struct {
		bend func(*linking.HeldLink)
		// state of the row after the reset, empty when it is not written; waits: a link waits in its place.
		state account.LinkState
		waits bool
	}{
		"recorded there, and the mailbox resets it": {func(*linking.HeldLink) {}, account.LinkEnded, true},
		"the product said so just now":              {func(l *linking.HeldLink) { l.Asked, l.Record = true, said(email(danas)) }, account.LinkEnded, true},
		"another address is recorded":               {func(l *linking.HeldLink) { l.ProductAccount.Email = other }, account.LinkSuspended, false},
		"none is recorded":                          {func(l *linking.HeldLink) { l.ProductAccount.Email = ident.Email{} }, account.LinkSuspended, false},
		"the product has another address by now":    {func(l *linking.HeldLink) { l.Asked, l.Record = true, said(other) }, account.LinkSuspended, false},
		"the product has this address by now alone": {func(l *linking.HeldLink) {
			l.ProductAccount.Email, l.Asked, l.Record = other, true, said(email(danas))
		}, account.LinkSuspended, false},
		"the user is gone":                     {func(l *linking.HeldLink) { l.Asked = true }, account.LinkSuspended, false},
		"a mailbox does not reset the product": {func(l *linking.HeldLink) { l.Product.MailboxResetsPassword = false }, account.LinkSuspended, false},
		"pending, proven here":                 {func(l *linking.HeldLink) { l.Link.State, l.Link.Browser = account.LinkPending, otherTab }, "", false},
		"pending, proven elsewhere":            {func(l *linking.HeldLink) { l.Link.State = account.LinkPending }, account.LinkEnded, false},
		"suspended before": {func(l *linking.HeldLink) {
			l.Link.State, l.Link.Reason = account.LinkSuspended, account.ReasonReported
		}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := held()
			c.bend(&l)
			now := start.Add(time.Minute)
			out, err := linking.Reset(holding(l), passwordReset(), now)
			if err != nil {
				t.Fatal(err)
			}
			var state account.LinkState
			var waiting *account.Link
			for _, row := range out.Links {
				switch row.ID {
				case l.Link.ID:
					state = row.State
					if row.Reason != account.ReasonReset || row.Version != l.Link.Version {
						t.Errorf("the row is written as %+v", row)
					}
				default:
					waiting = &row
				}
				if row.State == account.LinkActive {
					t.Errorf("active: %+v", row)
				}
			}
			if state != c.state || (waiting != nil) != c.waits {
				t.Fatalf("the row becomes %q, waiting %v; want %q, %t", state, waiting, c.state, c.waits)
			}
			if waiting != nil && (waiting.State != account.LinkPending || waiting.Browser != otherTab || waiting.Account != "ac-dana" ||
				!slices.Equal(waiting.Evidence, l.Link.Evidence) || waiting.CreatedAt != now || !waiting.ActiveAt.IsZero() || waiting.Version != 0) {
				t.Errorf("what waits is %+v", *waiting)
			}
		})
	}
}

// TestResetTakesAway: everything that somebody else may have in the account goes with one Outcome.
func TestResetTakesAway(t *testing.T) {
	h := holding(held())
	h.Deferrals = []account.Deferral{{ID: "df-1", Account: "ac-dana", CreatedAt: start, Version: 1}}
	now := start.Add(time.Minute)
	out, err := linking.Reset(h, passwordReset(), now)
	if err != nil {
		t.Fatal(err)
	}
	if c := out.Credentials; len(c) != 1 || c[0].ID != "cr-dana" || c[0].Hash != "new" || c[0].Origin != account.OriginSet || c[0].Version != 4 {
		t.Errorf("credentials %+v", c)
	}
	if !slices.Contains(out.EndSessions, linking.SessionsEnd{Account: "ac-dana"}) ||
		!slices.Contains(out.EndSessions, linking.SessionsEnd{Tenant: "acme", ProductAccount: "pa-1"}) || len(out.Sessions) != 0 {
		t.Errorf("sessions end %+v, begin %+v", out.EndSessions, out.Sessions)
	}
	if !slices.Equal(out.VoidCapabilities, []linking.CapabilitiesVoid{{Account: "ac-dana"}}) || !slices.Equal(out.EndFlows, []linking.FlowsEnd{{Account: "ac-dana"}}) {
		t.Errorf("capabilities %+v, flows %+v", out.VoidCapabilities, out.EndFlows)
	}
	if len(out.Capabilities) != 1 || out.Capabilities[0].SpentAt != now || out.Capabilities[0].Version != 1 {
		t.Errorf("the capability is %+v", out.Capabilities)
	}
	if len(out.Deferrals) != 1 || out.Deferrals[0].EndedAt != now {
		t.Errorf("deferrals %+v", out.Deferrals)
	}
	if len(out.Accounts) != 1 || out.Accounts[0] != h.Account || !slices.Contains(out.Reads, linking.Read{Table: linking.TableHolding, ID: "ac-dana", Version: 3}) {
		t.Errorf("decided on %+v", out.Reads)
	}
	if len(out.Proofs) != 1 || out.Proofs[0].Email != email(danas) || out.Proofs[0].Browser != otherTab || out.Proofs[0].SpentAt != now {
		t.Errorf("proofs %+v", out.Proofs)
	}
}

// TestResetTells: each address of the account, and what the products of its active links record; once each, and nobody else.
func TestResetTells(t *testing.T) {
	recorded, moved, waiting := held(), held(), held()
	recorded.ProductAccount.Email = email("recorded@acme.example")
	moved.Link.ID, moved.Asked, moved.Record = "ln-2", true, &connector.Record{Email: email("moved@acme.example")}
	waiting.Link.ID, waiting.Link.State, waiting.ProductAccount.Email = "ln-3", account.LinkPending, email("stranger@evil.example")
	h := holding(recorded, moved, waiting)
	h.Addresses = append(h.Addresses, account.Address{Email: email("second@acme.example"), Account: "ac-dana", VerifiedAt: start, Version: 1})
	out, err := linking.Reset(h, passwordReset(), start)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range out.Mails {
		told = append(told, m.To.Key())
		if m.Kind != linking.MailPasswordChanged || m.Facts.Confirm != "" || m.Facts.NotMe != "" || m.Values()["how"] != "reset" || m.Values()["zone"] != "Europe/Paris" {
			t.Errorf("told by %s with %v", m.Kind, m.Values())
		}
	}
	if want := []string{danas, "second@acme.example", "recorded@acme.example", "moved@acme.example"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// TestResetRefuses: each condition alone refuses, and nothing is written.
func TestResetRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*linking.Holding, *linking.PasswordReset)
		key  string
	}{
		"after half an hour":     {func(_ *linking.Holding, e *linking.PasswordReset) { e.Capability.Deadline = start }, "capability.expired"},
		"spent":                  {func(_ *linking.Holding, e *linking.PasswordReset) { e.Capability.SpentAt = start }, "capability.used"},
		"void":                   {func(_ *linking.Holding, e *linking.PasswordReset) { e.Capability.VoidAt = start }, "capability.void"},
		"of another purpose":     {func(_ *linking.Holding, e *linking.PasswordReset) { e.Capability.Purpose = linking.ToStopEmail }, "capability.void"},
		"of another account":     {func(_ *linking.Holding, e *linking.PasswordReset) { e.Capability.Account = "ac-other" }, "capability.void"},
		"to a former address":    {func(h *linking.Holding, _ *linking.PasswordReset) { h.Addresses[0].Email = email("new@acme.example") }, "capability.void"},
		"no browser":             {func(_ *linking.Holding, e *linking.PasswordReset) { e.Browser = "" }, "capability.void"},
		"account switched off":   {func(h *linking.Holding, _ *linking.PasswordReset) { h.Account.Status = account.Disabled }, "capability.void"},
		"account closed":         {func(h *linking.Holding, _ *linking.PasswordReset) { h.Account.Status = account.Closed }, "capability.void"},
		"a password that is bad": {func(_ *linking.Holding, e *linking.PasswordReset) { e.Weakness = "common" }, "new_password.common"},
		"no password":            {func(_ *linking.Holding, e *linking.PasswordReset) { e.Hash = "" }, "new_password.empty"},
	} {
		t.Run(name, func(t *testing.T) {
			h, e := holding(held()), passwordReset()
			c.bend(&h, &e)
			out, err := linking.Reset(h, e, start)
			if fault.KeyOf(err) != c.key || len(out.Credentials) != 0 {
				t.Errorf("got %v and %d credentials, want %s", err, len(out.Credentials), c.key)
			}
		})
	}
}

// TestResetMakesAPassword for an account that had none, and proves an address that nobody had proven.
func TestResetMakesAPassword(t *testing.T) {
	h := holding()
	h.Credential, h.Addresses[0].VerifiedAt = account.Credential{}, time.Time{}
	out, err := linking.Reset(h, passwordReset(), start)
	if err != nil {
		t.Fatal(err)
	}
	want := account.Credential{ID: "cr-n", Account: "ac-dana", Kind: account.Password, Origin: account.OriginSet, Hash: "new", CreatedAt: start}
	if len(out.Credentials) != 1 || out.Credentials[0] != want {
		t.Errorf("credentials %+v", out.Credentials)
	}
	if len(out.Addresses) != 1 || out.Addresses[0].VerifiedAt != start || out.Addresses[0].Proof != "pr-n1" || out.Addresses[0].Version != 2 {
		t.Errorf("addresses %+v", out.Addresses)
	}
}

// TestResetLeavesOneAddress (ATK-09): the mailbox that was proven is the account's only and primary one.
func TestResetLeavesOneAddress(t *testing.T) {
	h := holding(held())
	h.Addresses = append(h.Addresses, account.Address{Email: email("second@acme.example"), Account: "ac-dana", VerifiedAt: start, Version: 1})
	out, err := linking.Reset(h, passwordReset(), start)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Addresses) != 0 || len(out.DroppedAddresses) != 1 || out.DroppedAddresses[0] != h.Addresses[1] {
		t.Errorf("by the primary one: written %+v, dropped %+v", out.Addresses, out.DroppedAddresses)
	}
	e := passwordReset()
	e.Capability.Email = email("second@acme.example")
	if out, err = linking.Reset(h, e, start); err != nil {
		t.Fatal(err)
	}
	if len(out.Addresses) != 1 || out.Addresses[0].Email != e.Capability.Email || !out.Addresses[0].Primary || out.Addresses[0].Version != 1 ||
		len(out.DroppedAddresses) != 1 || out.DroppedAddresses[0] != h.Addresses[0] {
		t.Errorf("by another: written %+v, dropped %+v", out.Addresses, out.DroppedAddresses)
	}
}

// TestResetIsQueued: what was asked is written for every address alike, before anybody looks it up: a server that ends after
// its answer has not lost it.
func TestResetIsQueued(t *testing.T) {
	ask := linking.ResetAsk{Email: email(danas), Flow: "fl-1", Mail: "ml", Locale: "en", Origin: linking.Origin{Agent: "Chrome on Windows", Network: "192.0.2.0/24"}}
	out := linking.ResetAskedFor(ask, start)
	if len(out.Mails) != 1 || len(out.Capabilities)+len(out.Events)+len(out.Reads) != 0 {
		t.Fatalf("%+v", out)
	}
	m := out.Mails[0]
	if m.Kind != linking.MailResetAsked || m.To != ask.Email || m.Flow != "" || m.Deadline != start.Add(linking.ResetAskTTL) ||
		!maps.Equal(m.Values(), map[string]string{"flow_id": "fl-1", "agent": "Chrome on Windows", "network": "192.0.2.0/24"}) {
		t.Errorf("%+v %v", m, m.Values())
	}
}

// TestAskReset: a mail and a capability for half an hour; nothing at all for an account that is not in use.
func TestAskReset(t *testing.T) {
	ask := linking.ResetAsk{Email: email(danas), Flow: "fl-1", Secret: "s", Hash: "h", Mail: "ml", Event: "ev"}
	out := linking.AskReset(holding(held()), ask, start)
	if len(out.Capabilities) != 1 || out.Capabilities[0].Deadline != start.Add(30*time.Minute) || out.Capabilities[0].Flow != "fl-1" ||
		len(out.Mails) != 1 || out.Mails[0].To != email(danas) || out.Mails[0].Values()["minutes"] != "30" || out.Mails[0].Values()["mail_token"] != "s" {
		t.Errorf("asked: %+v", out)
	}
	for _, status := range []account.Status{account.Disabled, account.Closed} {
		h := holding()
		h.Account.Status = status
		if out := linking.AskReset(h, ask, start); len(out.Capabilities)+len(out.Mails)+len(out.Events) != 0 {
			t.Errorf("%s: %+v", status, out)
		}
	}
	ask.Email = email("other@acme.example")
	if out := linking.AskReset(holding(), ask, start); len(out.Mails) != 0 {
		t.Errorf("an address that is not the account's: %+v", out)
	}
}

// TestCapabilitiesAreChecked: only an unspent one of the purpose that is asked for, within its time, may do anything.
func TestCapabilitiesAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*linking.Capability)
		ask  linking.CapabilityPurpose
		at   time.Duration
		want linking.TokenState
	}{
		"good":              {func(*linking.Capability) {}, linking.ToReset, 0, linking.TokenGood},
		"last moment":       {func(*linking.Capability) {}, linking.ToReset, linking.ResetTTL - 1, linking.TokenGood},
		"too late":          {func(*linking.Capability) {}, linking.ToReset, linking.ResetTTL, linking.TokenExpired},
		"spent":             {func(c *linking.Capability) { c.SpentAt = start }, linking.ToReset, 0, linking.TokenUsed},
		"void":              {func(c *linking.Capability) { c.VoidAt = start }, linking.ToReset, 0, linking.TokenStopped},
		"another purpose":   {func(*linking.Capability) {}, linking.ToApproveEmail, 0, linking.TokenStopped},
		"nothing":           {func(c *linking.Capability) { *c = linking.Capability{} }, "", 0, linking.TokenStopped},
		"spent, then later": {func(c *linking.Capability) { c.SpentAt = start }, linking.ToReset, time.Hour, linking.TokenUsed},
	} {
		k := resetCapability()
		c.bend(&k)
		if got := k.Check(c.ask, start.Add(c.at)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
