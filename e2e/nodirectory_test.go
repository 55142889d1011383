package e2e_test

import (
	"testing"

	"ligature/internal/demo"
)

// TestDirectoryThatDoesNotStart: the third product takes nothing else with it.
func TestDirectoryThatDoesNotStart(t *testing.T) {
	t.Parallel()
	w := openWorldWith(t, demo.Options{Directory: "/bin/true"})
	if len(w.ready.Products) != 2 || w.Other() != nil || w.SetStore("other", demo.Down) {
		t.Errorf("%d products: %+v", len(w.ready.Products), w.ready.Products)
	}
	w.firstSignIn(w.browser("D"), w.person("one_account", "pim"))
}
