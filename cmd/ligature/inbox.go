package main

import (
	"context"
	"fmt"

	"ligature/internal/demo"
)

// inboxCmd runs a mailbox until it is interrupted.
type inboxCmd struct {
	SMTP string `name:"smtp" help:"Where mails are taken, on this machine." default:"127.0.0.1:1025" placeholder:"ADDRESS"`
	Web  string `help:"Where they are shown, on this machine." default:"127.0.0.1:8025" placeholder:"ADDRESS"`
	JSON bool   `name:"json" help:"Print one JSON object when it is ready."`
}

// Help implements kong.HelpProvider.
func (inboxCmd) Help() string {
	return `  ligature inbox

For trials: whatever is sent through it is shown and goes nowhere. In the configuration: smtp: {address: "127.0.0.1:1025", tls: none, from: …}. Mails are forgotten when it ends.`
}

// Run implements the verb.
func (i *inboxCmd) Run(ctx context.Context, c console) error {
	box, err := demo.OpenMailbox(i.SMTP, i.Web, nil)
	if err != nil {
		return trouble{"the mailbox did not open", firstUpper(err.Error()) + ".", "Choose other addresses of this machine with --smtp and --web."}
	}
	if i.JSON {
		err = c.json(map[string]string{"smtp": box.SMTPAddr(), "inbox": "http://" + box.WebAddr()})
	} else {
		_, err = fmt.Fprintf(c.out, "Mails to %s are shown at http://%s/. Ctrl-C ends it.\n", box.SMTPAddr(), box.WebAddr())
	}
	if err != nil {
		return err
	}
	return explain("the mailbox ended by itself", box.Run(ctx))
}
