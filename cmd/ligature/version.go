package main

import (
	"fmt"
	"runtime/debug"
)

// versionCmd prints what this binary is.
type versionCmd struct{}

// Run implements the verb.
func (versionCmd) Run(c console) error {
	_, err := fmt.Fprintln(c.out, "ligature", version())
	return err
}

// version is the module's, where the binary was built from one.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "unreleased"
}
