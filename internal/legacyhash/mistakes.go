package legacyhash

import (
	"errors"
	"strings"

	"ligature/internal/fault"
)

// Mistakes tells everything that is wrong with what the operator wrote, by key, and what to do about it. It repeats no
// secret.
func (s Spec) Mistakes(report func(key, problem, fix string)) {
	_, known := s.scheme()
	auto := s.Format == Auto || s.Format == ""
	if !auto && !known {
		report("format", "is no format that can be checked", "remove it, and each hash says by itself what it is")
	}
	switch {
	case s.Iterations < 0 || s.Iterations > s.Limits.filled().DigestRounds:
		report("iterations", "is not from 1 to 100000", "remove it for the format's own number")
	case s.Iterations > 0 && known && s.Format != SymfonySHA512:
		report("iterations", "does not go with format "+string(s.Format)+", which stores its own", "remove it")
	}
	s.patternMistakes(report)
	s.firebaseMistakes(report)
}

func (s Spec) patternMistakes(report func(key, problem, fix string)) {
	peppered := s.Format == Bcrypt
	switch {
	case s.Format != Pattern && s.Pattern != "":
		report("pattern", "counts only beside format: pattern", "write format: pattern, or remove it")
	case s.Format == Pattern && s.Pattern == "":
		report("pattern", "is missing", "add pattern: md5($salt.$password), or whatever the product does")
	case s.Format == Pattern:
		read, err := readPattern(s.Pattern)
		if err != nil {
			report("pattern", "is not understood: "+err.Error(), "write something like sha1($salt.$password)")
			return
		}
		if peppered = read.uses["pepper"]; peppered && len(s.Pepper) == 0 {
			report("pattern", "uses $pepper, and there is none", "add pepper_file or pepper_env")
		}
	}
	if len(s.Pepper) > 0 && !peppered {
		report("pepper", "goes only with format: bcrypt, and with a pattern that has $pepper", "write one of them, or remove it")
	}
	if len(s.Pepper) > 512 {
		report("pepper", "is longer than 512 bytes", "name the file that holds the pepper alone")
	}
}

func (s Spec) firebaseMistakes(report func(key, problem, fix string)) {
	f := s.Firebase
	if s.Format != FirebaseScrypt {
		if f.set() {
			report("firebase", "counts only beside format: firebase-scrypt", "write that format, or remove it")
		}
		return
	}
	if signer, err := anyBase64(string(f.SignerKey)); len(f.SignerKey) == 0 {
		report("firebase.signer_key", "is missing", "add signer_key_file or signer_key_env: base64_signer_key of the project")
	} else if err != nil || len(signer) < 16 || len(signer) > 256 {
		report("firebase.signer_key", "what is named here is not 16 to 256 bytes in Base64", "copy base64_signer_key of the project into it")
	}
	if separator, err := anyBase64(f.SaltSeparator); err != nil || len(separator) > 64 {
		report("firebase.salt_separator", "is not Base64", "copy base64_salt_separator of the project")
	}
	if f.rounds() < 1 || f.rounds() > 64 {
		report("firebase.rounds", "is not from 1 to 64", "copy rounds of the project")
	}
	if f.memoryCost() < 1 || f.memoryCost() > 17 {
		report("firebase.mem_cost", "is not from 1 to 17", "copy mem_cost of the project")
	}
}

// Known is the first of Mistakes: fault.Invalid "legacyhash.format", or the name of another key.
func (s Spec) Known() error {
	var first error
	s.Mistakes(func(key, problem, _ string) {
		if first == nil {
			key, _, _ = strings.Cut(key, ".")
			first = fault.Wrap(fault.Invalid, "legacyhash."+key, errors.New(problem))
		}
	})
	return first
}
