package mail

import (
	"strings"
	"unicode/utf8"
)

// columns is the width of the text part: under the 78 of RFC 5322 §2.1.1, with room for two quote marks.
const columns = 74

// wrap breaks a sentence into lines of at most columns characters. The first line begins with first, the others with
// indent. A word that is longer than a line is cut: only addresses may be longer, and they do not come through here.
func wrap(first, indent, sentence string) string {
	var out strings.Builder
	line := first
	empty := true
	for word := range strings.FieldsSeq(sentence) {
		for {
			room := columns - utf8.RuneCountInString(line)
			if !empty {
				room--
			}
			if utf8.RuneCountInString(word) <= room {
				break
			}
			if empty {
				runes := []rune(word)
				line += string(runes[:room])
				word = string(runes[room:])
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	out.WriteString(strings.TrimRight(line, " "))
	return out.String()
}

// factLines is the table of facts as text: names in one column, values in the next.
func factLines(facts []fact) string {
	width := 0
	for _, f := range facts {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	lines := make([]string, 0, len(facts))
	for _, f := range facts {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(f.Name)+2)
		lines = append(lines, wrap("  "+f.Name+pad, strings.Repeat(" ", width+4), f.Value))
	}
	return strings.Join(lines, "\n")
}
