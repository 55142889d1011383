package linking_test

import (
	"testing"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// TestSecondProductLinks: both proofs in one browser link another product; no session, account, address or password comes
// into being or changes.
func TestSecondProductLinks(t *testing.T) {
	s := at(linking.AwaitLink)
	if err := s.apply(s.legacy(connector.Match)); err != nil {
		t.Fatal(err)
	}
	out := s.last
	if len(out.Links) != 1 || out.Links[0].Account != "ac-dana" || out.Links[0].State != account.LinkActive || len(out.Links[0].Evidence) != 2 {
		t.Fatalf("links %+v, want one of the account, with both proofs", out.Links)
	}
	if len(out.Accounts)+len(out.Addresses)+len(out.Credentials)+len(out.Sessions) != 0 || out.EndSessionsOf != "" {
		t.Errorf("more than a link came of it: %+v", out)
	}
	for _, p := range out.Proofs {
		if p.SpentAt.IsZero() {
			t.Errorf("the proof by %s was not spent", p.Method)
		}
	}
}

// TestSecondProductRefuses: each condition alone refuses, and links nothing.
func TestSecondProductRefuses(t *testing.T) {
	bend := map[string]struct {
		bend  func(s *story, e *linking.LegacyPasswordChecked)
		state linking.State
		key   string
	}{
		"wrong password": {func(_ *story, e *linking.LegacyPasswordChecked) { e.Outcome = connector.WrongPassword }, linking.AwaitLink, "password.wrong"},
		"linked already": {func(_ *story, e *linking.LegacyPasswordChecked) {
			e.Facts.Link = &account.Link{State: account.LinkActive, Account: "ac-other"}
		}, linking.AwaitLink, "password.wrong"},
		"linked already to the same account": {func(_ *story, e *linking.LegacyPasswordChecked) {
			e.Facts.Link = &account.Link{State: account.LinkActive, Account: "ac-dana"}
		}, linking.AwaitLink, "password.wrong"},
		"another account":         {func(_ *story, e *linking.LegacyPasswordChecked) { e.Owner.Account.ID = "ac-other" }, "", "proof.missing"},
		"account switched off":    {func(_ *story, e *linking.LegacyPasswordChecked) { e.Owner.Account.Status = account.Disabled }, "", "proof.missing"},
		"nobody signed in":        {func(_ *story, e *linking.LegacyPasswordChecked) { e.Owner = nil }, "", "proof.missing"},
		"another browser":         {func(_ *story, e *linking.LegacyPasswordChecked) { e.Browser = otherTab }, "", "flow.other_browser"},
		"a password too long ago": {func(s *story, _ *linking.LegacyPasswordChecked) { s.now = s.now.Add(linking.FreshTTL) }, linking.Expired, "flow.expired"},
		"an address of its own": {func(s *story, e *linking.LegacyPasswordChecked) {
			e.Setting.Product.OtherAddress = directory.ProveRecorded
			e.Owner.Primary = email("other@acme.example")
		}, linking.Refused, "link.recorded"},
		"a reported link": {func(s *story, e *linking.LegacyPasswordChecked) {
			e.Facts.Link = &account.Link{State: account.LinkSuspended, Reason: account.ReasonReported}
			e.Owner.Primary = email("mallory@evil.example")
			stored := account.ProductAccount{ID: "pa-42", Tenant: "acme", Product: "pim", ExternalID: ident.ExternalID("42"), Generation: "1", Email: email("dana@acme.example"), Version: 1}
			e.Facts.Stored = &stored
		}, linking.Refused, "link.recorded"},
		"suspended by the reset of another account": {func(_ *story, e *linking.LegacyPasswordChecked) {
			suspendedByReset(e, "ac-other")
			e.Owner.Primary = email("mallory@evil.example")
		}, linking.Refused, "link.recorded"},
	}
	for name, c := range bend {
		t.Run(name, func(t *testing.T) {
			s := at(linking.AwaitLink)
			e := s.legacy(connector.Match).(linking.LegacyPasswordChecked)
			c.bend(s, &e)
			err := s.apply(e)
			if c.state == "" {
				if fault.KeyOf(err) != c.key {
					t.Fatalf("got %v, want %s", err, c.key)
				}
				return
			}
			if err != nil || s.flow.State != c.state || s.last.Problem != c.key {
				t.Fatalf("got %s %q %v, want %s %q", s.flow.State, s.last.Problem, err, c.state, c.key)
			}
			for _, l := range s.last.Links {
				if l.State == account.LinkActive {
					t.Error("a link became active")
				}
			}
		})
	}
}

// suspendedByReset makes the product account one whose link the reset of an account's password suspended.
func suspendedByReset(e *linking.LegacyPasswordChecked, owner ident.AccountID) {
	e.Facts.Link = &account.Link{ID: "ln-1", Tenant: "acme", Account: owner, ProductAccount: "pa-42", State: account.LinkSuspended, Reason: account.ReasonReset, Version: 2}
	e.Facts.Stored = &account.ProductAccount{ID: "pa-42", Tenant: "acme", Product: "pim", ExternalID: "42", Generation: "1", Email: email("dana@acme.example"), Version: 1}
}

// TestProvenAgainAfterReset: what a reset suspended links again by its password to the same account, whatever address that has
// by then. The rule of the recorded address is for what somebody reported, and for other accounts.
func TestProvenAgainAfterReset(t *testing.T) {
	s := at(linking.AwaitLink)
	e := s.legacy(connector.Match).(linking.LegacyPasswordChecked)
	suspendedByReset(&e, "ac-dana")
	e.Owner.Primary = email("d.petrov@elsewhere.example")
	if err := s.apply(e); err != nil || s.flow.State != linking.Linked {
		t.Fatalf("%s %q %v", s.flow.State, s.last.Problem, err)
	}
	states := map[ident.LinkID]account.LinkState{}
	for _, l := range s.last.Links {
		states[l.ID] = l.State
	}
	if len(states) != 2 || states["ln-1"] != account.LinkEnded {
		t.Errorf("links %v, want the suspended one ended and another active", states)
	}
}
