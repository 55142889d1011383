package op_test

import (
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/op"
)

// TestKeyLife: a key is published before it signs, exactly one signs at any time, and the old one is believed for the overlap.
func TestKeyLife(t *testing.T) {
	first := op.SigningKey{ID: "a", Alg: "ES256", Turn: 1, CreatedAt: noon}
	other := op.SigningKey{ID: "r", Alg: "RS256", Turn: 7, CreatedAt: noon}
	r, err := op.Rotate([]op.SigningKey{first, other}, "ES256", false, noon)
	if err != nil || r.Turn != 2 || !r.ActiveAt.Equal(noon.Add(op.KeyAheadTTL)) || !r.DropAt.IsZero() {
		t.Fatalf("%+v %v", r, err)
	}
	second := op.SigningKey{ID: "b", Alg: "ES256", Turn: 2, CreatedAt: noon, ActiveAt: r.ActiveAt}
	all := []op.SigningKey{second, first, other}
	for _, test := range []struct {
		at            time.Time
		first, second op.KeyState
	}{
		{noon, op.KeySigns, op.KeyNext},
		{r.ActiveAt.Add(-1), op.KeySigns, op.KeyNext},
		{r.ActiveAt, op.KeyPublished, op.KeySigns},
		{r.ActiveAt.Add(op.KeyOverlapTTL - 1), op.KeyPublished, op.KeySigns},
		{r.ActiveAt.Add(op.KeyOverlapTTL), op.KeyDropped, op.KeySigns},
	} {
		if a, b := op.StateOf(first, all, test.at), op.StateOf(second, all, test.at); a != test.first || b != test.second {
			t.Errorf("at %v: %s, %s", test.at, a, b)
		}
		if state := op.StateOf(other, all, test.at); state != op.KeySigns {
			t.Errorf("the other algorithm's %s", state)
		}
	}
	if _, err := op.Rotate(all, "ES256", false, noon); !fault.Is(err, fault.Moved) {
		t.Error("two next keys:", err)
	}
	leaked, err := op.Rotate(all, "ES256", true, noon)
	if err != nil || leaked.Turn != 3 || !leaked.DropAt.Equal(leaked.ActiveAt) || leaked.ActiveAt.Sub(noon) != op.KeySoonTTL {
		t.Errorf("%+v %v", leaked, err)
	}
	first.DropAt = leaked.DropAt
	if state := op.StateOf(first, all, leaked.DropAt); state != op.KeyDropped {
		t.Error("a leaked key is", state)
	}
}
