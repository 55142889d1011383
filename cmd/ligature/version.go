package main

import (
	"fmt"
	"runtime/debug"
)

// versionCmd prints what this binary is.
type versionCmd struct{}

// Run implements the verb.
func (versionCmd) Run(c console) error {
	version := "unreleased"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(c.out, "ligature", version)
	return err
}
