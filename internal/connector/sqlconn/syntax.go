package sqlconn

import "strings"

// syntax is what differs in the ways databases read a statement.
type syntax struct {
	// backslash says that a backslash in quoted text takes the next character along, and that # begins a comment.
	backslash bool
	// escapes says that a backslash does so in text that is written E'…', and nested that comments may hold comments.
	escapes, nested bool
}

// skip gives the end of quoted text, a comment or a cast that begins at i; i when there is none, -1 when it does not end.
func (s syntax) skip(text string, i int) int {
	rest := text[i:]
	ends := func(start int, mark string) int {
		n := strings.Index(rest[start:], mark)
		if n < 0 {
			return -1
		}
		return i + start + n + len(mark)
	}
	switch {
	case rest[0] == '\'' || rest[0] == '"' || rest[0] == '`':
		if s.backslash && rest[0] != '`' {
			return endOfEscaped(text, i)
		}
		if s.escapes && rest[0] == '\'' && escaping(text[:i]) {
			return endOfEscaped(text, i)
		}
		return ends(1, rest[:1]) // a doubled quote is two quoted texts side by side
	case strings.HasPrefix(rest, "::"):
		return i + 2
	case strings.HasPrefix(rest, "/*") && s.nested:
		return endOfNested(text, i)
	case strings.HasPrefix(rest, "/*"):
		return ends(2, "*/")
	case strings.HasPrefix(rest, "--"), s.backslash && rest[0] == '#':
		if end := ends(1, "\n"); end > 0 {
			return end
		}
		return len(text)
	}
	return i
}

// endOfEscaped is the end of text that begins with a quote at i, in which a backslash takes the next character along.
func endOfEscaped(text string, i int) int {
	for n := i + 1; n < len(text); n++ {
		switch text[n] {
		case '\\':
			n++
		case text[i]:
			return n + 1
		}
	}
	return -1
}

// escaping reports that what comes before a quote is the E of E'…', and not the end of a name.
func escaping(before string) bool {
	n := len(before)
	return n > 0 && (before[n-1] == 'E' || before[n-1] == 'e') && (n == 1 || !isNameByte(before[n-2]) && before[n-2] < 0x80)
}

// endOfNested is the end of a comment that begins at i, in which others may begin and end.
func endOfNested(text string, i int) int {
	depth := 0
	for n := i; n+1 < len(text); n++ {
		switch text[n : n+2] {
		case "/*":
			depth++
			n++
		case "*/":
			depth--
			n++
			if depth == 0 {
				return n + 1
			}
		}
	}
	return -1
}
