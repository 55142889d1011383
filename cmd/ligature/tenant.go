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
	Pilot   tenantPilotCmd   `cmd:"" help:"Send some of a tenant's people to the account's sign-in, and leave the rest to the products' own."`
	Off     tenantOffCmd     `cmd:"" help:"Leave a tenant's people to the products' own sign-in."`
	History tenantHistoryCmd `cmd:"" help:"Show each turn of a tenant's switches."`
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

// Help implements kong.HelpProvider.
func (tenantListCmd) Help() string {
	return `  ligature tenant list

A product is listed where its own switch is not on; the more careful of the two switches is in force. --json has them all.`
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
			rows = append(rows, []string{t.ID, stateText(t.Rollout, t.Pilot), t.Name})
			for _, p := range t.Products {
				if p.Rollout != "on" {
					rows = append(rows, []string{t.ID + "/" + p.ID, stateText(p.Rollout, p.Pilot), p.Name})
				}
			}
		}
		if len(rows) == 0 {
			fmt.Fprintln(c.err, "No tenants are stored yet: ligature serve brings them into the database.")
		}
		return c.table([]string{"ID", "ROLLOUT", "NAME"}, rows)
	})
}

// stateText is a switch in a word, or, for a pilot, a few.
func stateText(state string, pilot *server.PilotState) string {
	if pilot == nil {
		return state
	}
	return state + " " + pilotText(len(pilot.People), pilot.Percent)
}

// pilotText is "10% + 2 named", as far as it applies.
func pilotText(people, percent int) string {
	switch {
	case people == 0:
		return fmt.Sprintf("%d%%", percent)
	case percent == 0:
		return fmt.Sprintf("%d named", people)
	}
	return fmt.Sprintf("%d%% + %d named", percent, people)
}

// turn is what on, pilot and off have in common.
type turn struct {
	configFile
	ID      string `arg:"" help:"The tenant's id."`
	Product string `help:"Turn the switch of this product alone; without it, the tenant's." placeholder:"ID"`
	Reason  string `help:"Why; kept in the tenant's history." required:"" placeholder:"TEXT"`
	By      string `help:"Who; without it, the user of this machine who runs the command." placeholder:"NAME"`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// tenantOnCmd switches a tenant on.
type tenantOnCmd struct{ turn }

// Help implements kong.HelpProvider.
func (tenantOnCmd) Help() string { return `  ligature tenant on acme --reason "rollout, week 2"` }

// Run implements the verb.
func (t *tenantOnCmd) Run(ctx context.Context, c console) error {
	return t.to(ctx, c, server.Switching{State: "on"})
}

// tenantPilotCmd switches a tenant to a pilot, or changes who belongs to it.
type tenantPilotCmd struct {
	turn
	People  []string `help:"Who takes part: the address or the username that a product records, or id: and the product's own id; separated by commas. Without it, those who did." placeholder:"NAMES"`
	Percent *int     `help:"The share of everybody else, 0 to 100; without it, as it was." placeholder:"NUMBER"`
}

// Help implements kong.HelpProvider.
func (tenantPilotCmd) Help() string {
	return `  ligature tenant pilot acme --people dana@acme.example,rita --percent 10 --reason "week 1"

A larger share keeps everybody that a smaller one had, and one person is always on one side, whatever they type to sign in.
Whoever does not take part is sent back to the product's own sign-in.`
}

// Run implements the verb.
func (t *tenantPilotCmd) Run(ctx context.Context, c console) error {
	return t.to(ctx, c, server.Switching{State: "pilot", People: t.People, Percent: t.Percent})
}

// tenantOffCmd switches a tenant off.
type tenantOffCmd struct{ turn }

// Help implements kong.HelpProvider.
func (tenantOffCmd) Help() string {
	return `  ligature tenant off acme --reason "incident 7"

Nothing is lost: accounts and links stay, and work again when the tenant is switched on.`
}

// Run implements the verb.
func (t *tenantOffCmd) Run(ctx context.Context, c console) error {
	return t.to(ctx, c, server.Switching{State: "off"})
}

func (t *turn) to(ctx context.Context, c console, order server.Switching) error {
	return t.desk(ctx, c, func(read *config.Config, d *server.Desk) error {
		order.Tenant, order.Product, order.By, order.Reason = t.ID, t.Product, cmp.Or(t.By, operator()), t.Reason
		after, changed, err := d.Switch(ctx, order)
		if err != nil {
			return switchTrouble(t.ID, t.Product, t.Config, "nothing was switched", err)
		}
		t.say(c, read, after, changed)
		if !t.JSON {
			return nil
		}
		return c.json(map[string]any{"tenant": after, "changed": changed})
	})
}

// say tells where the switch stands, and what stands against it.
func (t *turn) say(c console, read *config.Config, after server.TenantState, changed bool) {
	what, state, against := fmt.Sprintf("%s (%s)", after.ID, after.Name), stateText(after.Rollout, after.Pilot), ""
	for _, p := range after.Products {
		if p.ID != t.Product {
			continue
		}
		if p.InForce != p.Rollout {
			against = fmt.Sprintf("The tenant's own switch stands at %s, so %s is in force.\n", state, p.InForce)
		}
		what, state = fmt.Sprintf("%s (%s) of %s", p.ID, p.Name, what), stateText(p.Rollout, p.Pilot)
	}
	if changed {
		fmt.Fprintf(c.err, "%s is %s now.\n", what, state)
	} else {
		fmt.Fprintf(c.err, "%s is %s already; nothing was changed.\n", what, state)
	}
	fmt.Fprint(c.err, against)
	word, _, _ := strings.Cut(state, " ")
	if written := t.written(read); written != "" && (written != word || written == "pilot" && changed) {
		fmt.Fprintf(c.err, "Beware: %s says rollout: %s, and the next start of the server makes it so. Remove that line.\n", t.Config, written)
	}
}

// written is what the configuration says of the switch; empty when it leaves it to these verbs.
func (t *turn) written(read *config.Config) string {
	for _, declared := range read.Suite.Tenants {
		if t.Product == "" && string(declared.ID) == t.ID {
			return declared.Rollout
		}
	}
	for _, declared := range read.Suite.Instances {
		if string(declared.Tenant) == t.ID && string(declared.Product) == t.Product {
			return declared.Rollout
		}
	}
	return ""
}

// switchTrouble names what is not there, or what cannot be.
func switchTrouble(id, product, file, what string, err error) error {
	switch fault.KeyOf(err) {
	case "instance.missing":
		return trouble{what, fmt.Sprintf("The tenant %q has no product %q in the database.", id, product), "Run ligature tenant list --json --config " + file + " to see those that it has."}
	case "rollout.nobody":
		return trouble{what, "The pilot would have nobody in it.", "Name people with --people, or give a share with --percent."}
	case "rollout.no_ids":
		return trouble{what, fmt.Sprintf("The users of %q have no lasting ids, so a share of them would not stay on one side.", product), "Name people with --people, and leave --percent out."}
	case "rollout.percent":
		return trouble{what, "The share is not a number from 0 to 100.", "Write one, as in --percent 10."}
	case "person.malformed":
		return trouble{what, "A name is neither an address nor a username nor an id.", "Write them as in --people dana@acme.example,rita,id:42."}
	}
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

// tenantHistoryCmd shows the turns of a tenant's switches.
type tenantHistoryCmd struct {
	configFile
	ID      string `arg:"" help:"The tenant's id."`
	Product string `help:"Show the turns of this product's own switch alone." placeholder:"ID"`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Run implements the verb.
func (t *tenantHistoryCmd) Run(ctx context.Context, c console) error {
	return t.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		turns, err := d.History(ctx, t.ID, t.Product)
		if err != nil {
			return switchTrouble(t.ID, t.Product, t.Config, "there is no history to show", err)
		}
		if t.JSON {
			return c.json(map[string]any{"tenant": t.ID, "turns": turns})
		}
		rows := make([][]string, 0, len(turns))
		for _, turn := range turns {
			state := turn.State
			if state == "pilot" {
				state += " " + pilotText(turn.People, turn.Percent)
			}
			rows = append(rows, []string{turn.At.UTC().Format(time.RFC3339), cmp.Or(turn.Product, "-"), state, printable(turn.By), cmp.Or(printable(turn.Reason), "-")})
		}
		return c.table([]string{"AT", "PRODUCT", "ROLLOUT", "BY", "REASON"}, rows)
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
