package model

import "ligature/internal/ident"

// Walk is one way through a scene, act by act: for tests that do the same with a real server, and compare. It may be used by
// one goroutine at a time.
type Walk struct {
	stage *stage
	world World
}

// NewWalk begins in the scene's first world.
func NewWalk(scene *Scene) *Walk {
	s := newStage(scene)
	return &Walk{stage: s, world: s.world}
}

// Acts are those that could change something now.
func (w *Walk) Acts() []Act { return w.stage.acts(w.world) }

// Do does one act, and tells whether it changed anything and the law that it broke on the way. What only a missing guard lets
// somebody do changes nothing here where the guard is in its place: a form that another site sends, and Continue with a link that
// they do not hold.
func (w *Walk) Do(a Act) (changed bool, law string) {
	if a.Forged() && !w.stage.scene.Broken.CrossSite {
		return false, ""
	}
	if a.Kind == Continues && !w.Holds(a) && w.stage.scene.Broken == (Broken{}) {
		return false, ""
	}
	next, law := w.stage.apply(w.world, a)
	changed = next != w.world
	w.world = next
	return changed, law
}

// Holds reports that whoever continues holds the link that they do it with.
func (w *Walk) Holds(a Act) bool { return w.world.flows[a.In].links[a.Other].Has(a.By) }

// Opens are the legacy accounts that the products would be told of by a browser, in their order.
func (w *Walk) Opens(b Browser) []Legacy {
	var all []Legacy
	for l, opens := A, w.stage.opens(w.world)[b]; l <= w.stage.last(); l++ {
		if opens&(1<<l) != 0 {
			all = append(all, l)
		}
	}
	return all
}

// Exists reports that a mailbox's address has an account.
func (w *Walk) Exists(b Box) bool { return w.world.accounts[b].there }

// Linked is whose account a legacy account is linked to by a link that is active; 0 for nobody's.
func (w *Walk) Linked(l Legacy) Box {
	if main := w.world.records[l].main; main.state == tieActive {
		return main.account
	}
	return 0
}

// SignedIn is whose whole account a browser is signed in to; 0 for none.
func (w *Walk) SignedIn(b Browser) Box {
	if own := w.world.sessions[b]; own.scope == scopeFull {
		return own.account
	}
	return 0
}

// Offered are the legacy accounts that the page which names what was found asks a browser about, in its order.
func (w *Walk) Offered(b Browser) []Legacy { return w.stage.offered(&w.world.flows[b]) }

// Refuses reports that somebody says "Not mine" to a legacy account that is offered: Mallory and the careless never do.
func (w *Walk) Refuses(who Actor, l Legacy) bool {
	return who != Mallory && !w.stage.scene.Careless && !w.stage.owns(who, l)
}

// Knows reports that somebody has a password now.
func (w *Walk) Knows(who Actor, p Password) bool {
	w.stage.world = w.world
	return w.stage.knows(who, p)
}

// PasswordOf is what opens a legacy account in its product.
func (w *Walk) PasswordOf(l Legacy) Password { return w.stage.passwordOf(l) }

// Forged reports that the act is somebody's in the browser of somebody else: a form that another site sends.
func (a Act) Forged() bool { return a.Kind == Proves && a.By != a.In.Owner() }

// Email is the address of a mailbox.
func (b Box) Email() ident.Email { return emails[b] }

// Username is what the product calls a legacy account whose product does not know it by its address alone.
func (l Legacy) Username() string { return "user" + legacyNames[l] }
