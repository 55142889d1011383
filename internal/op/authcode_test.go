package op_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"ligature/internal/op"
)

func packable() op.Grant {
	return op.Grant{ID: "gr_1", Request: "ar_1", Client: "pim", Tenant: "acme", Instance: "acme-pim", Account: "ac_1", ProductAccount: "pa_1",
		Session: "se_1", Scope: []string{"openid", "email"}, AuthAt: noon, ACR: op.ACRAccount, AMR: []string{"pwd"}, CreatedAt: noon.Add(time.Microsecond),
		Offline: true, RedirectURI: callback, Nonce: "n ü\x00", CodeChallenge: challenge, CodeDeadline: noon.Add(time.Minute), Link: "li_1", LinkVersion: 7}
}

// A code gives back the grant that was put into it, with whatever is empty.
func TestGrantComesBackFromItsCode(t *testing.T) {
	for _, g := range []op.Grant{packable(), {Client: "pim"}} {
		got, err := op.UnpackGrant(g.Pack(), "pim")
		if err != nil || !reflect.DeepEqual(got, g) {
			t.Errorf("got %+v (%v), want %+v", got, err, g)
		}
	}
}

func TestCutGrantIsRefused(t *testing.T) {
	packed := packable().Pack()
	for n := range packed {
		if _, err := op.UnpackGrant(packed[:n], "pim"); outcome(err) != "grant.packed" {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	other := slices.Clone(packed)
	other[0]++
	for _, bad := range [][]byte{append(slices.Clone(packed), 0), other, make([]byte, 25<<10)} {
		if _, err := op.UnpackGrant(bad, "pim"); outcome(err) != "grant.packed" {
			t.Errorf("%.8x: %v", bad, err)
		}
	}
}

// Whatever is in a code, reading it neither panics nor gives a grant that packs into something else.
func FuzzUnpackGrant(f *testing.F) {
	f.Add(packable().Pack())
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, packed []byte) {
		g, err := op.UnpackGrant(packed, "pim")
		if err != nil {
			return
		}
		again, err := op.UnpackGrant(g.Pack(), "pim")
		if err != nil || !reflect.DeepEqual(again, g) {
			t.Errorf("%+v became %+v (%v)", g, again, err)
		}
	})
}
