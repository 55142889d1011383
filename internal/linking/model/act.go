package model

import (
	"slices"

	"ligature/internal/linking"
)

// Kind is what somebody does.
type Kind uint8

// The kinds. A sign-in to an account that exists, a first one, and what comes after either.
const (
	Proves       Kind = iota + 1 // signs in to a product with the product's password, up to the address
	ProvesAnew                   // the same, begun anew where a link was opened
	SignsIn                      // with an account's own password
	GivesAddress                 // enters an address, first or again
	AsksAgain                    // for another mail
	ShowsOTP                     // opens a link in some browser and has the code shown
	TellsOTP                     // reads it to the other
	ForwardsLink                 // forwards a mail to the other
	Continues                    // opens a link in the browser that began, and continues there
	TypesOTP                     // types a code in the browser that began
	SetsPassword                 // where the product's may not be carried on
	LinksAnother                 // proves a product's password, signed in
	AsksMail                     // asks for a mail instead
	OpensWaiting                 // opens a product whose link waits in this browser
	Joins                        // goes on from the page that names what was found
	Declines                     // says "Not mine" to all of it
	AsksReset                    // of the account with an address
	Resets                       // opens the link and sets a new password
	Reports                      // "this was not me", of a link that was made
	ReportsFlow                  // the same, of a sign-in that is going on
	SignsOut
	Unlinks        // takes a link of the account apart
	SetsAddress    // that the product records of A
	Fetches        // a scanner opens a link
	HandsOver      // the mailbox is Victoria's from now on
	LeaksPassword  // of B, to Mallory
	SwitchesTenant // off, or on again
	SwitchesLegacy // B, in its product
	Remakes        // B is deleted and made anew
	BreaksStore    // the second product does not answer, or does again
)

// Act is one step of somebody. Which of the fields count depends on its kind.
type Act struct {
	Kind   Kind
	By     Actor
	In     Browser
	From   Browser // whose flow the link or the code belongs to
	Legacy Legacy
	Box    Box
	Other  Box // of a link: the earlier address it was mailed to; of a report: 1 for a link that waits, 2 for one that was taken apart
	With   Password
	At     uint8 // an instance
}

// acts are those that could change something in a world.
func (s *stage) acts(w World) []Act {
	s.world = w
	var all []Act
	for b := MallorysBrowser; b < browsers; b++ {
		if b == VictoriasPhone && !s.scene.Phone || b.Owner() == Victoria && !w.handed {
			continue
		}
		all = s.begins(all, b)
		all = s.goesOn(all, b)
		all = s.signedIn(all, b)
	}
	all = s.mails(all)
	all = s.accountMails(all)
	return s.happens(all)
}

// knows reports whether somebody has a password.
func (s *stage) knows(who Actor, p Password) bool {
	switch p {
	case 0:
		return false
	case MallorysPassword:
		return who == Mallory
	case VictoriasPassword:
		return who == Victoria
	}
	return s.scene.Records[p-1].Knows.Has(who) || who == Mallory && Legacy(p) == B && s.world.leaked
}

// owns reports whether a legacy account is somebody's, or one of those they share.
func (s *stage) owns(who Actor, l Legacy) bool { return s.scene.Records[l-1].Owner.Has(who) }

// begins are the sign-ins that a browser may begin.
func (s *stage) begins(all []Act, b Browser) []Act {
	who := b.Owner()
	for l := A; l <= s.last(); l++ {
		r := &s.world.records[l]
		if r.gone {
			continue
		}
		if s.knows(who, s.passwordOf(l)) && b != VictoriasPhone {
			all = append(all, Act{Kind: Proves, By: who, In: b, Legacy: l})
			for from := MallorysBrowser; from < browsers && s.scene.Carries; from++ {
				if f := &s.world.flows[from]; from != b && f.links[0].Has(who) && f.candidate == l && !f.byMail {
					all = append(all, Act{Kind: ProvesAnew, By: who, In: b, Legacy: l, From: from})
				}
			}
		}
		if s.scene.Broken.CrossSite && who == Victoria && s.knows(Mallory, s.passwordOf(l)) {
			all = append(all, Act{Kind: Proves, By: Mallory, In: b, Legacy: l})
		}
	}
	for box := VictoriasBox; box < boxes; box++ {
		if a := s.world.accounts[box]; a.there && s.knows(who, a.password) {
			for i := range s.scene.Instances {
				if i == slices.IndexFunc(s.scene.Instances, func(in Instance) bool { return in.Tenant == s.scene.Instances[i].Tenant }) {
					all = append(all, Act{Kind: SignsIn, By: who, In: b, Box: box, With: a.password, At: uint8(i)})
				}
			}
		}
	}
	return all
}

// goesOn are the next steps of a browser's flow.
func (s *stage) goesOn(all []Act, b Browser) []Act {
	f, who := &s.world.flows[b], b.Owner()
	if f.state == 0 {
		return all
	}
	state := linking.States()[f.state-1]
	switch state {
	case linking.AwaitEmail, linking.AwaitMailbox, linking.AwaitCode:
		for box := VictoriasBox; box < boxes && !f.byMail; box++ {
			if box != f.email && (box == VictoriasBox || !s.scene.OneAddress) {
				all = append(all, Act{Kind: GivesAddress, By: who, In: b, Box: box})
			}
		}
		if state == linking.AwaitEmail {
			return all
		}
		if reader := s.reads(f.email); !f.links[0].Has(reader) {
			all = append(all, Act{Kind: AsksAgain, By: who, In: b})
		}
		for which, holders := range f.links {
			by := who
			switch {
			case holders.Has(who):
			case holders.Has(Mallory):
				by = Mallory | Victoria // Mallory makes the browser open it, and Victoria goes on
			case which == 0 && f.approved:
			default:
				continue
			}
			if which == 0 || s.scene.Broken.AnyTurn {
				all = append(all, Act{Kind: Continues, By: by, In: b, Other: Box(which)})
			}
		}
		if state == linking.AwaitCode && f.told.Has(who) {
			all = append(all, Act{Kind: TypesOTP, By: who, In: b})
		}
	case linking.AwaitNewPassword:
		all = append(all, Act{Kind: SetsPassword, By: who, In: b, With: ownPassword(who)})
	case linking.AwaitJoin:
		if own := s.world.sessions[b]; own.scope == scopeFull && own.account == f.owner {
			all = append(all, Act{Kind: Joins, By: who, In: b})
			if who == Mallory {
				all = append(all, Act{Kind: Declines, By: who, In: b})
			}
		}
	}
	return all
}

func ownPassword(who Actor) Password {
	if who == Mallory {
		return MallorysPassword
	}
	return VictoriasPassword
}

// signedIn are what a signed-in browser may do.
func (s *stage) signedIn(all []Act, b Browser) []Act {
	own, who := s.world.sessions[b], b.Owner()
	if own.scope == scopeNone {
		return all
	}
	if s.scene.SignsOut {
		all = append(all, Act{Kind: SignsOut, By: who, In: b})
	}
	if own.scope != scopeFull {
		return all
	}
	for l := A; l <= s.last(); l++ {
		r := &s.world.records[l]
		if !r.gone && s.knows(who, s.passwordOf(l)) && (r.main.state != tieActive || r.main.account != own.account) {
			all = append(all, Act{Kind: LinksAnother, By: who, In: b, Legacy: l})
		}
	}
	for l := A; l <= s.last() && s.scene.Unlinks; l++ {
		for i, t := range [2]tie{s.world.records[l].main, s.world.records[l].wait} {
			if t.state != tieNone && t.account == own.account {
				all = append(all, Act{Kind: Unlinks, By: who, In: b, Legacy: l, Other: Box(i)})
			}
		}
	}
	for i := range s.scene.Instances {
		var here, elsewhere bool
		for l := A; l <= s.last(); l++ {
			if wait := s.world.records[l].wait; wait.state != tieNone && wait.account == own.account && s.scene.Records[l-1].Instance == i {
				here = here || wait.browser == b
				elsewhere = true
			}
		}
		if here {
			all = append(all, Act{Kind: OpensWaiting, By: who, In: b, At: uint8(i)})
		}
		if elsewhere || s.world.accounts[own.account].deferred&(1<<i) != 0 {
			all = append(all, Act{Kind: AsksMail, By: who, In: b, At: uint8(i)})
		}
	}
	return all
}

// mails are what may be done with the links of sign-ins that are going on.
func (s *stage) mails(all []Act) []Act {
	for from := MallorysBrowser; from < browsers; from++ {
		f := &s.world.flows[from]
		if f.state == 0 || linking.States()[f.state-1] != linking.AwaitMailbox && linking.States()[f.state-1] != linking.AwaitCode {
			continue
		}
		for _, who := range [2]Actor{Mallory, Victoria} {
			if !f.links[0].Has(who) {
				continue
			}
			if !f.byMail && !(f.shown && f.told.Has(who)) && (who == from.Owner() || who == Victoria || s.scene.Tells || s.scene.Broken.ApprovedAnywhere) {
				all = append(all, Act{Kind: ShowsOTP, By: who, From: from})
			}
			if s.scene.Reports && (who == Mallory || from.Owner() == Mallory) {
				all = append(all, Act{Kind: ReportsFlow, By: who, From: from})
			}
		}
		if s.scene.Leaks && f.told == Victoria && from.Owner() == Mallory {
			all = append(all, Act{Kind: TellsOTP, By: Victoria, From: from})
		}
		if s.scene.Tells && f.told == Mallory && from.Owner() == Victoria {
			all = append(all, Act{Kind: TellsOTP, By: Mallory, From: from})
		}
		if (s.scene.Forwards && !f.byMail || s.scene.ForwardsAll) && f.links[0] == Victoria && (from.Owner() == Mallory || s.scene.Carries) {
			all = append(all, Act{Kind: ForwardsLink, By: Victoria, From: from})
		}
		if s.scene.Broken.OpeningConfirms && !f.approved {
			all = append(all, Act{Kind: Fetches, By: Scanner, From: from})
		}
	}
	return all
}

// accountMails are what may be done with mails about accounts and links that were made.
func (s *stage) accountMails(all []Act) []Act {
	for box := VictoriasBox; box < boxes; box++ {
		a := &s.world.accounts[box]
		if !a.there {
			continue
		}
		who := s.reads(box)
		keeps := s.scene.ForwardsAll // somebody may come to hold a link that is not for them
		if keeps && !a.reset.Has(who) && (who == Mallory || s.world.handed) {
			all = append(all, Act{Kind: AsksReset, By: who, Box: box})
		}
		for b := MallorysBrowser; b < browsers; b++ {
			if b == VictoriasPhone && !s.scene.Phone || b.Owner() == Victoria && !s.world.handed {
				continue
			}
			if a.reset.Has(b.Owner()) || !keeps && who == b.Owner() {
				all = append(all, Act{Kind: Resets, By: b.Owner(), In: b, Box: box, With: ownPassword(b.Owner())})
			}
		}
		if s.scene.ForwardsAll && a.reset == Victoria {
			all = append(all, Act{Kind: ForwardsLink, By: Victoria, From: Left, Box: box})
		}
	}
	for l := A; l <= s.last() && s.scene.Reports; l++ {
		for i, t := range [3]tie{s.world.records[l].main, s.world.records[l].wait, s.world.records[l].parted} {
			if t.state != tieActive && t.state != tiePending && t.state != tieParted {
				continue
			}
			if t.stops.Has(Mallory) {
				all = append(all, Act{Kind: Reports, By: Mallory, Legacy: l, Other: Box(i)})
			}
			if t.stops.Has(Victoria) && s.world.handed && (!s.owns(Victoria, l) || t.account != VictoriasBox) {
				all = append(all, Act{Kind: Reports, By: Victoria, Legacy: l, Other: Box(i)})
			}
		}
	}
	return all
}

// happens are circumstances.
func (s *stage) happens(all []Act) []Act {
	scene := s.scene
	do := func(may bool, a Act) {
		if may {
			all = append(all, a)
		}
	}
	box := VictoriasBox
	if s.world.records[A].present == VictoriasBox {
		box = MallorysBox
	}
	do(scene.SetsAddress, Act{Kind: SetsAddress, By: Mallory, Box: box})
	do(!s.world.handed, Act{Kind: HandsOver, By: Circumstances})
	do(scene.LateLeak && !s.world.leaked && s.world.records[B].main.state == tieActive, Act{Kind: LeaksPassword, By: Circumstances})
	do(scene.Switches, Act{Kind: SwitchesTenant, By: Circumstances})
	do(scene.Switches, Act{Kind: SwitchesLegacy, By: Circumstances})
	do(scene.Remakes && s.last() == D && s.world.records[D].gone, Act{Kind: Remakes, By: Circumstances})
	do(scene.Outage, Act{Kind: BreaksStore, By: Circumstances})
	return all
}
