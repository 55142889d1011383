package linking_test

import (
	"testing"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/linking"
)

// TestFinishNeedsBothProofs: the one place where a link becomes active believes nobody: each fact a proof is bound to is
// looked at again, and one that differs refuses.
func TestFinishNeedsBothProofs(t *testing.T) {
	bend := map[string]func(f *linking.Flow, p *account.Proof){
		"none":                func(f *linking.Flow, _ *account.Proof) { f.Legacy = nil },
		"another flow":        func(_ *linking.Flow, p *account.Proof) { p.Flow = "fl-2" },
		"another browser":     func(_ *linking.Flow, p *account.Proof) { p.Browser = otherTab },
		"another tenant":      func(_ *linking.Flow, p *account.Proof) { p.Tenant = "other" },
		"another product":     func(_ *linking.Flow, p *account.Proof) { p.Product = "sdm" },
		"another user":        func(_ *linking.Flow, p *account.Proof) { p.ProductAccount = "pa-other" },
		"spent":               func(_ *linking.Flow, p *account.Proof) { p.SpentAt = start },
		"of another method":   func(_ *linking.Flow, p *account.Proof) { p.Method = account.MailboxLink },
		"candidate elsewhere": func(f *linking.Flow, _ *account.Proof) { c := *f.Candidate; c.Tenant = "other"; f.Candidate = &c },
	}
	for name, f := range bend {
		t.Run(name, func(t *testing.T) {
			s := at(linking.AwaitMailbox)
			p := *s.flow.Legacy
			s.flow.Legacy = &p
			f(&s.flow, s.flow.Legacy)
			err := s.apply(s.confirmed())
			if !fault.Is(err, fault.Denied) || s.flow.State != linking.AwaitMailbox {
				t.Fatalf("got %v in %s, want fault.Denied and nothing changed", err, s.flow.State)
			}
		})
	}
}

// TestSetPasswordNeedsTheMailboxProof: the page for a new password finishes on the proof given before it, bound as tightly.
func TestSetPasswordNeedsTheMailboxProof(t *testing.T) {
	bend := map[string]func(p *account.Proof){
		"another flow":    func(p *account.Proof) { p.Flow = "fl-2" },
		"another browser": func(p *account.Proof) { p.Browser = otherTab },
		"another address": func(p *account.Proof) { p.Email = email("other@acme.example") },
		"an earlier turn": func(p *account.Proof) { p.EmailTurn = 0 },
		"another tenant":  func(p *account.Proof) { p.Tenant = "other" },
		"spent":           func(p *account.Proof) { p.SpentAt = start },
		"another method":  func(p *account.Proof) { p.Method = account.AccountPassword },
	}
	for name, f := range bend {
		t.Run(name, func(t *testing.T) {
			s := at(linking.AwaitNewPassword)
			p := *s.flow.Mailbox
			f(&p)
			s.flow.Mailbox = &p
			if err := s.apply(s.passwordSet()); !fault.Is(err, fault.Denied) {
				t.Fatalf("got %v, want fault.Denied", err)
			}
		})
	}
}

// TestShownCodeGivesNothing: the browser that shows the code gets no session, no account and no link of any kind.
func TestShownCodeGivesNothing(t *testing.T) {
	s := at(linking.AwaitCode)
	out := s.last
	if len(out.Sessions)+len(out.Accounts)+len(out.Addresses)+len(out.Credentials)+len(out.Links)+len(out.Proofs) != 0 {
		t.Fatalf("showing a code made %+v", out)
	}
}
