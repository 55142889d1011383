package config

import (
	"slices"
	"strings"
)

// nearest is the known word that was probably meant; empty when none is near. Case, hyphens and underscores do not
// count, so that the spelling of other configuration formats is recognised.
func nearest(word string, known []string) string {
	best, least := "", 0
	plain := fold(word)
	if len(plain) > 64 {
		return ""
	}
	for _, candidate := range known {
		d := distance(plain, fold(candidate))
		if d > max(1, len(fold(candidate))/3) {
			continue
		}
		if best == "" || d < least {
			best, least = candidate, d
		}
	}
	return best
}

func fold(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

// distance counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), in bytes.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// choose is the fix for a word that is not among the known ones.
func choose(word string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	if near := nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "use " + anyOf(known)
}

// anyOf joins words as "a, b or c"; of a long list it names the first twenty.
func anyOf(words []string) string {
	if len(words) > 20 {
		words = append(slices.Clone(words[:20]), "another one")
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// sorted sorts words in place, so that what is said about them is always the same.
func sorted(words []string) []string {
	slices.Sort(words)
	return words
}
