package main

import (
	"errors"
	"fmt"

	"ligature/internal/config"
	"ligature/internal/server"
)

// configCmd holds the verbs about the configuration file.
type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Check a configuration file, and start nothing."`
}

// configCheckCmd tells every mistake of a file.
type configCheckCmd struct {
	File string `arg:"" optional:"" help:"The configuration file." default:"ligature.yaml"`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// Help implements kong.HelpProvider.
func (configCheckCmd) Help() string {
	return `  ligature config check ligature.yaml

Every mistake is told at once, with line, column and what to do about it. Files and environment variables that hold secrets are read as the server would; no database, mail server or product is asked. The exit code is 1 when there is a mistake.`
}

// mistake is how a config.Mistake is printed as JSON.
type mistake struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path"`
	Problem string `json:"problem"`
	Fix     string `json:"fix"`
}

// Run implements the verb.
func (k *configCheckCmd) Run(c console) error {
	_, err := config.Read(k.File, c.getenv, server.CheckConfig)
	found, ok := errors.AsType[config.Mistakes](err)
	if err != nil && !ok {
		return explainConfig(k.File, err)
	}
	if k.JSON {
		mistakes := make([]mistake, 0, len(found))
		for _, m := range found {
			mistakes = append(mistakes, mistake(m))
		}
		if err := c.json(map[string]any{"mistakes": mistakes}); err != nil {
			return err
		}
	} else if len(found) > 0 {
		if _, err := fmt.Fprintln(c.out, found.Error()); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		fmt.Fprintf(c.err, "ligature: %s in %s\n", counted(len(found), "mistake"), k.File)
		return errQuiet
	}
	fmt.Fprintf(c.err, "%s is right.\n", k.File)
	return nil
}
