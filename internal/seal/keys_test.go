package seal_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/seal"
)

func key(version uint8) seal.Key {
	secret := bytes.Repeat([]byte{version}, seal.KeySize)
	secret[0] = 0xA5
	return seal.Key{Version: version, Secret: secret}
}

func keys(t testing.TB, current uint8, older ...uint8) *seal.Keys {
	t.Helper()
	var rest []seal.Key
	for _, version := range older {
		rest = append(rest, key(version))
	}
	k, err := seal.NewKeys(seeded(), key(current), rest...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedColumnsOpenInTheirPlaceOnly(t *testing.T) {
	k := keys(t, 1)
	sealed := k.Seal("flow", "typed", "flow_a", []byte("julia"))
	if plain, err := k.Open("flow", "typed", "flow_a", sealed); err != nil || string(plain) != "julia" {
		t.Fatalf("%q, %v", plain, err)
	}
	if bytes.Contains(sealed, []byte("julia")) || bytes.Equal(sealed, k.Seal("flow", "typed", "flow_a", []byte("julia"))) {
		t.Error("sealing shows or repeats")
	}
	for name, place := range map[string][3]string{
		"another row": {"flow", "typed", "flow_b"}, "another column": {"flow", "typed2", "flow_a"}, "another table": {"flows", "typed", "flow_a"},
		"shifted": {"flowtyped", "", "flow_a"}, "shifted on": {"flow", "typedflow_a", ""},
	} {
		if plain, err := k.Open(place[0], place[1], place[2], sealed); err == nil || plain != nil {
			t.Errorf("%s opens it", name)
		}
	}
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		if _, err := k.Open("flow", "typed", "flow_a", damaged); !fault.Is(err, fault.Internal) || fault.KeyOf(err) != "seal.open" {
			t.Errorf("damaged at %d: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := k.Open("flow", "typed", "flow_a", sealed[:n]); err == nil {
			t.Errorf("%d bytes open", n)
		}
	}
	if empty, err := k.Open("a", "b", "c", k.Seal("a", "b", "c", nil)); err != nil || len(empty) != 0 {
		t.Errorf("nothing comes back as %q, %v", empty, err)
	}
}

func TestKeysRotate(t *testing.T) {
	before, after, gone := keys(t, 1), keys(t, 2, 1), keys(t, 2)
	sealed := before.Seal("t", "c", "r", []byte("x"))
	code := before.HashCode(seal.ForMailCode, "flow_a", "K7Q4MD2X")
	step := before.StepToken("flow_a", "await_email", 3, "browser_a")
	if plain, err := after.Open("t", "c", "r", sealed); err != nil || string(plain) != "x" || after.Current(sealed) || !before.Current(sealed) {
		t.Errorf("%q, %v after rotation", plain, err)
	}
	if !after.SameCode(seal.ForMailCode, "flow_a", "K7Q4MD2X", code) {
		t.Error("a code does not survive rotation")
	}
	if _, ok := after.CheckStepToken(step, "flow_a", "await_email", 3, "browser_a"); !ok {
		t.Error("a step token does not survive rotation")
	}
	if _, err := gone.Open("t", "c", "r", sealed); err == nil || gone.SameCode(seal.ForMailCode, "flow_a", "K7Q4MD2X", code) {
		t.Error("a key that is gone opens")
	}
	if !after.Current(after.Seal("t", "c", "r", nil)) || bytes.Equal(before.Derive("x"), after.Derive("x")) || bytes.Equal(after.Derive("x"), after.Derive("y")) {
		t.Error("the current key does not make")
	}
}

func TestKeysAreChecked(t *testing.T) {
	for name, test := range map[string]struct {
		current seal.Key
		older   []seal.Key
		want    string
	}{
		"short":         {seal.Key{Version: 1, Secret: make([]byte, 31)}, nil, "seal.key_length"},
		"long":          {seal.Key{Version: 1, Secret: make([]byte, 33)}, nil, "seal.key_length"},
		"none":          {seal.Key{Version: 1}, nil, "seal.key_length"},
		"zeros":         {seal.Key{Version: 1, Secret: make([]byte, 32)}, nil, "seal.key_weak"},
		"one letter":    {seal.Key{Version: 1, Secret: bytes.Repeat([]byte("a"), 32)}, nil, "seal.key_weak"},
		"no version":    {seal.Key{Secret: key(1).Secret}, nil, "seal.key_version"},
		"version twice": {key(1), []seal.Key{key(1)}, "seal.key_version"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := seal.NewKeys(seeded(), test.current, test.older...); !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestCodesAreBoundAndKeyed(t *testing.T) {
	k := keys(t, 1)
	stored := k.HashCode(seal.ForMailCode, "flow_a", "K7Q4MD2X")
	for name, same := range map[string]bool{
		"another code":    k.SameCode(seal.ForMailCode, "flow_a", "K7Q4MD2Y", stored),
		"another flow":    k.SameCode(seal.ForMailCode, "flow_b", "K7Q4MD2X", stored),
		"another purpose": k.SameCode(seal.ForUndoToken, "flow_a", "K7Q4MD2X", stored),
		"shifted":         k.SameCode(seal.ForMailCode, "flow_aK", "7Q4MD2X", stored),
		"another key":     keys(t, 2).SameCode(seal.ForMailCode, "flow_a", "K7Q4MD2X", stored),
		"what is stored":  k.SameCode(seal.ForMailCode, "flow_a", stored, stored),
	} {
		if same {
			t.Errorf("%s is accepted", name)
		}
	}
	if !k.SameCode(seal.ForMailCode, "flow_a", "K7Q4MD2X", stored) || stored == seal.HashSecret(seal.ForMailCode, "K7Q4MD2X") {
		t.Error("the code itself is refused, or its hash has no key")
	}
	if k.HashText("mailbox", "a") == k.HashText("network", "a") || k.HashText("mailbox", "a") == k.HashText("mailbox", "b") {
		t.Error("texts share a hash")
	}
}

func TestStepTokens(t *testing.T) {
	k := keys(t, 1)
	token := k.StepToken("flow_a", "await_email", 3, "browser_a")
	nonce, ok := k.CheckStepToken(token, "flow_a", "await_email", 3, "browser_a")
	if !ok || nonce == "" || !strings.HasPrefix(token, nonce[:20]) {
		t.Fatalf("%q, %v", nonce, ok)
	}
	if other, _ := k.CheckStepToken(k.StepToken("flow_a", "await_email", 3, "browser_a"), "flow_a", "await_email", 3, "browser_a"); other == nonce {
		t.Error("two tokens share a nonce")
	}
	refuse := func(name, forged, flow, state string, generation int64, browser string) {
		t.Helper()
		if nonce, ok := k.CheckStepToken(forged, flow, state, generation, browser); ok || nonce != "" {
			t.Errorf("%s is accepted", name)
		}
	}
	refuse("another flow", token, "flow_b", "await_email", 3, "browser_a")
	refuse("another state", token, "flow_a", "await_password", 3, "browser_a")
	refuse("another generation", token, "flow_a", "await_email", 4, "browser_a")
	refuse("another browser", token, "flow_a", "await_email", 3, "browser_b")
	refuse("shifted", token, "flow_aawait_email", "", 3, "browser_a")
	refuse("empty", "", "flow_a", "await_email", 3, "browser_a")
	refuse("longer", token+"A", "flow_a", "await_email", 3, "browser_a")
	for i := range token {
		changed := []byte(token)
		if changed[i] = 'A'; token[i] == 'A' {
			changed[i] = 'B'
		}
		refuse(fmt.Sprintf("changed at %d", i), string(changed), "flow_a", "await_email", 3, "browser_a")
		refuse(fmt.Sprintf("cut at %d", i), token[:i], "flow_a", "await_email", 3, "browser_a")
	}
}

func TestKeysDoNotPrintThemselves(t *testing.T) {
	k := keys(t, 7)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, k); got != "seal.Keys(1)" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func BenchmarkHashSecret(b *testing.B) {
	secret := seeded().NewSecret()
	for b.Loop() {
		seal.HashSecret(seal.ForSession, secret)
	}
}

func BenchmarkSealAndOpen(b *testing.B) {
	k := keys(b, 1)
	for b.Loop() {
		if _, err := k.Open("t", "c", "r", k.Seal("t", "c", "r", []byte("julia@example.com"))); err != nil {
			b.Fatal(err)
		}
	}
}
