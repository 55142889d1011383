package model_test

import (
	"strings"
	"testing"
	"time"

	"ligature/internal/linking/model"
)

// most is as many worlds as a scene of the short run may have.
const most = 200_000

// TestNothingIsLost explores every scene: all laws hold in every world that can be reached, and from each of them Victoria
// recovers by herself.
func TestNothingIsLost(t *testing.T) {
	for _, scene := range model.Scenes() {
		t.Run(scene.Name, func(t *testing.T) {
			t.Parallel()
			holds(t, scene, most)
		})
	}
}

func holds(t *testing.T, scene *model.Scene, limit int) {
	t.Helper()
	begun := time.Now()
	f, err := model.Search(scene, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d worlds, %d steps, %d deep, %s", f.Worlds, f.Steps, f.Depth, time.Since(begun).Round(time.Millisecond))
	if f.Law != "" {
		t.Fatalf("%s\n%s", f.Law, f.Script)
	}
	if f.Lost > 0 {
		t.Fatalf("Victoria cannot recover from %d worlds; the nearest:\n%s", f.Lost, f.Way)
	}
}

// TestGuardsAreNeeded takes each guard out, in the scene that needs it: the law is broken within as many steps as are known to
// suffice. Where another guard stands behind, nothing is lost by that alone; taken out together they lose an account.
func TestGuardsAreNeeded(t *testing.T) {
	for _, l := range model.Mutations() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			loses(t, l)
		})
	}
}

// TestNamedLosses: what a password that is carried on cannot give is known, and a password that is set gives it (TestNothingIsLost
// has those scenes).
func TestNamedLosses(t *testing.T) {
	for _, l := range model.Named() {
		t.Run(l.Name, func(t *testing.T) { loses(t, l) })
	}
}

// TestDeclaredLosses: what is declared must be so.
func TestDeclaredLosses(t *testing.T) {
	for _, l := range model.Declared() {
		t.Run(l.Name, func(t *testing.T) { loses(t, l) })
	}
}

func loses(t *testing.T, l model.Loss) {
	t.Helper()
	f, err := model.Search(l.Scene, most)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(f.Law, l.Law+":") || len(f.Script) > l.Steps {
		t.Errorf("broke %q in %d steps, want %s in at most %d\n%s", f.Law, len(f.Script), l.Law, l.Steps, f.Script)
	}
	if l.Harm == "" {
		return
	}
	only := *l.Scene
	only.HarmOnly = true
	if f, err = model.Search(&only, most); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(f.Law, l.Harm+":") || len(f.Script) > l.HarmSteps {
		t.Errorf("lost %q in %d steps, want %s in at most %d\n%s", f.Law, len(f.Script), l.Harm, l.HarmSteps, f.Script)
	}
	t.Logf("%s\n%s", f.Law, f.Script)
}
