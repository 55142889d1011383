package seal_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"ligature/internal/seal"
)

func TestWeakness(t *testing.T) {
	list := seal.NewBlocklist(0, "Akeneo Product Cloud", "Akeneo PIM", "Ligature")
	for password, want := range map[string]string{
		"":                                       "password.too_short",
		"short":                                  "password.too_short",
		"elevenchars":                            "password.too_short",
		"🎨🎨🎨":                                    "password.too_short",
		"           x":                           "password.common",
		"             ":                          "password.blank",
		strings.Repeat("x", 1025):                "password.too_long",
		"password1234":                           "password.common",
		"Password123!":                           "password.common",
		"P@ssw0rd1234":                           "password.common",
		"passwordpassword":                       "password.common",
		"passwordpasswordpassword":               "password.common",
		"123456789012":                           "password.common",
		"qwertyuiop12":                           "password.common",
		"azertyuiop12":                           "password.common",
		"abcdefghijkl":                           "password.common",
		"lkjihgfedcba":                           "password.common",
		"aaaaaaaaaaaa":                           "password.common",
		"abcabcabcabc":                           "password.common",
		"summerwinter":                           "password.common",
		"Summer2026!!":                           "password.common",
		"akeneo2026!!":                           "password.common",
		"AkeneoPIM2026":                          "password.common",
		"ligature1234":                           "password.common",
		"Julia.Stark1":                           "password.common",
		"juliastark2026":                         "password.common",
		"julia@example.com":                      "password.common",
		"correct horse battery staple":           "",
		"paint the fence 42":                     "",
		"Grüße, Привет 🎨":                        "",
		"zahlreiche Ziegen":                      "",
		"t4$Kq9!vWz2p":                           "",
		"my dog julia eats akeneo pies":          "",
		strings.Repeat("otter canoe ", 10) + "x": "",
	} {
		if got := list.Weakness(password, "julia.stark", "julia@example.com", "Julia Stark"); got != want {
			t.Errorf("%.40q: %q, want %q", password, got, want)
		}
	}
	if got := seal.NewBlocklist(8).Weakness("t4$Kq9!v"); got != "" || seal.NewBlocklist(8).Minimum() != 8 {
		t.Errorf("eight letters where eight are enough: %q", got)
	}
}

// TestEveryLineIsFound holds that the list is sorted and searched to both of its ends, and that its remarks are none of it.
func TestEveryLineIsFound(t *testing.T) {
	text, err := os.ReadFile("common.txt")
	if err != nil {
		t.Fatal(err)
	}
	list, words := seal.NewBlocklist(1), 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line[0] == '#' {
			continue
		}
		words++
		if got := list.Weakness(line); got != "password.common" {
			t.Errorf("%q: %q", line, got)
		}
	}
	if words < 7000 {
		t.Errorf("%d words", words)
	}
	for _, word := range []string{"zzzzyqvk", "!kvq", "monkez-wrx", "dragom-wrx"} {
		if got := list.Weakness(word); got != "" {
			t.Errorf("%q: %q", word, got)
		}
	}
}

// TestWeaknessIsQuick holds for the longest input and many words, because it runs before any limit on work.
func TestWeaknessIsQuick(t *testing.T) {
	list := seal.NewBlocklist(0)
	for _, password := range []string{strings.Repeat("a", 1024), strings.Repeat("ab1", 24), strings.Repeat("é", 512), strings.Repeat("password", 9), strings.Repeat("qwertyuiop", 7)} {
		started := time.Now()
		list.Weakness(password, strings.Repeat("word ", 200))
		if took := time.Since(started); took > 200*time.Millisecond {
			t.Errorf("%.10q took %v", password, took)
		}
	}
}

func BenchmarkWeakness(b *testing.B) {
	list := seal.NewBlocklist(0, "Akeneo")
	for b.Loop() {
		list.Weakness("correct horse battery staple", "julia", "julia@example.com")
	}
}

func BenchmarkNewBlocklist(b *testing.B) {
	for b.Loop() {
		seal.NewBlocklist(0)
	}
}
