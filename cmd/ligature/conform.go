package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"ligature/internal/connector/conform"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
)

// connectorConformCmd holds an endpoint to the HTTP contract.
type connectorConformCmd struct {
	URL            string `arg:"" name:"url" help:"The base address of the endpoint, as url of the connector."`
	SecretFile     string `help:"The file that holds the shared secret; without this, the variable CONNECTOR_SECRET does." placeholder:"FILE"`
	Email          string `help:"The address of a user made for this." placeholder:"ADDRESS"`
	Username       string `help:"The username of that user." placeholder:"NAME"`
	PasswordFile   string `help:"The file that holds the user's password on its first line, - is standard input; without this, the variable PROBE_PASSWORD does." placeholder:"FILE"`
	Disabled       string `help:"Another user made for this, who is switched off: address or username. The variable DISABLED_PASSWORD holds the password; without it, it is that of the first user." placeholder:"USER"`
	Locked         string `help:"One who is locked; LOCKED_PASSWORD." placeholder:"USER"`
	MustReset      string `help:"One who must choose a new password; MUST_RESET_PASSWORD." placeholder:"USER"`
	CannotFind     bool   `help:"The product cannot find, as cannot_find of the connector."`
	CannotReset    bool   `help:"Ask for no reset mail, as cannot_reset of the connector."`
	CAFile         string `name:"ca-file" help:"The authorities that sign the endpoint's certificate; without this, the system's." placeholder:"FILE"`
	ClientCertFile string `help:"The certificate to be known by." placeholder:"FILE"`
	ClientKeyFile  string `help:"Its key." placeholder:"FILE"`
	ServerName     string `help:"The name that the endpoint's certificate must have; without this, the host of the URL." placeholder:"NAME"`
	JSON           bool   `name:"json" help:"Print one JSON object."`
}

// Help implements kong.HelpProvider.
func (connectorConformCmd) Help() string {
	return `  ligature connector conform http://127.0.0.1:9100 --email ada@acme.example --password-file password.txt

For the developer of a product: the endpoint is asked all that docs/connectors/http.md promises, with good signatures and bad ones, and each rule is reported. Take a user made for this: the right password is tried, wrong ones are too, never two in a row, and unless --cannot-reset is given the user gets a reset mail. With --disabled, --locked and --must-reset further users are asked about, who have the right password and may not come in: nothing may be linked for them.

The exit code is 0 when every rule is kept, 1 when one is broken, and 2 when the endpoint could not be asked at all.`
}

// Run implements the verb.
func (k *connectorConformCmd) Run(ctx context.Context, c console) error {
	options, err := k.options(c)
	if err != nil {
		return err
	}
	var done func()
	options.Progress, done = c.steps()
	report, err := conform.Run(ctx, options)
	done()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case fault.KeyOf(err) == "conform.probe":
		return refusal("nothing was asked", "There is no user to ask about, or no password.",
			"Name a user made for this with --email or --username, and its password with --password-file or PROBE_PASSWORD.")
	case fault.Is(err, fault.Invalid):
		return refusal("nothing was asked", why(err), k.correction(options))
	case err != nil:
		return refusal("the endpoint could not be asked", why(err), "See that it runs, and that this machine reaches it.")
	}
	if k.JSON {
		err = c.json(report)
	} else {
		_, err = io.WriteString(c.out, conformance(report))
	}
	if err != nil || report.Broken == 0 {
		return err
	}
	return errQuiet
}

// options puts together what is asked, and about whom.
func (k *connectorConformCmd) options(c console) (conform.Options, error) {
	o := conform.Options{Email: k.Email, Username: k.Username, Endpoint: httpconn.Options{URL: k.URL, AllowPrivate: true, CannotFind: k.CannotFind,
		CannotReset: k.CannotReset, ServerName: k.ServerName, Now: time.Now, Rand: rand.Reader}}
	secret, password := c.getenv("CONNECTOR_SECRET"), c.getenv("PROBE_PASSWORD")
	var ca, cert, key string
	for _, from := range []struct {
		name string
		into *string
	}{{k.SecretFile, &secret}, {k.PasswordFile, &password}, {k.CAFile, &ca}, {k.ClientCertFile, &cert}, {k.ClientKeyFile, &key}} {
		if from.name == "" {
			continue
		}
		text, err := c.content(from.name)
		if err != nil {
			return o, refusal("nothing was asked", firstUpper(err.Error())+".", "Name a file that this user may read.")
		}
		*from.into = strings.TrimRight(text, "\r\n")
	}
	password, _, _ = strings.Cut(password, "\n")
	o.Password, o.Endpoint.Secret = strings.TrimSuffix(password, "\r"), []byte(secret)
	state := func(user, variable string) conform.Probe {
		return conform.Probe{Identifier: user, Password: cmp.Or(c.getenv(variable), o.Password)}
	}
	o.Disabled, o.Locked = state(k.Disabled, "DISABLED_PASSWORD"), state(k.Locked, "LOCKED_PASSWORD")
	o.MustReset = state(k.MustReset, "MUST_RESET_PASSWORD")
	o.Endpoint.CA, o.Endpoint.ClientCert, o.Endpoint.ClientKey = []byte(ca), []byte(cert), []byte(key)
	return o, nil
}

// content reads a file, or standard input for -.
func (c console) content(name string) (string, error) {
	from := c.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, 64<<10))
	return string(text), err
}

// correction says what to do about options that are refused.
func (k *connectorConformCmd) correction(o conform.Options) string {
	fix := ""
	o.Endpoint.Check(func(_, _, say string) { fix = cmp.Or(fix, firstUpper(say)+".") })
	if len(o.Endpoint.Secret) == 0 {
		fix = "Name the file of the shared secret with --secret-file, or put it into CONNECTOR_SECRET."
	}
	return cmp.Or(fix, "Correct it and try again.")
}

// conformance is the report for people: what is broken says why.
func conformance(r conform.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%-7s  %-20s  %s\n", f.Result, f.Name, firstUpper(f.Rule)+".")
		if f.Detail != "" {
			fmt.Fprintf(&b, "%-7s  %-20s  → %s\n", "", "", f.Detail)
		}
	}
	fmt.Fprintf(&b, "\n%d held, %d broken, %d noted, %d skipped\n", r.Held, r.Broken, r.Noted, r.Skipped)
	return b.String()
}

// steps shows on a terminal how far a fixed number of steps is, and nothing elsewhere; done clears the line.
func (c console) steps() (step func(at, all int, next string), done func()) {
	file, ok := c.err.(*os.File)
	if !ok {
		return nil, func() {}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil, func() {}
	}
	const width = 20
	return func(at, all int, next string) {
		full := at * width / max(all, 1)
		fmt.Fprintf(file, "\r\x1b[K[%s%s] %d of %d  %s", strings.Repeat("=", full), strings.Repeat(" ", width-full), at, all, next)
	}, func() { fmt.Fprint(file, "\r\x1b[K") }
}
