package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// running is a server that somebody else has started.
type running struct {
	issuer, client, secretFile, redirectURI, email, passwordFile, scope string
	pid                                                                 int
}

func (r *running) flags(set *flag.FlagSet) {
	set.StringVar(&r.issuer, "issuer", "", "drive the server with this issuer, instead of starting one")
	set.StringVar(&r.client, "client", "", "with --issuer: the client, whose secret is sent by client_secret_basic")
	set.StringVar(&r.secretFile, "secret-file", "", "with --issuer: the file with its secret")
	set.StringVar(&r.redirectURI, "redirect-uri", "", "with --issuer: where it is answered; nothing is asked there")
	set.StringVar(&r.email, "email", "", "with --issuer: the address of somebody with an account that is linked to the client's product")
	set.StringVar(&r.passwordFile, "password-file", "", "with --issuer: the file with the password")
	set.StringVar(&r.scope, "scope", "", "with --issuer: what the client may ask for by itself; without it, client credentials are left out")
	set.IntVar(&r.pid, "pid", 0, "with --issuer: the server's process, if it is on this machine")
}

// drive measures it. One person signs in, so a server that slows down a network's or a person's attempts is measured with that.
func (o options) drive(talk io.Writer) ([]report, error) {
	secret, err := firstLine(o.running.secretFile)
	if err != nil {
		return nil, err
	}
	typed, err := firstLine(o.running.passwordFile)
	if err != nil {
		return nil, err
	}
	t, err := discover(o.running.issuer, o.running.client, secret, o.running.redirectURI)
	if err != nil {
		return nil, err
	}
	t.people, t.scope = []person{{o.running.email, typed}}, o.running.scope
	m := measured{target: t, meter: meter{server: o.running.pid}, opts: o, out: talk}
	r := report{Database: o.running.issuer, Workers: o.workers}
	r.Figures, err = m.all()
	if err == nil && o.crowd > 0 {
		found := m.overload(o.crowd, o.duration)
		r.Overload = &found
	}
	return []report{r}, err
}

func firstLine(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("a file that --issuer needs: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}
