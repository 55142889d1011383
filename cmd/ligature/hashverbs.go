package main

import (
	"context"
	"fmt"

	"ligature/internal/legacyhash"
)

// hashIdentifyCmd says what hashes are.
type hashIdentifyCmd struct {
	hashFlags
}

// Help implements kong.HelpProvider.
func (hashIdentifyCmd) Help() string {
	return `  ligature hash identify < hashes.txt

Each line of standard input is a hash as the product stores it; each line of the answer is its format, what a guess costs, and weak where that is next to nothing. No password is needed, and no work is done. The exit code is 2 when one of them is not known, or asks for more work than is allowed.

With --json each line is {"hash": …}, and may have "salt" and "format". The answer has "result", which is known or refused, "format", "weak", "cost", and the "reason" of a refusal.`
}

// Run implements the verb.
func (h *hashIdentifyCmd) Run(c console) error {
	spec, err := h.spec()
	if err != nil {
		return err
	}
	if h.JSON {
		return c.each(func(q question) (answer, error) {
			if q.Salt == "" {
				q.Salt = h.Salt
			}
			_, said := q.read(spec)
			return said, nil
		})
	}
	worst, scanner := exitOK, c.lines()
	for scanner.Scan() {
		if scanner.Text() == "" {
			continue
		}
		_, said := question{Hash: scanner.Text(), Salt: h.Salt}.read(spec)
		if _, err := fmt.Fprintln(c.out, said.line()); err != nil {
			return err
		}
		worst = max(worst, said.status)
	}
	if scanner.Err() != nil {
		return refusal("standard input cannot be read", "A line is longer than 64 KiB.", "Send one hash a line.")
	}
	return status(worst)
}

// line is an answer for people.
func (a answer) line() string {
	text := a.Result
	switch {
	case a.Result == "known":
		text = a.Format
	case a.Result == "no_match":
		text = "no match"
	case a.status == exitRefused:
		text += ": " + a.Reason
		if a.Format != "" {
			text += ", " + a.Format
		}
	}
	if a.Result == "known" && a.Cost != "" {
		text += ", " + a.Cost
	}
	if a.Weak {
		text += ", weak"
	}
	return text
}

// hashVerifyCmd checks passwords.
type hashVerifyCmd struct {
	hashFlags
}

// Help implements kong.HelpProvider.
func (hashVerifyCmd) Help() string {
	return `  ligature hash verify < hash-and-password.txt

Standard input has two lines: the hash as the product stores it, and the password. The answer is match, match with weak behind it, or no match; the exit code is 0 for a match, 1 for none, and 2 when the hash is not known or not checked.

With --json each line is {"hash": …, "password": …}, and may have "salt" and "format". Each is answered by a line with "result", which is match, no_match or refused, "format", "weak", "cost", and the "reason" of a refusal. The exit code is that of the worst.`
}

// Run implements the verb.
func (h *hashVerifyCmd) Run(ctx context.Context, c console) error {
	spec, err := h.spec()
	if err != nil {
		return err
	}
	if h.JSON {
		return c.each(func(q question) (answer, error) {
			if q.Salt == "" {
				q.Salt = h.Salt
			}
			return q.verify(ctx, spec)
		})
	}
	var given []string
	scanner := c.lines()
	for scanner.Scan() {
		given = append(given, scanner.Text())
	}
	if scanner.Err() != nil || len(given) != 2 {
		return refusal("nothing was checked", "Standard input has to have two lines, the hash and the password.", "Put both into a file, and the file behind <.")
	}
	said, err := question{Hash: given[0], Salt: h.Salt, Password: given[1]}.verify(ctx, spec)
	if err != nil {
		return err
	}
	if said.status == exitRefused {
		return h.explain(spec, said)
	}
	if _, err := fmt.Fprintln(c.out, said.line()); err != nil {
		return err
	}
	return status(said.status)
}

// explain says why nothing was checked.
func (h *hashVerifyCmd) explain(spec legacyhash.Spec, said answer) error {
	const what = "nothing was checked"
	switch said.Reason {
	case "unknown":
		return refusal(what, "The hash does not say what it is.", "Name its --format; docs/connectors/hashes.md has them all.")
	case "malformed":
		return refusal(what, "The hash does not have the format.", "See that it was copied whole, and that --format and --salt are right.")
	case "too_costly":
		return refusal(what, "The hash asks for more work than is allowed.", "Look at who wrote it.")
	case "password", "input":
		return refusal(what, "A line is empty, or the password longer than 1024 bytes.", "Send the hash and the password, a line each.")
	}
	var mistake error
	spec.Mistakes(func(key, problem, fix string) {
		if mistake == nil {
			mistake = refusal(what, "What hash."+key+" is in a configuration "+problem+".", firstUpper(fix)+".")
		}
	})
	return mistake
}
