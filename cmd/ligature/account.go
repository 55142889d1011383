package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"ligature/internal/config"
	"ligature/internal/fault"
	"ligature/internal/server"
)

// accountCmd holds the verbs about accounts.
type accountCmd struct {
	Create accountCreateCmd `cmd:"" help:"Make an account without a journey."`
	Unlock accountUnlockCmd `cmd:"" help:"Take back the wrong passwords that were counted against an account."`
}

// accountUnlockCmd opens an account again that takes no password any more.
type accountUnlockCmd struct {
	configFile
	Email string `help:"An address of the account." required:"" placeholder:"ADDRESS"`
}

// Help implements kong.HelpProvider.
func (accountUnlockCmd) Help() string {
	return `  ligature account unlock --email dana@acme.example

After a hundred wrong passwords in a row an account takes none any more. Find out who tried before you open it again.`
}

// Run implements the verb.
func (a *accountUnlockCmd) Run(ctx context.Context, c console) error {
	return a.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		err := d.Unlock(ctx, a.Email)
		switch {
		case fault.Is(err, fault.Missing):
			return trouble{"nothing was unlocked", "No account has that address.", "Check the address."}
		case fault.Is(err, fault.Invalid):
			return trouble{"nothing was unlocked", refused(err), "Correct it and run the command again."}
		case err != nil:
			return explain("nothing was unlocked", err)
		}
		_, err = fmt.Fprintln(c.out, "unlocked")
		return err
	})
}

// accountCreateCmd makes an account.
type accountCreateCmd struct {
	configFile
	Email        string `help:"The account's address." required:"" placeholder:"ADDRESS"`
	PasswordFile string `help:"The file that holds the password on its first line; - is standard input." required:"" placeholder:"FILE"`
	Name         string `help:"The person's name." placeholder:"NAME"`
	Verified     bool   `help:"Vouch for the address: products are told it as verified. Without this they are told none."`
	JSON         bool   `name:"json" help:"Print one JSON object, which is done anyway."`
}

// Help implements kong.HelpProvider.
func (accountCreateCmd) Help() string {
	return `  ligature account create --email dana@acme.example --password-file password.txt --verified

For trials and load tests: people get their accounts by signing in. The evidence kept for the address is the operator's word.`
}

// Run implements the verb.
func (a *accountCreateCmd) Run(ctx context.Context, c console) error {
	password, err := a.password(c.in)
	if err != nil {
		return err
	}
	return a.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		made, err := d.MakeAccount(ctx, server.NewAccount{Email: a.Email, Password: password, Name: a.Name, Verified: a.Verified})
		switch {
		case fault.Is(err, fault.Moved):
			return trouble{"no account was made", "An account has that address already.", "Choose another address."}
		case fault.Is(err, fault.Invalid):
			return trouble{"no account was made", refused(err), "Correct it and run the command again."}
		case err != nil:
			return explain("no account was made", err)
		}
		return c.json(made)
	})
}

// password reads the first line.
func (a *accountCreateCmd) password(stdin io.Reader) (string, error) {
	from := stdin
	if a.PasswordFile != "-" {
		file, err := os.Open(a.PasswordFile)
		if err != nil {
			return "", trouble{"the password cannot be read", firstUpper(err.Error()) + ".", "Name a file, or - for standard input."}
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, 4096))
	if err != nil {
		return "", trouble{"the password cannot be read", firstUpper(err.Error()) + ".", "Name a file, or - for standard input."}
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// refused says why an account was not made. It repeats nothing.
func refused(err error) string {
	switch fault.KeyOf(err) {
	case "password.too_short":
		return "The password has fewer than 8 characters."
	case "password.too_long":
		return "The password is longer than 1024 bytes."
	case "password.common":
		return "The password is a common one, or made of the names in sight."
	case "password.blank", "password.empty":
		return "There is no password."
	}
	return "What follows --email is not an address."
}

// productAccountCmd holds the verbs about product accounts.
type productAccountCmd struct {
	Create productAccountCreateCmd `cmd:"" help:"Record a product's user without a journey, and link it to an account."`
}

// productAccountCreateCmd records a product's user.
type productAccountCreateCmd struct {
	configFile
	Tenant     string `help:"The tenant's id." required:"" placeholder:"ID"`
	Product    string `help:"The product's id." required:"" placeholder:"ID"`
	ExternalID string `help:"The product's own id of its user." required:"" placeholder:"ID"`
	Generation string `help:"The generation the product gives with it, if it gives one." placeholder:"TEXT"`
	Username   string `help:"The user's name at the product." placeholder:"NAME"`
	Email      string `help:"The address that the product records." placeholder:"ADDRESS"`
	Name       string `help:"The person's name." placeholder:"NAME"`
	Account    string `help:"The account to link it to, as account create printed it." placeholder:"ID"`
	JSON       bool   `name:"json" help:"Print one JSON object, which is done anyway."`
}

// Help implements kong.HelpProvider.
func (productAccountCreateCmd) Help() string {
	return `  ligature product-account create --tenant acme --product pim --external-id 42 --username dana --account ac_…

For trials and load tests: people link their accounts by signing in. The evidence kept for the link is the operator's word.`
}

// Run implements the verb.
func (p *productAccountCreateCmd) Run(ctx context.Context, c console) error {
	return p.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		made, err := d.MakeProductAccount(ctx, server.NewProductAccount{Tenant: p.Tenant, Product: p.Product, ExternalID: p.ExternalID,
			Generation: p.Generation, Username: p.Username, Email: p.Email, Name: p.Name, Account: p.Account})
		const what = "no product account was made"
		switch {
		case fault.Is(err, fault.Missing):
			return trouble{what, fmt.Sprintf("The tenant %q has no instance of %q in the database.", p.Tenant, p.Product), "Declare it in the configuration, and start ligature serve once."}
		case fault.KeyOf(err) == "store.parent":
			return trouble{what, "There is no such account.", "Write the id after --account as account create printed it."}
		case fault.Is(err, fault.Moved):
			return trouble{what, "That user is known already.", "Look at --external-id and --generation."}
		case fault.Is(err, fault.Denied):
			return trouble{what, "Only proofs make links; an operator's word counts for trials on this machine alone.", "Leave --account out."}
		case fault.Is(err, fault.Invalid):
			return trouble{what, "What follows --email is not an address.", "Correct it and run the command again."}
		case err != nil:
			return explain(what, err)
		}
		return c.json(made)
	})
}
