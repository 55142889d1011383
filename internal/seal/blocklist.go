package seal

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed common.txt
var commonPasswords string

// MinPasswordRunes is the shortest new password by default, in code points. There are no rules of composition (NIST
// SP 800-63B-4 §3.1.1.2).
const MinPasswordRunes = 12

// Blocklist refuses new passwords that guessers try first. It never changes and is safe for concurrent use.
type Blocklist struct {
	minimum int
	names   []string
	rows    string
}

// NewBlocklist reads the common passwords. minimum is in code points, 0 for the default; names are words of this
// deployment, like the names of the account, the company and the products.
func NewBlocklist(minimum int, names ...string) *Blocklist {
	if minimum <= 0 {
		minimum = MinPasswordRunes
	}
	return &Blocklist{minimum: minimum, rows: bothWays(keyboardRows), names: contextWords(names)}
}

// commonLines are where the lines of the list begin. A map of the words would take a megabyte for ever.
var commonLines = sync.OnceValue(func() []uint32 {
	begin, lines := 0, make([]uint32, 0, strings.Count(commonPasswords, "\n"))
	for line := range strings.Lines(commonPasswords) {
		lines = append(lines, uint32(begin))
		begin += len(line)
	}
	return lines
})

// common reports whether the word is a line of the list, whose lines are sorted by their bytes.
func common(word string) bool {
	lines := commonLines()
	_, found := slices.BinarySearchFunc(lines, word, func(begin uint32, word string) int {
		line, _, _ := strings.Cut(commonPasswords[begin:], "\n")
		return strings.Compare(line, word)
	})
	return found && word[0] != '#'
}

// Minimum is the shortest password in code points.
func (b *Blocklist) Minimum() int { return b.minimum }

// Weakness says why a new password is refused: "password.too_short", "password.too_long", "password.blank" or
// "password.common"; empty when it is not. words are what is known of the person and the place: username, name, address,
// tenant. A password is common when it is little more than one or two common words, names, runs or repetitions.
func (b *Blocklist) Weakness(password string, words ...string) (reason string) {
	if len(password) > MaxPasswordBytes {
		return "password.too_long"
	}
	password = norm.NFC.String(password)
	if strings.TrimSpace(password) == "" && password != "" {
		return "password.blank"
	}
	if utf8.RuneCountInString(password) < b.minimum {
		return "password.too_short"
	}
	lower := []rune(strings.ToLower(norm.NFKC.String(password)))
	if block := period(lower); len(block) < len(lower) && len(block) < b.minimum {
		return "password.common"
	}
	if len(lower) > 72 {
		return "" // more than 72 letters without a period are beyond any list
	}
	known := map[string]struct{}{}
	for _, word := range append(contextWords(words), b.names...) {
		known[word] = struct{}{}
	}
	if b.guessWork(lower, known) <= guessable {
		return "password.common"
	}
	return ""
}

// The price of each piece that a guesser would put together. Two words, or one with a year and a sign, are guessable.
const (
	wordPrice  = 2
	runPrice   = 1
	digitPrice = 1
	signPrice  = 2
	guessable  = 5
)

// guessWork is the lowest price of putting text together from known pieces.
func (b *Blocklist) guessWork(text []rune, known map[string]struct{}) int {
	best := make([]int, len(text)+1)
	for i := range text {
		best[i+1] = best[i] + signPrice
		for start := range i {
			piece := text[start : i+1]
			if price, ok := b.price(piece, known); ok {
				best[i+1] = min(best[i+1], best[start]+price)
			}
		}
		if unicode.IsDigit(text[i]) {
			best[i+1] = min(best[i+1], best[i]+digitPrice)
		}
	}
	return best[len(text)]
}

// price is what a piece of at least two letters costs when it is a known one.
func (b *Blocklist) price(piece []rune, known map[string]struct{}) (int, bool) {
	switch {
	case len(piece) < 2:
		return 0, false
	case sameRunes(piece):
		return min(len(piece), wordPrice), true
	case len(piece) <= 4 && allDigits(piece):
		return digitPrice, true
	case len(piece) < 3 || len(piece) > 40:
		return 0, false
	}
	word := string(piece)
	if strings.Contains(b.rows, word) && !strings.Contains(word, " ") {
		return runPrice, true
	}
	if _, ok := known[word]; ok || common(word) {
		return wordPrice, true
	}
	if plain := string(plainLetters(piece)); plain != word {
		if _, ok := known[plain]; ok || common(plain) {
			return wordPrice, true
		}
	}
	return 0, false
}

// contextWords splits names and addresses into the words of at least three letters that a guesser would try.
func contextWords(texts []string) []string {
	var words []string
	for _, text := range texts {
		lower := strings.ToLower(norm.NFKC.String(text))
		pieces := strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, piece := range append(pieces, lower, strings.Join(pieces, "")) {
			if utf8.RuneCountInString(piece) >= 3 {
				words = append(words, piece)
			}
		}
	}
	return words
}

// period is the shortest block that the text repeats, the whole text when there is none.
func period(text []rune) []rune {
	for size := 1; size <= len(text)/2; size++ {
		repeats := true
		for i := size; i < len(text) && repeats; i++ {
			repeats = text[i] == text[i-size]
		}
		if repeats {
			return text[:size]
		}
	}
	return text
}

// plainLetters undoes the usual replacements of letters by look-alikes.
func plainLetters(text []rune) []rune {
	out := make([]rune, len(text))
	for i, r := range text {
		switch r {
		case '@', '4':
			r = 'a'
		case '0':
			r = 'o'
		case '1', '!', '|':
			r = 'i'
		case '3', '€':
			r = 'e'
		case '$', '5':
			r = 's'
		case '7', '+':
			r = 't'
		}
		out[i] = r
	}
	return out
}

func sameRunes(piece []rune) bool {
	for _, r := range piece {
		if r != piece[0] {
			return false
		}
	}
	return true
}

func allDigits(piece []rune) bool {
	for _, r := range piece {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// keyboardRows are the runs that guessers try: the alphabet, the digits and the rows of keyboards.
const keyboardRows = "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm azertyuiop qsdfghjklm wxcvbn qwertzuiop yxcvbnm"

// bothWays is the rows and, after a space, the rows backwards.
func bothWays(rows string) string {
	backward := []rune(rows)
	slices.Reverse(backward)
	return rows + " " + string(backward)
}
