package web

import (
	"strings"
	"unicode/utf8"
)

// The brackets around every text of en-XA: what stands outside of them is hard-coded.
const (
	pseudoOpen  = "⟦"
	pseudoClose = "⟧"
)

// accents gives letters that look alike and are not ASCII.
var accents = strings.NewReplacer(
	"a", "å", "b", "ƀ", "c", "ç", "d", "ð", "e", "é", "f", "ƒ", "g", "ĝ", "h", "ĥ", "i", "î", "j", "ĵ", "k", "ķ", "l", "ļ",
	"m", "ɱ", "n", "ñ", "o", "ö", "p", "þ", "q", "ǫ", "r", "ŕ", "s", "š", "t", "ţ", "u", "û", "v", "ṽ", "w", "ŵ", "x", "ẋ",
	"y", "ý", "z", "ž", "A", "Å", "B", "Ɓ", "C", "Ç", "D", "Ð", "E", "É", "F", "Ƒ", "G", "Ĝ", "H", "Ĥ", "I", "Î", "J", "Ĵ",
	"K", "Ķ", "L", "Ļ", "M", "Ṁ", "N", "Ñ", "O", "Ö", "P", "Þ", "Q", "Ǫ", "R", "Ŕ", "S", "Š", "T", "Ţ", "U", "Û", "V", "Ṽ",
	"W", "Ŵ", "X", "Ẋ", "Y", "Ý", "Z", "Ž",
)

// longer is the en-XA form of a text: accented, bracketed, about 40 % longer.
func longer(text string) string {
	padding := strings.Repeat(" ~", (utf8.RuneCountInString(text)*2+9)/10)
	return pseudoOpen + outside(text, accents.Replace) + padding + pseudoClose
}

// mirrored is the ar-XB form of a text: each stretch is shown from right to left.
func mirrored(text string) string {
	return outside(text, func(s string) string {
		if strings.TrimSpace(s) == "" {
			return s
		}
		return "\u202e" + s + "\u202c"
	})
}

// outside changes what is not an argument or a link mark.
func outside(text string, change func(string) string) string {
	parsed, err := sentences{}.Parse(text, "", "")
	if err != nil {
		return text
	}
	var out strings.Builder
	for _, p := range parsed.(sentence) {
		switch p.kind {
		case literal:
			out.WriteString(change(p.text))
		case argument:
			out.WriteString("{" + p.text + "}")
		case opening:
			out.WriteString("[")
		case closing:
			out.WriteString("]")
		}
	}
	return out.String()
}
