package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

func email(t *testing.T, text string) ident.Email {
	t.Helper()
	e, err := ident.ParseEmail(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEffectiveIsTheMoreCarefulOne(t *testing.T) {
	off, pilot, on := directory.RolloutOff, directory.RolloutPilot, directory.RolloutOn
	for _, test := range []struct{ tenant, instance, want directory.Rollout }{
		{on, on, on}, {on, pilot, pilot}, {on, off, off}, {pilot, on, pilot}, {pilot, pilot, pilot}, {pilot, off, off},
		{off, on, off}, {off, pilot, off}, {off, off, off},
		{on, "", on}, {pilot, "", pilot}, {"", on, off}, {"", "", off}, {"else", on, off}, {on, "else", off}, {pilot, "else", off},
	} {
		if got := directory.Effective(test.tenant, test.instance); got != test.want {
			t.Errorf("tenant %q, instance %q: %q, want %q", test.tenant, test.instance, got, test.want)
		}
	}
}

func TestPilotNames(t *testing.T) {
	dana := directory.Who{ExternalID: "42", Username: "D.Park", Email: email(t, "dana@acme.example")}
	for name, want := range map[string]bool{
		"dana@acme.example": true, "DANA@ACME.EXAMPLE": true, " d.park ": true, "Ｄ.ＰＡＲＫ": true, "id:42": true,
		"id:4": false, "42": false, "park": false, "dana@acme.example.org": false, "dpark": false,
	} {
		parsed, err := ident.PersonKey(name)
		if err != nil {
			t.Fatal(name, err)
		}
		pilot := directory.Pilot{People: []string{"somebody else", parsed}}
		if got := pilot.Admits("acme", "pim", dana); got != want {
			t.Errorf("%q names Dana: %v", name, got)
		}
	}
	for _, bad := range []string{"", " ", "id:", "id:a\nb", "dana@", "a\x00b", strings.Repeat("x", 300), "id:" + strings.Repeat("x", 300)} {
		if _, err := ident.PersonKey(bad); !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != "person.malformed" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	// A product's username that looks like somebody's mailbox does not stand for that mailbox (ATK-64).
	clash := directory.Who{ExternalID: "7", Username: "dana@acme.example", Email: email(t, "m@acme.example")}
	if (directory.Pilot{People: []string{"dana@acme.example"}}).Admits("acme", "pim", clash) {
		t.Error("a username was taken for an address")
	}
	if (directory.Pilot{People: []string{""}, Percent: 100}).Admits("acme", "pim", directory.Who{}) {
		t.Error("nobody takes part")
	}
}

// TestGrowingKeepsEverybody: whoever takes part at a percentage does at every larger one, and 0 and 100 are nobody and all.
func TestGrowingKeepsEverybody(t *testing.T) {
	inside := make([]int, 101)
	for i := range 2000 {
		who := directory.Who{ExternalID: ident.ExternalID(fmt.Sprint(i))}
		was := false
		for percent := range 101 {
			is := directory.Pilot{Percent: percent}.Admits("acme", "pim", who)
			if was && !is {
				t.Fatalf("user %d was thrown out at %d %%", i, percent)
			}
			if is {
				inside[percent]++
			}
			was = is
		}
	}
	for _, percent := range []int{0, 10, 50, 100} {
		if share := inside[percent] * 100 / 2000; share < percent-3 || share > percent+3 {
			t.Errorf("%d %% let %d %% in", percent, share)
		}
	}
	if inside[0] != 0 || inside[100] != 2000 {
		t.Errorf("0 %% let %d in, 100 %% %d of 2000", inside[0], inside[100])
	}
}

// TestBucketsNeverMove: a release that filled the buckets anew would throw people out. They differ between tenants and
// between products, and the parts of a name cannot run into each other.
func TestBucketsNeverMove(t *testing.T) {
	first := func(tenant ident.TenantID, product ident.ProductID, id ident.ExternalID) int {
		for percent := range 101 {
			if (directory.Pilot{Percent: percent}).Admits(tenant, product, directory.Who{ExternalID: id}) {
				return percent - 1
			}
		}
		return -1
	}
	for _, test := range []struct {
		tenant  ident.TenantID
		product ident.ProductID
		id      ident.ExternalID
		want    int
	}{{"acme", "pim", "42", 47}, {"globex", "pim", "42", 6}, {"acme", "sdm", "42", 10}, {"acme", "pim4", "2", 90}} {
		if got := first(test.tenant, test.product, test.id); got != test.want {
			t.Errorf("%s/%s/%s is in bucket %d, want %d", test.tenant, test.product, test.id, got, test.want)
		}
	}
}

// TestBothPilotsCount: where tenant and product are in a pilot, somebody has to belong to both; a switch that is on asks
// nobody, and one that is off lets nobody through.
func TestBothPilotsCount(t *testing.T) {
	dana := directory.Who{ExternalID: "42", Username: "dana"}
	yes, no := directory.Pilot{People: []string{"dana"}}, directory.Pilot{People: []string{"omar"}}
	for name, test := range map[string]struct {
		tenant, instance directory.Rollout
		own, its         directory.Pilot
		want             bool
	}{
		"both on":                      {"on", "on", no, no, true},
		"in the tenant's":              {"pilot", "on", yes, no, true},
		"not in the tenant's":          {"pilot", "on", no, yes, false},
		"in the product's":             {"on", "pilot", no, yes, true},
		"not in the product's":         {"on", "pilot", yes, no, false},
		"in both":                      {"pilot", "pilot", yes, yes, true},
		"in one of two":                {"pilot", "pilot", yes, no, false},
		"in the other of two":          {"pilot", "pilot", no, yes, false},
		"named, and the product off":   {"pilot", "off", yes, yes, false},
		"named, and the tenant off":    {"off", "pilot", yes, yes, false},
		"an instance that is not told": {"pilot", "", yes, no, true},
	} {
		s := directory.Setting{Tenant: directory.Tenant{ID: "acme", Rollout: test.tenant, Pilot: test.own},
			Product:   directory.Product{ID: "pim"},
			Instance:  directory.Instance{Rollout: test.instance, Pilot: test.its},
			Connector: directory.ConnectorSpec{IDStable: true}}
		if got := s.Admits(dana); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestNoShareWithoutIDs: a store that gives no lasting id has no buckets; named people still take part.
func TestNoShareWithoutIDs(t *testing.T) {
	s := directory.Setting{Tenant: directory.Tenant{ID: "acme", Rollout: "pilot", Pilot: directory.Pilot{People: []string{"dana"}, Percent: 100}},
		Product: directory.Product{ID: "pim"}}
	if s.Admits(directory.Who{ExternalID: "login:omar", Username: "omar"}) {
		t.Error("a bucket counted")
	}
	if !s.Admits(directory.Who{ExternalID: "login:dana", Username: "dana"}) {
		t.Error("a name did not count")
	}
}
