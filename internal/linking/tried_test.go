package linking_test

import (
	"context"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// TestTriesAreToldOnce: the owner is told at the third try, and the answer is that of any wrong password.
func TestTriesAreToldOnce(t *testing.T) {
	for times, want := range map[int]int{0: 0, 1: 0, 2: 0, 3: 1, 4: 0, 100: 0} {
		for _, state := range []linking.State{linking.AwaitLink, linking.AwaitPassword} {
			s := at(state)
			e := s.legacy(connector.WrongPassword).(linking.LegacyPasswordChecked)
			e.Tried = &linking.TriedFacts{Times: times, Owner: "ac-owner", Email: email("owner@acme.example"), Locale: "fr"}
			if err := s.apply(e); err != nil {
				t.Fatal(err)
			}
			if s.last.Problem != "password.wrong" || s.flow.State != state || len(s.last.Mails) != want {
				t.Errorf("try %d in %s: %q, %d mails", times, state, s.last.Problem, len(s.last.Mails))
			}
			for _, m := range s.last.Mails {
				if m.To != email("owner@acme.example") || m.Locale != "fr" || m.Kind != linking.MailLegacyTried {
					t.Errorf("%+v", m)
				}
				// The count, and nothing that whoever tries could choose.
				for key := range m.Values() {
					if key != "product" && key != "tenant" && key != "tries" {
						t.Errorf("the mail tells %s", key)
					}
				}
			}
		}
	}
}

// dead is a product whose users are all linked: their passwords are looked at by nobody.
type dead struct {
	*help
	t *testing.T
}

func (d dead) Connector(ident.ConnectorName) (connector.Connector, error) { return d, nil }

func (d dead) Verify(context.Context, connector.Check) (connector.Answer, error) {
	d.t.Error("the product was asked about a password that opens nothing")
	return connector.Answer{}, fault.New(fault.Unavailable, "connector.down")
}

// effortless hashes nothing.
type effortless struct{ linking.Passwords }

func (effortless) Dummy(context.Context, string) error { return nil }
func (effortless) Enter() (linking.Place, error)       { return nowhere{}, nil }

// nowhere is a place that nobody waits for.
type nowhere struct{}

func (nowhere) Aside() {}
func (nowhere) Back()  {}
func (nowhere) Leave() {}

// holders knows one account.
type holders struct{ linking.AccountStore }

func (holders) Holding(_ context.Context, id ident.AccountID) (linking.Holding, error) {
	return linking.Holding{Account: account.Account{ID: id, Locale: "fr"},
		Addresses: []account.Address{{Email: email("second@acme.example")}, {Email: email("owner@acme.example"), Primary: true}}}, nil
}

// TestTriesAreCounted: by the product account, in whatever flow and however it was named, for a day.
func TestTriesAreCounted(t *testing.T) {
	d, h, service, now := atDesk(linking.AwaitLink)
	h.records = []connector.Record{{ExternalID: "5", Email: email("linked@acme.example")}}
	d.links["5"] = account.LinkActive
	service.Connectors, service.Passwords, service.Accounts = dead{h, t}, effortless{}, holders{}
	d.setting.Connector.LockoutThreshold = 100
	fresh := d.flow
	told := func() (mails int) {
		d.flow, d.commits = fresh, nil
		d.flow.OwnerAuthAt, d.flow.Deadline = *now, now.Add(time.Hour)
		result, err := service.LinkProduct(t.Context(), asking, "linked@acme.example", "any password at all")
		if err != nil || result.Problem != "password.wrong" {
			t.Fatalf("%q %v", result.Problem, err)
		}
		for _, o := range d.commits {
			mails += len(o.Mails)
		}
		return mails
	}
	for i, want := range []int{0, 0, 1, 0} {
		if got := told(); got != want {
			t.Errorf("try %d: told %d times, want %d", i+1, got, want)
		}
		*now = now.Add(10 * time.Minute)
	}
	*now = now.Add(24 * time.Hour)
	for i, want := range []int{0, 0, 1} {
		if got := told(); got != want {
			t.Errorf("try %d of the next day: told %d times, want %d", i+1, got, want)
		}
		*now = now.Add(10 * time.Minute)
	}
}

// Owner is who is signed in.
func (d *desk) Owner(context.Context, ident.TenantID, ident.ProductID, ident.Identifier) (*linking.OwnerFacts, error) {
	return &linking.OwnerFacts{Account: account.Account{ID: "ac-dana", Status: account.Active}, Primary: email("dana@acme.example")}, nil
}

// TestReportIsAnswered (E7): whoever reported is answered where the mail had gone, and the administrators are told; the answer
// says that they were only when they were.
func TestReportIsAnswered(t *testing.T) {
	for _, state := range []linking.State{linking.AwaitMailbox, linking.Linked} {
		s := at(state)
		e := s.stopped().(linking.Stopped)
		to := email("dana@acme.example")
		if state == linking.Linked {
			to = email("recorded@acme.example")
			e.MailToken.To = to
		}
		if err := s.apply(e); err != nil {
			t.Fatal(err)
		}
		if len(s.last.Mails) != 2 || s.last.Mails[0].Kind != linking.MailStopped || s.last.Mails[0].To != to || s.last.Mails[1].Kind != linking.MailReported {
			t.Fatalf("%s: %+v", state, s.last.Mails)
		}
		want := map[linking.State]string{linking.AwaitMailbox: "stopped", linking.Linked: "suspended"}[state]
		if v := s.last.Mails[0].Values(); v["outcome"] != want || v["told"] != "yes" || v["address"] != "" {
			t.Errorf("%s: the answer %v", state, v)
		}
	}
	s := at(linking.AwaitMailbox)
	e := s.stopped().(linking.Stopped)
	e.Setting.Tenant.Administrators = nil
	if err := s.apply(e); err != nil || len(s.last.Mails) != 1 || s.last.Mails[0].Values()["told"] != "" {
		t.Errorf("without administrators: %v %+v", err, s.last.Mails)
	}
}
