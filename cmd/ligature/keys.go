package main

import (
	"context"
	"fmt"
	"time"

	"ligature/internal/config"
	"ligature/internal/fault"
	"ligature/internal/server"
)

// keysCmd holds the verbs about signing keys.
type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"List the keys that sign, signed, or will."`
	Rotate keysRotateCmd `cmd:"" help:"Make the next keys."`
}

// keysListCmd lists signing keys.
type keysListCmd struct {
	configFile
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Help implements kong.HelpProvider.
func (keysListCmd) Help() string {
	return `  ligature keys list

next: in the key set, and signs from the time shown. signs: signs now. published: in the key set, so that what it signed is
believed. dropped: out of the key set; deleted after a month.`
}

// Run implements the verb.
func (k *keysListCmd) Run(ctx context.Context, c console) error {
	return k.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		keys, err := d.Keys(ctx)
		if err != nil {
			return explain("the keys cannot be listed", err)
		}
		if k.JSON {
			return c.json(map[string]any{"keys": keys})
		}
		if len(keys) == 0 {
			fmt.Fprintln(c.err, "No keys are stored yet: ligature serve makes them.")
		}
		return c.keys(keys)
	})
}

func (c console) keys(keys []server.KeyEntry) error {
	rows := make([][]string, 0, len(keys))
	for _, k := range keys {
		id := k.ID
		if id == "" {
			id = "-"
		}
		rows = append(rows, []string{k.Algorithm, k.State, k.ActiveAt.UTC().Format(time.RFC3339), id})
	}
	return c.table([]string{"ALG", "STATE", "SIGNS FROM", "KID"}, rows)
}

// keysRotateCmd makes the next keys.
type keysRotateCmd struct {
	configFile
	Alg    []string `help:"The algorithms to make a key for, ES256 or RS256, separated by commas; without it, both." enum:"ES256,RS256" placeholder:"ALGS"`
	Leaked bool     `help:"Somebody else may have the present keys: change in ten minutes, and believe nothing of them from then on."`
	DryRun bool     `help:"Say what would be done, and do nothing."`
	JSON   bool     `name:"json" help:"Print one JSON object."`
}

// Help implements kong.HelpProvider.
func (keysRotateCmd) Help() string {
	return `  ligature keys rotate --dry-run
  ligature keys rotate

The new key is in the key set at once and signs after a day, when every client has seen it. The old one stays in the set for 31
days more, so that what it signed is believed. Running servers pick the keys up by themselves within a minute.

With --leaked, ID tokens that the old keys signed are good for nothing after ten minutes: people who sign out of a product are
asked whether they want to, and clients that keep the key set longer than its five minutes fail until they ask again.`
}

// Run implements the verb.
func (k *keysRotateCmd) Run(ctx context.Context, c console) error {
	return k.desk(ctx, c, func(_ *config.Config, d *server.Desk) error {
		made, err := d.RotateKeys(ctx, k.Alg, k.Leaked, k.DryRun)
		if fault.KeyOf(err) == "keys.announced" {
			return trouble{"the next key is in the key set already", "No key was made.", "Wait until it signs (ligature keys list), or name --leaked if somebody may have it."}
		}
		if err != nil {
			return explain("the keys were not changed", err)
		}
		if k.DryRun {
			fmt.Fprintln(c.err, "Nothing was done. Without --dry-run, these keys would be made:")
		}
		if k.JSON {
			return c.json(map[string]any{"keys": made, "dry_run": k.DryRun})
		}
		return c.keys(made)
	})
}
