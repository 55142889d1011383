package linking_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// TestResetAsksAndChangesNothing: the product is to be asked, once more in a minute and four times in all, and nothing else
// comes of it.
func TestResetAsksAndChangesNothing(t *testing.T) {
	for _, state := range []linking.State{linking.AwaitPassword, linking.AwaitLink} {
		t.Run(string(state), func(t *testing.T) {
			s := at(state)
			for i := range linking.Resends + 1 {
				before := s.flow
				if err := s.apply(s.reset("Omar@Acme.example")); err != nil {
					t.Fatalf("ask %d: %v", i+1, err)
				}
				if !onlyAsks(before, s.last) || len(s.last.Mails) != 1 || s.last.Mails[0].To != email("omar@acme.example") {
					t.Fatalf("ask %d came to %+v", i+1, s.last)
				}
				if s.flow.Identifier != identifier("Omar@Acme.example") || s.flow.ResetsLeft() != linking.Resends-i {
					t.Fatalf("ask %d left %q and %d more", i+1, s.flow.Identifier.Typed(), s.flow.ResetsLeft())
				}
				if err := s.apply(s.reset("omar@acme.example")); i < linking.Resends && (fault.KeyOf(err) != "resend.wait" || fault.AfterOf(err) != linking.ResendPause) {
					t.Fatalf("at once again: %v", err)
				}
				s.now = s.now.Add(linking.ResendPause)
			}
			if err := s.apply(s.reset("omar@acme.example")); fault.KeyOf(err) != "resend.used_up" {
				t.Errorf("the fifth: %v", err)
			}
		})
	}
}

// TestResetAsksNobody: for each of these reasons the product is not asked; what the person is told differs only where every
// address is told it.
func TestResetAsksNobody(t *testing.T) {
	bend := map[string]struct {
		state   linking.State
		bend    func(e *linking.ResetAsked)
		mails   int
		counted int
		problem string
	}{
		"a product that cannot":              {linking.AwaitPassword, func(e *linking.ResetAsked) { e.Able = false }, 0, 1, ""},
		"an address of an account":           {linking.AwaitPassword, func(e *linking.ResetAsked) { e.Owned = true }, 0, 1, ""},
		"an address of an account, at S7":    {linking.AwaitLink, func(e *linking.ResetAsked) { e.Owned = true }, 1, 1, ""},
		"a product that does not answer":     {linking.AwaitLink, func(e *linking.ResetAsked) { e.Down = true }, 0, 0, "connector.down"},
		"an unknown address, for comparison": {linking.AwaitPassword, func(*linking.ResetAsked) {}, 1, 1, ""},
	}
	for name, c := range bend {
		t.Run(name, func(t *testing.T) {
			s := at(c.state)
			e := s.reset("omar@acme.example").(linking.ResetAsked)
			c.bend(&e)
			if err := s.apply(e); err != nil {
				t.Fatal(err)
			}
			if len(s.last.Mails) != c.mails || s.flow.Resets != c.counted || s.last.Problem != c.problem {
				t.Errorf("mails %d, counted %d, %q; want %d, %d, %q", len(s.last.Mails), s.flow.Resets, s.last.Problem, c.mails, c.counted, c.problem)
			}
			if s.flow.Identifier != identifier("omar@acme.example") {
				t.Error("the address has to be typed again")
			}
		})
	}
	s := at(linking.AwaitLink)
	if err := s.apply(linking.ResetAsked{Act: s.dice.act(firstTab), Identifier: identifier("dpark"), Able: true}); fault.KeyOf(err) != "email.malformed" {
		t.Errorf("a username: %v", err)
	}
}

// help is a product's store for the people who ask it for reset mails, in memory.
type help struct {
	down    bool
	records []connector.Record
	pings   int
	finds   int
	asked   []string
}

func (h *help) Connector(ident.ConnectorName) (connector.Connector, error) { return h, nil }

func (h *help) Close() error { return nil }

func (h *help) Ping(context.Context) error {
	h.pings++
	if h.down {
		return fault.New(fault.Unavailable, "connector.down")
	}
	return nil
}

func (h *help) Find(_ context.Context, q connector.Query) ([]connector.Record, error) {
	h.finds++
	if h.down {
		return nil, fault.New(fault.Unavailable, "connector.down")
	}
	if q.By != connector.ByEmail {
		return nil, errors.New("asked by something else than the address")
	}
	return slices.Collect(func(yield func(connector.Record) bool) {
		for _, r := range h.records {
			if r.Email.Key() == q.Value && !yield(r) {
				return
			}
		}
	}), nil
}

func (h *help) RequestReset(_ context.Context, id ident.Identifier) error {
	h.asked = append(h.asked, id.Key())
	return nil
}

// desk is the shelf with one flow on it, and what is stored of the product's users.
type desk struct {
	*shelf
	flow    linking.Flow
	owners  map[string]ident.AccountID
	links   map[ident.ExternalID]account.LinkState
	commits []linking.Outcome
}

func (d *desk) Conversation(context.Context, ident.FlowID) (linking.Conversation, error) {
	return linking.Conversation{Flow: d.flow, Setting: d.setting}, nil
}

func (d *desk) AddressOwner(_ context.Context, e ident.Email) (ident.AccountID, error) {
	return d.owners[e.Key()], nil
}

func (d *desk) ProductAccount(_ context.Context, _ ident.TenantID, _ ident.ProductID, id ident.ExternalID, _ ident.Generation) (linking.ProductAccountFacts, error) {
	state, ok := d.links[id]
	if !ok {
		return linking.ProductAccountFacts{}, nil
	}
	return linking.ProductAccountFacts{Stored: &account.ProductAccount{ExternalID: id}, Link: &account.Link{State: state}}, nil
}

func (d *desk) Commit(_ context.Context, o linking.Outcome) error {
	d.commits = append(d.commits, o)
	d.flow = o.Flow
	d.flow.Version++
	return nil
}

type rolls struct{ lots }

func (rolls) Secret() string               { return "secret" }
func (rolls) SessionSecret(string) string  { return "secret" }
func (rolls) Hash(p, secret string) string { return p + ":" + secret }

func atDesk(state linking.State) (*desk, *help, *linking.Service, *time.Time) {
	now := start
	d := &desk{shelf: &shelf{setting: *setting("acme", "pim"), tallies: map[string]linking.Tally{}}, flow: at(state).flow,
		owners: map[string]ident.AccountID{}, links: map[ident.ExternalID]account.LinkState{}}
	h := &help{}
	return d, h, &linking.Service{Store: d, Tallies: d, Connectors: h, Dice: rolls{}, Now: func() time.Time { return now }}, &now
}

var asking = linking.Step{Flow: "fl-1", Browser: firstTab, Network: "192.0.2.0/24"}

// TestResetAnswersTheSame (ATK-30, ATK-69): an address that the product knows, one that it does not, one that is linked and
// one that an account has get the same answer, by the same work, and the product hears of none of them before it.
func TestResetAnswersTheSame(t *testing.T) {
	for _, state := range []linking.State{linking.AwaitPassword, linking.AwaitLink} {
		type trace struct {
			result       linking.Result
			commits      int
			pings, finds int
			tallies      int
		}
		seen := map[string]trace{}
		for name, address := range map[string]string{"known": "vera@acme.example", "unknown": "nobody@acme.example",
			"linked": "dana@acme.example", "account": "owner@acme.example"} {
			d, h, service, _ := atDesk(state)
			h.records = []connector.Record{{ExternalID: "7", Email: email("vera@acme.example")}, {ExternalID: "8", Email: email("dana@acme.example")}}
			d.links["8"] = account.LinkActive
			d.owners["owner@acme.example"] = "ac-owner"
			result, err := service.AskProductReset(t.Context(), asking, address)
			if err != nil {
				t.Fatal(err)
			}
			if len(h.asked) > 0 {
				t.Fatalf("%s: the product was asked before the answer", name)
			}
			result.Flow.Identifier = ident.Identifier{}
			seen[name] = trace{result, len(d.commits), h.pings, h.finds, len(d.tallies)}
		}
		for name, got := range seen {
			if got.commits != 1 || got.finds != 0 || got.result.Problem != "" || got.result.Flow.Resets != 1 {
				t.Errorf("%s, %s: %+v", state, name, got)
			}
			if got.pings != seen["unknown"].pings || got.tallies != seen["unknown"].tallies {
				t.Errorf("%s, %s: other work than for an unknown address: %+v", state, name, got)
			}
		}
	}
}

// TestResetsOfOneAddress (ATK-30): three an hour for one address, in however many flows; an alias of the mailbox is the same
// address, and another address is another.
func TestResetsOfOneAddress(t *testing.T) {
	d, _, service, now := atDesk(linking.AwaitLink)
	fresh := d.flow
	ask := func(address string) error {
		d.flow = fresh
		d.flow.Deadline = now.Add(time.Hour)
		_, err := service.AskProductReset(t.Context(), asking, address)
		return err
	}
	for i, address := range []string{"vera@acme.example", "Vera@ACME.example", "vera+x@acme.example"} {
		if err := ask(address); err != nil {
			t.Fatalf("ask %d: %v", i+1, err)
		}
		*now = now.Add(time.Minute)
	}
	if err := ask("vera@acme.example"); fault.KeyOf(err) != "resets.wait" || fault.AfterOf(err) != 57*time.Minute {
		t.Errorf("the fourth in an hour: %v, wait %v", err, fault.AfterOf(err))
	}
	if left, err := service.ResetsLeft(t.Context(), linking.Flow{Tenant: "acme", Product: "pim", Identifier: identifier("vera@acme.example"), Resets: 1}); left != 0 || err != nil {
		t.Errorf("the page would offer %d more (%v)", left, err)
	}
	if err := ask("omar@acme.example"); err != nil {
		t.Errorf("another address: %v", err)
	}
	*now = now.Add(57 * time.Minute)
	if err := ask("vera@acme.example"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// TestResetsOfOneNetworkWait: a network that asks for address after address has to wait in between.
func TestResetsOfOneNetworkWait(t *testing.T) {
	d, h, service, _ := atDesk(linking.AwaitLink)
	fresh := d.flow
	ask := func(address string) error {
		d.flow = fresh
		_, err := service.AskProductReset(t.Context(), asking, address)
		return err
	}
	for i := range linking.NetworkResets().Free {
		if err := ask(strings.Repeat("x", i+1) + "@acme.example"); err != nil {
			t.Fatalf("ask %d: %v", i+1, err)
		}
	}
	pings := h.pings
	if err := ask("one-more@acme.example"); fault.KeyOf(err) != "resets.wait" || fault.AfterOf(err) != 15*time.Second {
		t.Errorf("one more: %v after %v", err, fault.AfterOf(err))
	}
	if h.pings != pings {
		t.Error("the product was reached for although the network has to wait")
	}
}

// TestResetOfAProductThatIsDown: whoever waits for that product alone is told, whatever the address, and nothing is counted;
// on the sign-in page nobody is told, and the product is asked later.
func TestResetOfAProductThatIsDown(t *testing.T) {
	d, h, service, _ := atDesk(linking.AwaitLink)
	h.down = true
	result, err := service.AskProductReset(t.Context(), asking, "vera@acme.example")
	if err != nil || result.Problem != "connector.down" || result.Flow.Resets != 0 || result.Flow.Identifier != identifier("vera@acme.example") {
		t.Errorf("S8: %+v %v", result, err)
	}
	for key := range d.tallies {
		if strings.HasPrefix(key, "resets:") {
			t.Error("the address was counted")
		}
	}
	d, h, service, _ = atDesk(linking.AwaitPassword)
	h.down = true
	result, err = service.AskProductReset(t.Context(), asking, "vera@acme.example")
	if err != nil || result.Problem != "" || len(d.commits) != 1 || len(d.commits[0].Mails) != 1 {
		t.Errorf("S11: %+v %v", result, err)
	}
}

// TestSendReset: the product is asked for whoever is not linked, known or not; for a linked product account it is asked
// nothing, and its reader is told instead.
func TestSendReset(t *testing.T) {
	d, h, service, _ := atDesk(linking.AwaitLink)
	h.records = []connector.Record{
		{ExternalID: "1", Email: email("never@acme.example")}, {ExternalID: "2", Email: email("pending@acme.example")},
		{ExternalID: "3", Email: email("suspended@acme.example")}, {ExternalID: "4", Email: email("ended@acme.example")},
		{ExternalID: "5", Email: email("linked@acme.example")},
	}
	d.links = map[ident.ExternalID]account.LinkState{"2": account.LinkPending, "3": account.LinkSuspended, "4": account.LinkEnded, "5": account.LinkActive}
	values := map[string]string{"tenant_id": "acme", "product_id": "pim", "product": "Akeneo PIM"}
	before := maps.Clone(values)
	for _, address := range []string{"never", "pending", "suspended", "ended", "linked", "unknown"} {
		h.asked = nil
		left, asked, err := service.SendReset(t.Context(), email(address+"@acme.example"), values)
		if err != nil {
			t.Fatal(err)
		}
		if want := address != "linked"; asked != want || (len(h.asked) == 1) != want {
			t.Errorf("%s: asked %v %v", address, asked, h.asked)
		}
		if len(left) != 1 || left["product"] != "Akeneo PIM" {
			t.Errorf("%s: left %v for the mail", address, left)
		}
	}
	if !maps.Equal(values, before) {
		t.Error("the stored values were changed")
	}
	h.down = true
	if _, _, err := service.SendReset(t.Context(), email("never@acme.example"), values); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a product that is down: %v, want one more try", err)
	}
}

// onlyChecks is a product that cannot send mails.
type onlyChecks struct{}

func (onlyChecks) Connector(ident.ConnectorName) (connector.Connector, error) {
	return onlyChecks{}, nil
}
func (onlyChecks) Close() error               { return nil }
func (onlyChecks) Ping(context.Context) error { return nil }

// TestResetWay: what a page offers is what the product can do, and its own page is the nearest that was declared.
func TestResetWay(t *testing.T) {
	_, _, service, _ := atDesk(linking.AwaitLink)
	declared := *setting("acme", "pim")
	declared.Product.ResetPause = 24 * time.Hour
	declared.Instance = directory.Instance{HomeURL: "https://pim.example/"}
	if way := service.ResetWay(declared); !way.Able || way.Pause != 24*time.Hour {
		t.Errorf("%+v", way)
	}
	service.Connectors = onlyChecks{}
	for _, url := range []string{"https://pim.example/", "https://pim.example/login", "https://pim.example/forgot"} {
		switch {
		case strings.HasSuffix(url, "login"):
			declared.Instance.LoginURL = url
		case strings.HasSuffix(url, "forgot"):
			declared.Instance.ResetURL = url
		}
		if way := service.ResetWay(declared); way.Able || way.URL != url {
			t.Errorf("%+v, want %s", way, url)
		}
	}
	if _, err := service.AskProductReset(t.Context(), asking, "vera@acme.example"); fault.KeyOf(err) != "reset.elsewhere" {
		t.Errorf("asked all the same: %v", err)
	}
}
