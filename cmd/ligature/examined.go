package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"ligature/internal/connector"
	"ligature/internal/connector/checkup"
)

// examined is a connector that was tried.
type examined struct {
	checkup.Report
	name, kind string
}

// numbered is a number with its name.
type numbered struct {
	name string
	n    int
}

// users are the numbers about users, in the order they are shown.
func (e examined) users() []numbered {
	u := e.Users
	return []numbered{{"disabled", u.Disabled}, {"locked", u.Locked}, {"privileged", u.Privileged}, {"shared", u.Shared}, {"weak", u.Weak},
		{"must_reset", u.MustReset}, {"without_email", u.WithoutEmail}, {"same_email", u.SameEmail}, {"same_id", u.SameID}}
}

// able are the names of what it can do.
func able(a connector.Abilities) []string {
	var names []string
	for _, ability := range []struct {
		has  bool
		name string
	}{{a.Find, "find"}, {a.Verify, "verify"}, {a.Reset, "reset"}, {a.List, "list"}} {
		if ability.has {
			names = append(names, ability.name)
		}
	}
	return names
}

// object is the report as JSON.
func (e examined) object() map[string]any {
	result := "ready"
	if !e.Whole() {
		result = "incomplete"
	}
	o := map[string]any{"connector": e.name, "kind": e.kind, "result": result, "abilities": able(e.Abilities), "users": nil, "hashes": nil, "found": nil}
	if e.Counted {
		users := map[string]int{"total": e.Users.Total}
		for _, u := range e.users() {
			users[u.name] = u.n
		}
		o["users"] = users
	}
	if e.KeptOf > 0 {
		hashes := []map[string]any{}
		for _, s := range e.Kept {
			hash := stored(s.Storage)
			hash["users"], hash["share"] = s.Users, float64(s.Users)/float64(e.KeptOf)
			hashes = append(hashes, hash)
		}
		o["hashes"], o["hashes_of"] = hashes, e.KeptOf
	}
	if e.Found != nil {
		matches := []map[string]any{}
		for _, m := range e.Found.Matches {
			match := map[string]any{"id": m.Record.ExternalID, "flags": flags(m.Record.Flags)}
			if m.Kept != nil {
				match["hash"] = stored(*m.Kept)
			}
			matches = append(matches, match)
		}
		o["found"] = map[string]any{"by": e.Found.By, "users": matches}
	}
	return o
}

// stored is how a password is kept, as JSON.
func stored(s connector.Storage) map[string]any {
	hash := map[string]any{"format": s.Format, "weak": s.Weak, "checked": s.Format != ""}
	if s.Cost != "" {
		hash["cost"] = s.Cost
	}
	if s.Refused != "" {
		hash["reason"] = s.Refused
	}
	return hash
}

// flags are the names of those that are set.
func flags(f connector.Flags) []string {
	names := []string{}
	for _, flag := range []struct {
		set  bool
		name string
	}{{f.Disabled, "disabled"}, {f.Locked, "locked"}, {f.Privileged, "privileged"}, {f.Shared, "shared"}, {f.Weak, "weak"}, {f.MustReset, "must_reset"}} {
		if flag.set {
			names = append(names, flag.name)
		}
	}
	return names
}

// text is the report for people.
func (e examined) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "connector\t%s, %s\n", e.name, e.kind)
	if e.kind == "sql" {
		fmt.Fprintf(w, "rights\tit reads, and could not write\n")
	}
	fmt.Fprintf(w, "can\t%s\n", strings.Join(able(e.Abilities), ", "))
	if e.Counted {
		fmt.Fprintf(w, "users\t%s\n", thousands(e.Users.Total))
		for _, u := range e.users() {
			if u.n > 0 {
				fmt.Fprintf(w, "\t%s %s\n", thousands(u.n), strings.ReplaceAll(u.name, "_", " "))
			}
		}
	} else {
		fmt.Fprintf(w, "users\tnot counted: it cannot list them\n")
	}
	if e.KeptOf > 0 {
		fmt.Fprintf(w, "passwords\tof %s users\n", thousands(e.KeptOf))
		for _, s := range e.Kept {
			fmt.Fprintf(w, "\t%5.1f %%  %s\n", 100*float64(s.Users)/float64(e.KeptOf), kept(s.Storage))
		}
	} else if e.kind != "sql" {
		fmt.Fprintf(w, "passwords\tchecked by the product itself\n")
	}
	if e.Found != nil {
		fmt.Fprintf(w, "found\t%s by %s\n", counted(len(e.Found.Matches), "user"), e.Found.By)
		for _, m := range e.Found.Matches {
			line := "id " + string(m.Record.ExternalID)
			if set := flags(m.Record.Flags); len(set) > 0 {
				line += ", " + strings.ReplaceAll(strings.Join(set, ", "), "_", " ")
			}
			if m.Kept != nil {
				line += "; password: " + kept(*m.Kept)
			}
			fmt.Fprintf(w, "\t%s\n", line)
		}
	}
	_ = w.Flush()
	return b.String()
}

// kept says how a password is kept, for people.
func kept(s connector.Storage) string {
	text := s.Format
	switch {
	case s.Refused == "too_costly":
		return "cannot be checked: asks for more work than is allowed"
	case s.Refused == "malformed":
		return "cannot be checked: not of the format that is declared or that it says it has"
	case s.Refused != "":
		return "cannot be checked: its format is not known"
	case s.Format == "":
		return "none"
	}
	if s.Cost != "" {
		text += ", " + s.Cost
	}
	if s.Weak {
		text += ", weak"
	}
	return text
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
