package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"ligature/internal/fault"
	"ligature/internal/legacyhash"
)

// hashCmd holds the verbs about password hashes of products.
type hashCmd struct {
	Identify hashIdentifyCmd `cmd:"" help:"Say what a stored password hash is, and whether it can be checked."`
	Verify   hashVerifyCmd   `cmd:"" help:"Check a password against a stored hash."`
}

// errRefused is a hash that is not known, or not checked. Why was printed already.
var errRefused = errors.New("refused")

// hashFlags are what a configuration says below hash:.
type hashFlags struct {
	Format        string `help:"How the product stores passwords, as below hash: of a connector." default:"auto" placeholder:"FORMAT"`
	Salt          string `help:"The product's separate salt, where it has one." placeholder:"TEXT"`
	Iterations    int    `help:"Rounds that the hash does not tell." placeholder:"N"`
	Pattern       string `help:"What the product does, for the format pattern." placeholder:"PATTERN"`
	PepperFile    string `help:"The file that holds the product's pepper." placeholder:"FILE"`
	SignerKeyFile string `help:"Firebase: the file that holds base64_signer_key." placeholder:"FILE"`
	SaltSeparator string `help:"Firebase: base64_salt_separator." placeholder:"TEXT"`
	Rounds        int    `help:"Firebase: rounds." placeholder:"N"`
	MemCost       int    `help:"Firebase: mem_cost." placeholder:"N"`
	JSON          bool   `name:"json" help:"Read one JSON object a line, and print one for each."`
}

// spec reads the files, and says what does not fit together.
func (f hashFlags) spec() (legacyhash.Spec, error) {
	pepper, err := secretFile(f.PepperFile)
	if err != nil {
		return legacyhash.Spec{}, err
	}
	signer, err := secretFile(f.SignerKeyFile)
	if err != nil {
		return legacyhash.Spec{}, err
	}
	return legacyhash.Spec{Format: legacyhash.Format(f.Format), Iterations: f.Iterations, Pattern: f.Pattern, Pepper: pepper,
		Firebase: legacyhash.Firebase{SignerKey: signer, SaltSeparator: f.SaltSeparator, Rounds: f.Rounds, MemoryCost: f.MemCost}}, nil
}

// secretFile reads a file without its last line break; nothing when there is no name.
func secretFile(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, refusal("a secret cannot be read", firstUpper(err.Error())+".", "Name a file that this user may read.")
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, 64<<10))
	if err != nil {
		return nil, refusal("a secret cannot be read", firstUpper(err.Error())+".", "Name a file that this user may read.")
	}
	return []byte(strings.TrimRight(string(text), "\r\n")), nil
}

// refusal is a trouble that ends with exitRefused.
func refusal(what, why, fix string) error {
	return fmt.Errorf("%w%w", errRefused, trouble{what, why, fix})
}

// question is a line of JSON that is read, answer one that is printed.
type (
	question struct {
		Hash     string `json:"hash"`
		Salt     string `json:"salt"`
		Password string `json:"password"`
		Format   string `json:"format"`
	}
	answer struct {
		Result string `json:"result"`
		Format string `json:"format,omitempty"`
		Weak   bool   `json:"weak"`
		Cost   string `json:"cost,omitempty"`
		// Reason is why a hash was refused: "unknown", "malformed", "too_costly", "input", or a key of the configuration.
		Reason string `json:"reason,omitempty"`
		status int
	}
)

// notChecked is the answer to what is not checked.
func notChecked(reason string) answer {
	return answer{Result: "refused", Reason: reason, status: exitRefused}
}

// read says what the hash is; the answer is a refusal when it cannot be checked.
func (q question) read(spec legacyhash.Spec) (legacyhash.Spec, answer) {
	if q.Format != "" {
		spec.Format = legacyhash.Format(q.Format)
	}
	var mistake string
	spec.Mistakes(func(key, _, _ string) {
		if mistake == "" {
			mistake = key
		}
	})
	if mistake != "" {
		return spec, notChecked(mistake)
	}
	if q.Hash == "" {
		return spec, notChecked("input")
	}
	reading, err := spec.Read(q.Hash, q.Salt)
	if err != nil {
		no := notChecked(strings.TrimPrefix(fault.KeyOf(err), "legacyhash."))
		if format, ok := legacyhash.Identify(q.Hash); ok {
			no.Format = string(format)
		}
		return spec, no
	}
	return spec, answer{Result: "known", Format: string(reading.Format), Weak: reading.Weak, Cost: reading.Cost}
}

// verify checks the password too.
func (q question) verify(ctx context.Context, spec legacyhash.Spec) (answer, error) {
	spec, said := q.read(spec)
	if said.status != exitOK {
		return said, nil
	}
	ok, err := spec.Check(ctx, q.Hash, q.Salt, q.Password)
	switch {
	case ctx.Err() != nil:
		return answer{}, ctx.Err()
	case err != nil:
		return notChecked(strings.TrimPrefix(fault.KeyOf(err), "legacyhash.")), nil
	case ok:
		said.Result = "match"
	default:
		said.Result, said.status = "no_match", exitFailed
	}
	return said, nil
}

// longestLine is the most that one line of standard input may hold.
const longestLine = 64 << 10

// lines gives standard input line by line, without line breaks.
func (c console) lines() *bufio.Scanner {
	scanner := bufio.NewScanner(c.in)
	scanner.Buffer(nil, longestLine)
	return scanner
}

// each answers every line of JSON. The worst answer is the exit code: refused, then no match.
func (c console) each(ask func(question) (answer, error)) error {
	worst, scanner := exitOK, c.lines()
	for scanner.Scan() {
		if strings.TrimSpace(scanner.Text()) == "" {
			continue
		}
		var q question
		said := notChecked("input")
		decoder := json.NewDecoder(strings.NewReader(scanner.Text()))
		decoder.DisallowUnknownFields()
		if decoder.Decode(&q) == nil && !decoder.More() {
			var err error
			if said, err = ask(q); err != nil {
				return err
			}
		}
		if err := c.json(said); err != nil {
			return err
		}
		worst = max(worst, said.status)
	}
	if scanner.Err() != nil {
		return refusal("standard input cannot be read", "A line is longer than 64 KiB.", "Send one JSON object a line.")
	}
	return status(worst)
}

// status is the error of an exit code whose reasons were printed.
func status(exit int) error {
	switch exit {
	case exitOK:
		return nil
	case exitFailed:
		return errQuiet
	}
	return errRefused
}
