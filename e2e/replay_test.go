package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"ligature/internal/linking/model"
)

// searched is as many worlds as a search for a script may look at.
const searched = 200_000

// TestReplayCounterexample plays the shortest scripts that the model finds among the browsers of a demo world. After each step
// the server and the model agree about who opens what, which accounts there are and what is linked to them. What the model says
// is lost, is lost; and what is lost only without a guard is not, because the server has it.
func TestReplayCounterexample(t *testing.T) {
	t.Parallel()
	for _, l := range append(model.Named(), model.Declared()...) {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			if lost := plays(t, l.Scene, shortest(t, l.Scene, false)); len(lost) == 0 {
				t.Error("nothing was lost over HTTP")
			}
		})
	}
	for _, l := range model.Mutations() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			scripts := []model.Script{shortest(t, l.Scene, false)}
			if harm := shortest(t, l.Scene, l.Harm != ""); !slices.Equal(harm, scripts[0]) {
				scripts = append(scripts, harm)
			}
			for _, script := range scripts {
				if lost := plays(t, l.Scene, script); len(lost) > 0 {
					t.Errorf("lost: %s", strings.Join(lost, ", "))
				}
			}
		})
	}
}

// shortest is the shortest script that breaks a law, or one of those about who opens what.
func shortest(t *testing.T, scene *model.Scene, harm bool) model.Script {
	t.Helper()
	played := playable(scene)
	played.HarmOnly = harm
	f, err := model.Search(played, searched)
	if err != nil {
		t.Fatal(err)
	}
	if f.Law == "" {
		t.Fatal("the model loses nothing, and there is no script to play")
	}
	t.Logf("%s\n%s", f.Law, f.Script)
	return f.Script
}

// plays plays a script, and tells what is lost in the end.
func plays(t *testing.T, scene *model.Scene, script model.Script) []string {
	t.Helper()
	r := openReplay(t, playable(scene))
	for i, a := range script {
		if differ := r.step(a); len(differ) > 0 {
			at := r.tabs[min(int(a.In), len(r.tabs)-1)].Page
			t.Fatalf("after step %d, %s:\n%s\nthe page is %d %q", i+1, a, strings.Join(differ, "\n"), at.Status, at.H1)
		}
	}
	return r.stolen()
}
