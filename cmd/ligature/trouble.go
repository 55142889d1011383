package main

import (
	"errors"
	"fmt"
	"strings"

	"ligature/internal/config"
	"ligature/internal/fault"
)

// trouble is a failure in three lines: what happened, why, and what to do.
type trouble struct{ what, why, fix string }

// Error is the three lines.
func (t trouble) Error() string { return t.what + "\n" + t.why + "\n" + t.fix }

// explain puts a failure of a verb into three lines; what is what the verb was to do.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if told, ok := errors.AsType[trouble](err); ok {
		return told
	}
	return trouble{what, why(err), adviceFor(fault.KeyOf(err))}
}

// why is the cause in a sentence.
func why(err error) string {
	if fault.KeyOf(err) == "seal.open" {
		return "The key does not open what the database holds."
	}
	return firstUpper(err.Error()) + "."
}

// adviceFor says what to do about a failure with that key.
func adviceFor(key string) string {
	switch {
	case key == "store.open" || key == "store.migrate":
		return "See that the database of the configuration is there, that its folder exists, and that this user may use it."
	case key == "store.url":
		return "Correct database.url in the configuration."
	case key == "suite.missing":
		return "Start ligature serve once without --no-suite: it brings the suite into the database."
	case key == "suite.incoherent":
		return "Look for an id that was used before for something else, and for redirect URIs that two instances share."
	case key == "seal.key_weak":
		return "Make another key: openssl rand -base64 32"
	case strings.HasPrefix(key, "seal."):
		return "Use the key that this database was made with."
	}
	return "Run it again with log.level: debug in the configuration to see more."
}

// explainConfig puts a failure to read the configuration into three parts; of mistakes, each with its fix.
func explainConfig(file string, err error) error {
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		return trouble{counted(len(mistakes), "mistake") + " in " + file, mistakes.Error(),
			"Correct them and try again; ligature config check " + file + " changes and starts nothing."}
	}
	cause := err
	if inner := errors.Unwrap(err); inner != nil {
		cause = inner // without our own key in front
	}
	return trouble{"the configuration " + file + " cannot be read", firstUpper(cause.Error()) + ".",
		"Name the file with --config FILE; docs/examples/ligature.yaml is one to begin with."}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func firstUpper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
