//go:build !servers

package e2e_test

import "testing"

// database is where the provider keeps its data: here the embedded default.
func database(*testing.T) string { return "" }
