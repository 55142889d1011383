package linking_test

import (
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/linking"
)

func TestFirstSignInMakesEverythingTogether(t *testing.T) {
	s := at(linking.Linked)
	out := s.last
	if len(out.Accounts) != 1 || len(out.Addresses) != 1 || len(out.Credentials) != 1 || len(out.Links) != 1 || len(out.Sessions) != 1 {
		t.Fatalf("accounts %d addresses %d credentials %d links %d sessions %d, want one of each",
			len(out.Accounts), len(out.Addresses), len(out.Credentials), len(out.Links), len(out.Sessions))
	}
	if got := out.Credentials[0]; got.Origin != "adopted:pim" || got.Hash != "argon2id-hash" {
		t.Errorf("credential %s %q, want the adopted one", got.Origin, got.Hash)
	}
	if out.Sessions[0].Scope != account.ScopeFull {
		t.Errorf("session %s, want full after a same-browser proof", out.Sessions[0].Scope)
	}
	for _, p := range out.Proofs {
		if p.SpentAt.IsZero() {
			t.Errorf("proof %s was not spent", p.Method)
		}
	}
	if s.flow.AdoptHash != "" {
		t.Error("the password's hash stayed in the flow")
	}
}

func TestTypedCodeGivesOneProductOnly(t *testing.T) {
	s := at(linking.AwaitCode)
	if err := s.apply(s.codeTyped("code-hash")); err != nil {
		t.Fatal(err)
	}
	got := s.last.Sessions[0]
	if got.Scope != account.ScopeProduct || got.Product != "pim" || got.Tenant != "acme" || got.ProductAccount == "" {
		t.Errorf("session %+v, want one limited to the product", got)
	}
}

func TestRefusals(t *testing.T) {
	late := func(s *story, d time.Duration) *story { s.now = s.now.Add(d); return s }
	cases := []struct {
		name  string
		story *story
		event func(*story) linking.Event
		state linking.State // "" = nothing changes
		key   string        // the problem, or the fault's key
	}{
		{"code five times wrong ends the flow", tried(4), func(s *story) linking.Event { return s.codeTyped("guess") }, linking.Refused, "code.exhausted"},
		{"code wrong once stays", at(linking.AwaitCode), func(s *story) linking.Event { return s.codeTyped("guess") }, linking.AwaitCode, "code.wrong"},
		{"code after ten minutes", late(at(linking.AwaitCode), linking.CodeTTL), func(s *story) linking.Event { return s.codeTyped("code-hash") }, linking.AwaitCode, "code.wrong"},
		{"link after a quarter of an hour", late(at(linking.AwaitMailbox), linking.LinkTTL), (*story).confirmed, "", "mail_link.expired"},
		{"link one instant before", late(at(linking.AwaitMailbox), linking.LinkTTL-1), (*story).confirmed, linking.Linked, ""},
		{"flow after its deadline", late(at(linking.AwaitEmail), linking.FlowTTL), func(s *story) linking.Event { return s.email("d@x.example") }, linking.Expired, "flow.expired"},
		{"resend within a minute", late(at(linking.AwaitMailbox), linking.ResendPause-1), (*story).resend, "", "resend.wait"},
		{"fourth resend", resent(3), (*story).resend, "", "resend.used_up"},
		{"third resend", resent(2), (*story).resend, linking.AwaitMailbox, ""},
		{"address owned by somebody", owned(), (*story).confirmed, linking.Pending, ""},
		{"product account linked meanwhile", linkedMeanwhile(), (*story).confirmed, linking.Refused, "legacy.linked"},
		{"product account of another generation", otherGeneration(), (*story).confirmed, "", "proof.stale"},
		{"wrong password", at(linking.AwaitPassword), func(s *story) linking.Event { return s.legacy(connector.WrongPassword) }, linking.AwaitPassword, "password.wrong"},
		{"unknown identifier", at(linking.AwaitPassword), func(s *story) linking.Event { return s.legacy(connector.NotFound) }, linking.AwaitPassword, "password.unknown"},
		{"unknown identifier, uniform", at(linking.AwaitPassword), func(s *story) linking.Event { return uniform(s.legacy(connector.NotFound)) }, linking.AwaitPassword, "password.wrong"},
		{"store answers nobody", at(linking.AwaitPassword), func(s *story) linking.Event { return nameless(s.legacy(connector.Match)) }, "", "connector.nameless"},
		{"domain not allowed", at(linking.AwaitEmail), func(s *story) linking.Event { return onlyDomain(s.email("d@x.example")) }, "", "email.domain"},
		{"recorded address only", at(linking.AwaitEmail), func(s *story) linking.Event { return recordedOnly(s.email("d@x.example")) }, "", "email.recorded"},
		{"tenant switched off", at(linking.AwaitMailbox), func(s *story) linking.Event { return off(s.confirmed()) }, linking.Refused, "tenant.not_enabled"},
		{"weak new password", at(linking.AwaitNewPassword), func(s *story) linking.Event { return weak(s.passwordSet()) }, "", "new_password.short"},
		{"wrong account password", at(linking.AwaitPassword), func(s *story) linking.Event { return s.accountPassword(false) }, linking.AwaitPassword, "password.wrong"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := c.story.flow.State
			err := c.story.apply(c.event(c.story))
			if c.state == "" {
				if fault.KeyOf(err) != c.key || c.story.flow.State != before {
					t.Fatalf("got %v in %s, want %q in %s", err, c.story.flow.State, c.key, before)
				}
				return
			}
			if err != nil || c.story.flow.State != c.state || c.story.last.Problem != c.key {
				t.Fatalf("got %s %q %v, want %s %q", c.story.flow.State, c.story.last.Problem, err, c.state, c.key)
			}
		})
	}
}

func TestChangedAddressVoidsWhatWasMailed(t *testing.T) {
	s := at(linking.AwaitMailbox)
	old := s.token(linking.PurposeConfirm)
	s.now = s.now.Add(linking.ResendPause)
	if err := s.apply(s.email("victim@acme.example")); err != nil {
		t.Fatal(err)
	}
	err := s.apply(linking.Confirmed{Act: s.dice.act(firstTab), MailToken: old, Finish: s.finish()})
	if fault.KeyOf(err) != "mail_link.superseded" {
		t.Fatalf("the link to the first address answered %v, want superseded", err)
	}
}

func TestEarlierLinkKeepsWorkingAfterResend(t *testing.T) {
	s := at(linking.AwaitMailbox)
	first := s.token(linking.PurposeConfirm)
	s.now = s.now.Add(linking.ResendPause)
	if err := s.apply(s.resend()); err != nil {
		t.Fatal(err)
	}
	if err := s.apply(linking.Confirmed{Act: s.dice.act(firstTab), MailToken: first, Finish: s.finish()}); err != nil {
		t.Fatal(err)
	}
}

func TestOtherBrowserCannotAct(t *testing.T) {
	for _, state := range linking.States() {
		if state.Terminal() {
			continue
		}
		for kind, e := range every(at(state)) {
			if kind == linking.OnCodeShown || kind == linking.OnStopped {
				continue
			}
			s := at(state)
			s.now = s.now.Add(2 * linking.ResendPause)
			if err := s.apply(from(e, otherTab)); !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %s from another browser answered %v, want fault.Denied", state, kind, err)
			}
		}
	}
}

func TestSwitchedOffUserProvesNothing(t *testing.T) {
	s := at(linking.AwaitPassword)
	e := s.legacy(connector.Match).(linking.LegacyPasswordChecked)
	e.Record.Flags.Disabled = true
	if err := s.apply(e); err != nil {
		t.Fatal(err)
	}
	if s.flow.State != linking.AwaitPassword || s.last.Problem != "legacy.disabled" {
		t.Errorf("%s %q, want to stay and say that it is switched off", s.flow.State, s.last.Problem)
	}
}

func TestPasswordIsNotCarriedOnWhen(t *testing.T) {
	bend := map[string]func(*linking.LegacyPasswordChecked){
		"it is common":                    func(e *linking.LegacyPasswordChecked) { e.Weakness = "common" },
		"the product calls it weak":       func(e *linking.LegacyPasswordChecked) { e.Outcome = connector.MatchWeak },
		"the user is shared":              func(e *linking.LegacyPasswordChecked) { e.Record.Flags.Shared = true },
		"the product stores weakly":       func(e *linking.LegacyPasswordChecked) { e.Setting.Product.Weak = true },
		"the suite sets a new one always": func(e *linking.LegacyPasswordChecked) { e.Setting.Suite.OnLink = directory.Set },
	}
	for name, f := range bend {
		t.Run(name, func(t *testing.T) {
			s := at(linking.AwaitPassword)
			e := s.legacy(connector.Match).(linking.LegacyPasswordChecked)
			f(&e)
			if err := s.apply(e); err != nil {
				t.Fatal(err)
			}
			if s.flow.AdoptHash != "" {
				t.Fatal("the password would be carried on")
			}
			if err := s.apply(s.email("dana@acme.example")); err != nil {
				t.Fatal(err)
			}
			if err := s.apply(s.confirmed()); err != nil || s.flow.State != linking.AwaitNewPassword || len(s.last.Links) > 0 {
				t.Fatalf("%s with %d links, %v; want to wait for a password with none", s.flow.State, len(s.last.Links), err)
			}
			if err := s.apply(s.passwordSet()); err != nil || s.last.Credentials[0].Origin != account.OriginSet {
				t.Fatalf("%v, origin %q", err, s.last.Credentials[0].Origin)
			}
		})
	}
}

func TestNotMeAfterTheLinkSuspendsIt(t *testing.T) {
	s := at(linking.Linked)
	if err := s.apply(s.stopped()); err != nil {
		t.Fatal(err)
	}
	if len(s.last.Links) != 1 || s.last.Links[0].State != account.LinkSuspended || s.last.EndSessionsOf != firstTab {
		t.Fatalf("links %+v, sessions of %q ended; want it suspended and the first tab's ended", s.last.Links, s.last.EndSessionsOf)
	}
	if len(s.last.Mails) != 2 || s.last.Mails[1].Kind != linking.MailReported {
		t.Fatalf("mails %+v, want the administrator told", s.last.Mails)
	}
	if err := s.apply(s.stopped()); err == nil {
		t.Fatal("a second report was taken")
	}
}
