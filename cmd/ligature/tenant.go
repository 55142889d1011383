package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"
	"unicode"

	"ligature/internal/config"
	"ligature/internal/fault"
	"ligature/internal/server"
)

// tenantCmd holds the verbs about tenants.
type tenantCmd struct {
	List    tenantListCmd    `cmd:"" help:"List the tenants and how they are switched."`
	On      tenantOnCmd      `cmd:"" help:"Send a tenant's people to the account's sign-in."`
	Off     tenantOffCmd     `cmd:"" help:"Leave a tenant's people to the products' own sign-in."`
	History tenantHistoryCmd `cmd:"" help:"Show each turn of a tenant's switch."`
}

// desk opens the store of the configuration for one verb, and closes it afterwards.
func (f configFile) desk(ctx context.Context, c console, work func(*config.Config, *server.Desk) error) error {
	read, options, err := f.read(c)
	if err != nil {
		return err
	}
	desk, err := server.OpenDesk(ctx, options)
	if err != nil {
		return explain("the database did not open", err)
	}
	return errors.Join(work(read, desk), explain("the database did not close", desk.Close()))
}

// tenantListCmd lists tenants.
type tenantListCmd struct {
	configFile
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run implements the verb.
func (t *tenantListCmd) Run(ctx context.Context, c console) error {
	return t.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		tenants, err := d.Tenants(ctx)
		if err != nil {
			return explain("the tenants cannot be listed", err)
		}
		if t.JSON {
			return c.json(map[string]any{"tenants": tenants})
		}
		rows := make([][]string, 0, len(tenants))
		for _, t := range tenants {
			rows = append(rows, []string{t.ID, t.Rollout, t.Name})
		}
		if len(rows) == 0 {
			fmt.Fprintln(c.err, "No tenants are stored yet: ligature serve brings them into the database.")
		}
		return c.table([]string{"ID", "ROLLOUT", "NAME"}, rows)
	})
}

// turn is what on and off have in common.
type turn struct {
	configFile
	ID     string `arg:"" help:"The tenant's id."`
	Reason string `help:"Why; kept in the tenant's history." required:"" placeholder:"TEXT"`
	By     string `help:"Who; without it, the user of this machine who runs the command." placeholder:"NAME"`
	JSON   bool   `name:"json" help:"Print one JSON object."`
}

// tenantOnCmd switches a tenant on.
type tenantOnCmd struct{ turn }

// Help implements kong.HelpProvider.
func (tenantOnCmd) Help() string { return `  ligature tenant on acme --reason "rollout, week 2"` }

// Run implements the verb.
func (t *tenantOnCmd) Run(ctx context.Context, c console) error { return t.to(ctx, c, true) }

// tenantOffCmd switches a tenant off.
type tenantOffCmd struct{ turn }

// Help implements kong.HelpProvider.
func (tenantOffCmd) Help() string {
	return `  ligature tenant off acme --reason "incident 7"

Nothing is lost: accounts and links stay, and work again when the tenant is switched on.`
}

// Run implements the verb.
func (t *tenantOffCmd) Run(ctx context.Context, c console) error { return t.to(ctx, c, false) }

func (t *turn) to(ctx context.Context, c console, on bool) error {
	return t.desk(ctx, c, func(read *config.Config, d *server.Desk) error {
		after, changed, err := d.Switch(ctx, t.ID, on, cmp.Or(t.By, operator()), t.Reason)
		if err != nil {
			return tenantTrouble(t.ID, t.Config, "nothing was switched", err)
		}
		said := fmt.Sprintf("%s (%s) is %s now.", after.ID, after.Name, after.Rollout)
		if !changed {
			said = fmt.Sprintf("%s (%s) is %s already; nothing was changed.", after.ID, after.Name, after.Rollout)
		}
		fmt.Fprintln(c.err, said)
		for _, declared := range read.Suite.Tenants {
			if string(declared.ID) == t.ID && declared.Rollout != "" && declared.Rollout != after.Rollout {
				fmt.Fprintf(c.err, "Beware: %s says rollout: %s, and the next start of the server makes it so. Remove that line.\n", t.Config, declared.Rollout)
			}
		}
		if !t.JSON {
			return nil
		}
		return c.json(map[string]any{"tenant": after, "changed": changed})
	})
}

// tenantTrouble names a tenant that is not there.
func tenantTrouble(id, file, what string, err error) error {
	if fault.Is(err, fault.Missing) {
		return trouble{what, fmt.Sprintf("There is no tenant %q in the database.", id), "Run ligature tenant list --config " + file + " to see those that are."}
	}
	return explain(what, err)
}

// operator is the user of this machine.
func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// tenantHistoryCmd shows the turns of a tenant's switch.
type tenantHistoryCmd struct {
	configFile
	ID   string `arg:"" help:"The tenant's id."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// Run implements the verb.
func (t *tenantHistoryCmd) Run(ctx context.Context, c console) error {
	return t.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		turns, err := d.History(ctx, t.ID)
		if err != nil {
			return tenantTrouble(t.ID, t.Config, "there is no history to show", err)
		}
		if t.JSON {
			return c.json(map[string]any{"tenant": t.ID, "turns": turns})
		}
		rows := make([][]string, 0, len(turns))
		for _, turn := range turns {
			rows = append(rows, []string{turn.At.UTC().Format(time.RFC3339), turn.State, printable(turn.By), cmp.Or(printable(turn.Reason), "-")})
		}
		return c.table([]string{"AT", "ROLLOUT", "BY", "REASON"}, rows)
	})
}

// printable leaves out what would move a terminal's cursor or colour its text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
