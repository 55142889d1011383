package seal_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"ligature/internal/seal"
)

// seeded is a Dice that repeats, for tests.
func seeded() *seal.Dice { return seal.NewDice(rand.NewChaCha8([32]byte{1, 2, 3})) }

func TestShapes(t *testing.T) {
	for name, test := range map[string]struct {
		make  func(d *seal.Dice) string
		shape string
	}{
		"id":     {func(d *seal.Dice) string { return d.NewID("flow") }, `^flow_[a-z2-7]{26}$`},
		"secret": {(*seal.Dice).NewSecret, `^[A-Za-z0-9_-]{43}$`},
		"code":   {(*seal.Dice).NewCode, `^[2-9ABCDEFGHJKMNPQRSTUVWXYZ]{8}$`},
		"ref":    {(*seal.Dice).NewRef, `^[2-9ABCDEFGHJKMNPQRSTUVWXYZ]{3}-[2-9ABCDEFGHJKMNPQRSTUVWXYZ]{3}$`},
	} {
		t.Run(name, func(t *testing.T) {
			system, one, two, seen := seal.NewDice(nil), seeded(), seeded(), map[string]bool{}
			for range 500 {
				got := test.make(system)
				if !regexp.MustCompile(test.shape).MatchString(got) || seen[got] {
					t.Fatalf("%q has another shape or comes again", got)
				}
				seen[got] = true
				if a, b := test.make(one), test.make(two); a != b {
					t.Fatalf("the same source gave %q and %q", a, b)
				}
			}
		})
	}
}

func TestTheCodeAlphabet(t *testing.T) {
	if len(seal.CodeAlphabet) != 31 || strings.ContainsAny(seal.CodeAlphabet, "01OIL") {
		t.Errorf("the alphabet is %s", seal.CodeAlphabet)
	}
}

// TestCodesAreUnbiased is a chi-squared test over 31 symbols: 30 degrees of freedom, 59.7 at one in a thousand. The source
// repeats, so the test always gives the same result.
func TestCodesAreUnbiased(t *testing.T) {
	dice, counts := seeded(), map[rune]int{}
	const codes = 20_000
	for range codes {
		for _, r := range dice.NewCode() {
			counts[r]++
		}
	}
	want, chi := float64(codes*seal.CodeLength)/31, 0.0
	for _, r := range seal.CodeAlphabet {
		d := float64(counts[r]) - want
		chi += d * d / want
	}
	if chi > 59.7 || len(counts) != 31 {
		t.Errorf("chi-squared is %.1f over %d symbols", chi, len(counts))
	}
}

func TestDiceIsSafeForConcurrentUse(t *testing.T) {
	dice, group, seen := seeded(), sync.WaitGroup{}, sync.Map{}
	for range 8 {
		group.Go(func() {
			for range 200 {
				if _, again := seen.LoadOrStore(dice.NewSecret(), true); again {
					t.Error("a secret came again")
				}
			}
		})
	}
	group.Wait()
}

func TestASourceThatEndsStopsEverything(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("something was made of nothing")
		}
	}()
	seal.NewDice(bytes.NewReader(make([]byte, 7))).NewSecret()
}

func TestFoldCode(t *testing.T) {
	for typed, want := range map[string]string{
		"K7Q4MD2X": "K7Q4MD2X", "k7q4md2x": "K7Q4MD2X", " k7q4-md2x ": "K7Q4MD2X", "K7Q4 MD2X": "K7Q4MD2X",
		"": "", "K7Q4MD2": "", "K7Q4MD2XX": "", "K7Q4MD20": "", "K7Q4MDIL": "", "K7Q4MD2ſ": "", "K7Q4MD2\x00": "", strings.Repeat(" ", 100): "", "Ｋ7Q4MD2X": "",
	} {
		if got, ok := seal.FoldCode(typed); (ok && got != want) || ok != (want != "") {
			t.Errorf("%q folds to %q, %v", typed, got, ok)
		}
	}
}
