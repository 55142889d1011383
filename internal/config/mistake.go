package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Mistake is one thing to correct in the configuration file.
type Mistake struct {
	// File is the name of the file as it was given.
	File string
	// Line and Column count from 1; the column counts characters.
	Line, Column int
	// Path names the place, as in "suite.products[0].id"; empty for the file as a whole.
	Path string
	// Problem says what is wrong. It never contains a secret.
	Problem string
	// Fix says what to do.
	Fix string
}

// String is the mistake on one line, and its fix indented on a second.
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File + ":" + strconv.Itoa(m.Line) + ":" + strconv.Itoa(m.Column) + ": ")
	if m.Path != "" {
		b.WriteString(m.Path + ": ")
	}
	b.WriteString(m.Problem)
	if m.Fix != "" {
		b.WriteString("\n    fix: " + m.Fix)
	}
	return b.String()
}

// Mistakes are all the mistakes of a file, in the order of their positions. As an error it is never empty.
type Mistakes []Mistake

// Error is every mistake, each as Mistake.String.
func (l Mistakes) Error() string {
	texts := make([]string, len(l))
	for i, m := range l {
		texts[i] = m.String()
	}
	return strings.Join(texts, "\n")
}

// sorted orders by position and drops what says the same twice.
func (l Mistakes) sorted() Mistakes {
	slices.SortStableFunc(l, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
	return slices.Compact(l)
}
