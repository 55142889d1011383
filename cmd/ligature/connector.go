package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"ligature/internal/config"
	"ligature/internal/connector/checkup"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/server"
)

// connectorCmd holds the verbs about products' user stores.
type connectorCmd struct {
	Test     connectorTestCmd     `cmd:"" help:"Ask a connector of the configuration everything once, and change nothing."`
	Conform  connectorConformCmd  `cmd:"" help:"Hold an endpoint to the HTTP contract, rule by rule."`
	Contract connectorContractCmd `cmd:"" help:"Print the HTTP contract, in OpenAPI."`
}

// connectorTestCmd examines one connector.
type connectorTestCmd struct {
	configFile
	Name       string `arg:"" help:"The connector's name in the configuration."`
	Identifier string `help:"Look somebody up, by an address or a username." placeholder:"TEXT"`
	JSON       bool   `name:"json" help:"Print one JSON object."`
}

// Help implements kong.HelpProvider.
func (connectorTestCmd) Help() string {
	return `  ligature connector test acme-pim --identifier julia@acme.example

It connects as the server would, and refuses an account that could write. Then it counts the users, where the connector can list them, says how their passwords are kept and which of them cannot be checked, and looks somebody up. No password is tried, no hash and no address is printed, and nothing is written anywhere.

The exit code is 1 when the connector cannot be used, and 2 when it can, but not for everybody: some passwords cannot be checked, two users have one id, or the identifier has no user or several.`
}

// openTTL is how long connecting may take here.
const openTTL = 30 * time.Second

// Run implements the verb.
func (k *connectorTestCmd) Run(ctx context.Context, c console) error {
	var id ident.Identifier
	if k.Identifier != "" {
		var err error
		if id, err = ident.ParseIdentifier(k.Identifier); err != nil {
			return trouble{"the identifier cannot be looked up", "It is neither an address nor a username.", "Write what somebody would type to sign in."}
		}
	}
	read, options, err := k.read(c)
	if err != nil {
		return err
	}
	spec, open, err := named(k.Name, read, options)
	if err != nil {
		return err
	}
	opening, cancel := context.WithTimeout(ctx, openTTL)
	defer cancel()
	live, err := open(opening)
	if err != nil {
		return unusable(ctx, k.Name, err)
	}
	defer func() { _ = live.Close() }()
	seen, done := c.progress()
	report, err := checkup.Run(ctx, live, checkup.Options{Identifier: id, Progress: seen})
	done()
	if err != nil {
		return unusable(ctx, k.Name, err)
	}
	printed := examined{name: k.Name, kind: spec.Kind, Report: report}
	if k.JSON {
		err = c.json(printed.object())
	} else {
		_, err = io.WriteString(c.out, printed.text())
	}
	if err != nil || report.Whole() {
		return err
	}
	fmt.Fprintf(c.err, "%s can be used, but not for everybody.\n", k.Name)
	return status(exitRefused)
}

// named is the connector of that name, and how it is opened.
func named(name string, read *config.Config, options server.Options) (config.Connector, server.OpenConnector, error) {
	for _, spec := range read.Suite.Connectors {
		if string(spec.Name) == name {
			return spec, options.Connectors[spec.Name], nil
		}
	}
	var known []string
	for _, n := range slices.Sorted(maps.Keys(options.Connectors)) {
		known = append(known, string(n))
	}
	return config.Connector{}, nil, trouble{"there is no such connector", "The configuration has " + strings.Join(known, ", ") + ".", "Name one of them."}
}

// unusable says why a connector is of no use, and what to do about that.
func unusable(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if fault.KeyOf(err) == "sqlconn.can_write" {
		_, statements, _ := strings.Cut(err.Error(), "nothing else: ")
		return trouble{"the connector " + name + " is refused, because its account could write",
			"It must be able to read and nothing else. It could do what these statements take away:\n  " + strings.ReplaceAll(statements, "; ", "\n  "),
			"Let the database's administrator run them, and try again."}
	}
	return trouble{"the connector " + name + " cannot be used", why(err), adviceForStore(fault.KeyOf(err))}
}

// adviceForStore says what to do about a store that cannot be asked.
func adviceForStore(key string) string {
	switch {
	case strings.HasSuffix(key, ".unreachable"):
		return "See that it runs, that this machine reaches it, and that the account and its password are right."
	case strings.HasSuffix(key, ".statement"), strings.HasSuffix(key, ".columns"):
		return "Correct the statement in the configuration; docs/connectors/sql.md says what it must give."
	case strings.HasSuffix(key, ".row"), strings.HasSuffix(key, ".list"), key == "checkup.endless":
		return "Run the statement by hand, and correct what it gives."
	case strings.HasSuffix(key, ".query"):
		return "Run the statement by hand as this account, and see what the database says."
	}
	return "See what the product itself has logged at this time."
}

// progress shows on a terminal how many were seen so far, and nothing elsewhere; done clears the line.
func (c console) progress() (seen func(users int), done func()) {
	file, ok := c.err.(*os.File)
	if !ok {
		return nil, func() {}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil, func() {}
	}
	const width = 20
	step := 0
	return func(users int) {
		at := step % width
		step++
		fmt.Fprintf(file, "\r[%s=%s] %s users", strings.Repeat(" ", at), strings.Repeat(" ", width-1-at), thousands(users))
	}, func() { fmt.Fprint(file, "\r\x1b[K") }
}
