package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ligature/internal/demo"
	"ligature/internal/demo/inbox"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/sdm"
	"ligature/internal/linking/model"
	"ligature/internal/testkit"
)

// played are the products that play a scene's instances. The second knows its users by their address alone.
var played = [...]string{"pim", "sdm"}

// chosen are the passwords that people of a scene have.
var chosen = map[model.Password]string{
	model.MallorysPassword: "Pebble-Orchard-Lantern-7", model.VictoriasPassword: "Copper-Harvest-Window-9",
}

func passwordOf(p model.Password) string {
	if one, ok := chosen[p]; ok {
		return one
	}
	return fmt.Sprintf("Granite_Meadow-Signal-%d4", p)
}

// replay is one scene in two places: in the model, and among the browsers of a demo world.
type replay struct {
	*world
	scene *model.Scene
	model *model.Walk
	tabs  [3]*tab
	// resets are the links to a new password that somebody holds, by mailbox.
	resets map[model.Box]string
	// others counts the browsers of nobody in particular.
	others int
	// inside is what each browser opened when agrees last looked.
	inside [3][]model.Legacy
}

// tab is a browser of the scene, with the sign-in that goes on in it.
type tab struct {
	*testkit.Browser
	// flow is its name; empty for none.
	flow string
	box  model.Box
	// links are those that were mailed for it: of the present address at 0, of earlier ones by mailbox.
	links map[model.Box]string
	otc   string
	// waiting is the form that waits for the link.
	waiting *testkit.Form
}

// playable is a scene as the demo's products can play it.
func playable(scene *model.Scene) *model.Scene {
	own := *scene
	own.Records = slices.Clone(scene.Records)
	for i := range own.Records {
		own.Records[i].ByAddress = own.Records[i].Instance == 1
	}
	return &own
}

// unbroken is a scene with all its guards.
func unbroken(scene *model.Scene) *model.Scene {
	own := *scene
	own.Broken = model.Broken{}
	return &own
}

// openReplay opens a world for a scene that playable gave, with every guard in its place.
func openReplay(t *testing.T, scene *model.Scene) *replay {
	t.Helper()
	for _, in := range scene.Instances {
		if in.Tenant != scene.Instances[0].Tenant || !in.Resets {
			t.Fatalf("the demo cannot play an instance like %+v", in)
		}
	}
	if len(scene.Instances) != len(played) || !scene.Instances[1].Proven {
		t.Fatalf("the demo cannot play %d instances, or a second one with addresses that people set", len(scene.Instances))
	}
	w := openWorldWith(t, demo.Options{OnLink: scene.OnLink, TypedAddresses: !scene.Instances[0].Proven})
	r := &replay{world: w, scene: scene, model: model.NewWalk(unbroken(scene)), resets: map[model.Box]string{}}
	for b, name := range [...]string{"Mallory's browser", "Victoria's laptop", "Victoria's phone"} {
		r.tabs[b] = &tab{Browser: w.browser(name), links: map[model.Box]string{}}
	}
	for i, record := range scene.Records {
		if record.Again == 0 && !(scene.Recycled && model.Legacy(i+1) == model.B) {
			r.seed(model.Legacy(i + 1))
		}
	}
	return r
}

// seed puts a legacy account into its product.
func (r *replay) seed(l model.Legacy) {
	r.t.Helper()
	record, password := r.scene.Records[l-1], passwordOf(r.model.PasswordOf(l))
	r.products.own(func() {
		var err error
		if record.Instance == 0 {
			err = r.PIM().Seed(r.t.Context(), []pim.Person{{Username: l.Username(), Email: record.Email.Email().Key(), FirstName: record.Name,
				LastName: "Played", Password: password, Shared: record.Shared}})
		} else {
			err = r.SDM().Seed(r.t.Context(), []sdm.Person{{Email: record.Email.Email().Key(), FirstName: record.Name, LastName: "Played",
				Password: password, Shared: record.Shared}})
		}
		if err != nil {
			r.t.Fatal(err)
		}
	})
}

// typed is what its owner types at the product.
func (r *replay) typed(l model.Legacy) string {
	if r.scene.Records[l-1].ByAddress {
		return r.scene.Records[l-1].Email.Email().Key()
	}
	return l.Username()
}

// opened are the legacy accounts that a browser may be in after it asked each product to let it in.
func (r *replay) opened(b *testkit.Browser) []model.Legacy {
	r.t.Helper()
	var all []model.Legacy
	for i, product := range played {
		b.Open(r.product(product).URL + "/auth/login")
		for l := range r.scene.Records {
			record := r.scene.Records[l]
			shown := b.Page.H1 == "Hello "+record.Name+" Played"
			for _, button := range b.Page.Buttons() {
				shown = shown || b.Page.H1 == "Choose an account" && strings.HasPrefix(button, record.Name+" Played")
			}
			if record.Instance == i && shown {
				all = append(all, model.Legacy(l+1))
			}
		}
	}
	slices.Sort(all)
	return all
}

// agrees compares what is there now with the model, and tells what differs.
func (r *replay) agrees() (differ []string) {
	r.t.Helper()
	compare := func(what string, served, modelled any) {
		if fmt.Sprint(served) != fmt.Sprint(modelled) {
			differ = append(differ, fmt.Sprintf("%s: the server has %v, the model %v", what, served, modelled))
		}
	}
	for b, name := range [...]string{"Mallory's browser", "Victoria's laptop", "Victoria's phone"} {
		if model.Browser(b) != model.VictoriasPhone || r.scene.Phone {
			r.inside[b] = r.opened(r.tabs[b].Browser)
			compare(name+" opens", r.inside[b], r.model.Opens(model.Browser(b)))
		}
	}
	linked := map[model.Legacy]model.Box{}
	for _, box := range []model.Box{model.VictoriasBox, model.MallorysBox} {
		id, err := r.Server().Store().AddressOwner(r.t.Context(), box.Email())
		if err != nil {
			r.t.Fatal(err)
		}
		compare("an account of "+box.Email().Key(), id != "", r.model.Exists(box))
		if id == "" {
			continue
		}
		for _, one := range r.links(box.Email().Key()) {
			for l := range r.scene.Records {
				legacy := model.Legacy(l + 1)
				row := one.ProductAccount
				same := row.Username == r.typed(legacy) || row.Username == "" && row.Email == r.scene.Records[l].Email.Email()
				if one.Link.State == "active" && string(row.Product) == played[r.scene.Records[l].Instance] && same {
					linked[legacy] = box
				}
			}
		}
	}
	for l := range r.scene.Records {
		compare(r.scene.Records[l].Name+" is linked to", linked[model.Legacy(l+1)], r.model.Linked(model.Legacy(l+1)))
	}
	return differ
}

// confirming are the mails with a link that confirms an address.
func confirming(m inbox.Message) bool { return confirmURL.MatchString(m.Text) }

// step does one act in both places, and compares what comes of it.
func (r *replay) step(a model.Act) (differ []string) {
	r.t.Helper()
	before := r.linkedTo()
	served := r.act(a)
	changed, _ := r.model.Do(a)
	if changed && !served {
		differ = append(differ, "the server does not offer what the model does")
	}
	differ = append(differ, r.agrees()...)
	for i, box := range r.linkedTo() {
		if before[i] != 0 || box == 0 {
			continue
		}
		// Both run the same rules, so that they agree about a guard that is gone: this is I5, by what the browsers see.
		for b, inside := range r.inside {
			if at := model.Browser(b); at != a.In && r.model.SignedIn(at) != box && slices.Contains(inside, model.Legacy(i+1)) {
				differ = append(differ, r.scene.Records[i].Name+" was linked, and somebody else's session of it lives on")
			}
		}
	}
	return differ
}

// linkedTo is whose account each legacy account is linked to, in their order.
func (r *replay) linkedTo() []model.Box {
	all := make([]model.Box, len(r.scene.Records))
	for i := range all {
		all[i] = r.model.Linked(model.Legacy(i + 1))
	}
	return all
}

// stolen tries everything that Mallory can at the end: what her browser opens, and every password she knows at every account.
// It tells what of Victoria's she is in, and which of Victoria's browsers is in what is not hers.
func (r *replay) stolen() (told []string) {
	r.t.Helper()
	note := func(who string, is model.Actor, opened []model.Legacy) {
		for _, l := range opened {
			if record := r.scene.Records[l-1]; !record.Owner.Has(is) {
				told = append(told, who+" opens "+record.Name)
			}
		}
	}
	note("Mallory", model.Mallory, r.opened(r.tabs[model.MallorysBrowser].Browser))
	note("Victoria", model.Victoria, r.opened(r.tabs[model.VictoriasLaptop].Browser))
	note("Victoria", model.Victoria, r.opened(r.tabs[model.VictoriasPhone].Browser))
	known := []model.Password{model.MallorysPassword}
	for l := range r.scene.Records {
		known = append(known, r.model.PasswordOf(model.Legacy(l+1)))
	}
	for _, box := range []model.Box{model.VictoriasBox, model.MallorysBox} {
		if !r.model.Exists(box) {
			continue
		}
		for _, p := range known {
			if r.model.Knows(model.Mallory, p) {
				b := r.other("Mallory, elsewhere")
				r.signIn(b, played[0], box.Email().Key(), passwordOf(p))
				note("Mallory, elsewhere,", model.Mallory, r.opened(b))
			}
		}
	}
	return told
}

// other is a browser of nobody in particular.
func (r *replay) other(name string) *testkit.Browser {
	r.others++
	return r.browser(fmt.Sprintf("%s (%d)", name, r.others))
}
