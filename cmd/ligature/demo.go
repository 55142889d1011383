package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"ligature/internal/demo"
	"ligature/internal/fault"
)

// demoCmd runs the demo world until it is interrupted.
type demoCmd struct {
	Port          int    `help:"Port that everything is served on; 0 takes a free one." default:"8080"`
	SeparatePorts bool   `help:"Give every part a 127.0.0.1 URL with a port of its own, for tools that do not resolve *.localhost."`
	Data          string `help:"Folder that keeps the data; without it the data is gone when the demo ends." type:"path"`
	PIMDSN        string `name:"pim-dsn" help:"Ask this database about the PIM's users, instead of the stand-in's own: mysql://…, with the PIM's tables. With a password in it, set LIGATURE_PIM_DSN instead." placeholder:"DSN" env:"LIGATURE_PIM_DSN"`
	JSON          bool   `name:"json" help:"Print one JSON object when everything is ready."`
	NoDirectory   bool   `help:"Leave out the third product, whose people are in an LDAP directory. It is there where OpenLDAP's slapd is installed."`
	Verbose       bool   `short:"v" help:"Log every request to standard error."`
}

// Run implements the verb.
func (d *demoCmd) Run(ctx context.Context, c console) error {
	log := slog.New(slog.DiscardHandler)
	if d.Verbose {
		log = slog.New(slog.NewTextHandler(c.err, nil))
	}
	options := demo.Options{Port: d.Port, SeparatePorts: d.SeparatePorts, Dir: d.Data, Log: log, PIMStore: d.PIMDSN}
	if !d.NoDirectory {
		options.Directory = demo.DirectoryProgram()
	}
	world, err := demo.Open(ctx, options)
	if strings.HasPrefix(fault.KeyOf(err), "sqlconn.") {
		return unusable(ctx, "of --pim-dsn", err)
	}
	if err != nil {
		return trouble{"the demo did not start", firstUpper(err.Error()) + ".", demoAdvice(d.Port)}
	}
	if err := d.announce(c, world.Ready()); err != nil {
		return err
	}
	failed := world.Wait(ctx)
	if err := world.Close(); err != nil && failed == nil {
		failed = err
	}
	return failed
}

func demoAdvice(port int) string {
	if port == 0 {
		return "Try again with --verbose to see which part failed."
	}
	return fmt.Sprintf("If port %d is taken, choose another: ligature demo --port %d", port, port+1)
}

// announce says where everything is.
func (d *demoCmd) announce(c console, ready demo.Ready) error {
	if d.JSON {
		return c.json(ready)
	}
	third := ""
	switch {
	case len(ready.Products) > 2:
		third = fmt.Sprintf("\n  %-22s  %s", ready.Products[2].Name, ready.Products[2].URL)
	case !d.NoDirectory:
		third = "\n  A third product, on an LDAP directory, needs OpenLDAP's slapd: apt-get install slapd"
	}
	who, what := "dana@acme.example; passwords are on the tour page.", "is made up and stays on this machine"
	if d.PIMDSN != "" {
		who, what = "one of your own users, with that user's password.", "stays on this machine, and your database is only read"
	}
	_, err := fmt.Fprintf(c.out, `
  Tour                    %s
  Akeneo PIM              %s
  Supplier Data Manager   %s%s
  Inbox                   %s

  First sign-in: open Akeneo PIM as %s
  Everything %s. Ctrl-C ends it.
`, ready.Tour, ready.Products[0].URL, ready.Products[1].URL, third, ready.Inbox, who, what)
	return err
}
