package sqlconn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// statement is an operator's SELECT with the driver's placeholders.
type statement struct {
	text string
	// names of the parameters in the order they are bound.
	names []string
	// kinds of the parameters, in the same order; nil when none was asked for.
	kinds []kind
}

// translate turns :name into the driver's placeholders. The text must be one SELECT, and use every parameter of names and
// no other. Quoted text, quoted names, comments and the :: of casts are left alone.
func translate(text string, d driver, names ...string) (statement, error) {
	text = strings.TrimSpace(text)
	if len(text) < 7 || !strings.EqualFold(text[:6], "SELECT") || !isSpace(text[6]) {
		return statement{}, errors.New("not a SELECT")
	}
	s := statement{}
	var out strings.Builder
	for i := 0; i < len(text); {
		switch end := d.syntax.skip(text, i); {
		case end < 0:
			return statement{}, errors.New("a quote or comment that does not end")
		case end > i && d.syntax.backslash && (strings.HasPrefix(text[i:], "/*!") || strings.HasPrefix(text[i:], "/*M!")):
			return statement{}, errors.New("a comment that the database would run")
		case end > i:
			out.WriteString(text[i:end])
			i = end
		case text[i] == ';':
			return statement{}, errors.New("a semicolon: only one statement, without one")
		case text[i] == '?' || text[i] == '$' || text[i] == 0:
			return statement{}, errors.New("a placeholder of its own: use :name")
		case text[i] == ':' && i+1 < len(text) && isNameByte(text[i+1]):
			name := nameAt(text, i+1)
			if !slices.Contains(names, name) {
				return statement{}, fmt.Errorf("an unknown parameter; known here: :%s", strings.Join(names, ", :"))
			}
			s.names = append(s.names, name)
			out.WriteString(d.placeholder(len(s.names)))
			i += 1 + len(name)
		default:
			out.WriteByte(text[i])
			i++
		}
	}
	for _, name := range names {
		if !slices.Contains(s.names, name) {
			return statement{}, fmt.Errorf("the parameter :%s is not used", name)
		}
	}
	s.text = out.String()
	return s, nil
}

func nameAt(text string, start int) string {
	end := start
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	return text[start:end]
}

func isNameByte(b byte) bool {
	return b == '_' || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9')
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// arguments are the values in the order the statement binds them. A value that is none of what it is compared with fits
// nowhere: there is nobody to find by it, and the database would call it a mistake.
func (s statement) arguments(values map[string]any) (args []any, fits bool) {
	args = make([]any, len(s.names))
	for i, name := range s.names {
		args[i] = values[name]
		text, isText := args[i].(string)
		if !isText || s.kinds == nil {
			continue
		}
		if args[i], fits = s.kinds[i].bound(text); !fits {
			return nil, false
		}
	}
	return args, true
}
