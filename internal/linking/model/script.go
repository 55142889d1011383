package model

import (
	"fmt"
	"strings"
)

// Script is a way through a scene, one step of somebody after the other.
type Script []Act

// String is one step a line.
func (s Script) String() string {
	var b strings.Builder
	for i, a := range s {
		fmt.Fprintf(&b, "%2d  %s\n", i+1, a)
	}
	return b.String()
}

var (
	actorNames   = map[Actor]string{Mallory: "Mallory", Victoria: "Victoria", Mallory | Victoria: "Mallory and Victoria"}
	browserNames = [...]string{"Mallory's browser", "Victoria's laptop", "Victoria's phone"}
	boxNames     = [...]string{"nobody's address", "Victoria's address", "Mallory's address"}
	legacyNames  = [...]string{"nothing", "A", "B", "C", "D"}
)

// String says who does what.
func (a Act) String() string {
	who, in, from := actorNames[a.By], browserNames[min(a.In, browsers-1)], browserNames[min(a.From, browsers-1)]
	box, legacy := boxNames[a.Box], legacyNames[a.Legacy]
	switch a.Kind {
	case Proves:
		return fmt.Sprintf("%s, in %s, signs in with the product's password of %s", who, in, legacy)
	case ProvesAnew:
		return fmt.Sprintf("%s, in %s, begins anew with the link of %s's sign-in and the product's password of %s", who, in, from, legacy)
	case SignsIn:
		return fmt.Sprintf("%s, in %s, signs in to the account of %s with the %s", who, in, box, passwordNames[a.With])
	case GivesAddress:
		return fmt.Sprintf("%s, in %s, enters %s", who, in, box)
	case AsksAgain:
		return fmt.Sprintf("%s, in %s, asks for the mail again", who, in)
	case ShowsOTP:
		return fmt.Sprintf("%s opens the link of the sign-in in %s somewhere and has the code shown", who, from)
	case TellsOTP:
		return fmt.Sprintf("%s reads the code of the sign-in in %s to the other", who, from)
	case ForwardsLink:
		if a.From == Left {
			return fmt.Sprintf("%s forwards the link to a new password of the account of %s", who, box)
		}
		return fmt.Sprintf("%s forwards the mail of the sign-in in %s", who, from)
	case Continues:
		link := "the link"
		if a.Other != 0 {
			link = "the link that was mailed to " + boxNames[a.Other] + " before"
		}
		if a.By == Mallory|Victoria {
			return fmt.Sprintf("Mallory makes %s open %s, and Victoria continues there", in, link)
		}
		return fmt.Sprintf("%s, in %s, opens %s and continues", who, in, link)
	case TypesOTP:
		return fmt.Sprintf("%s, in %s, types the code", who, in)
	case SetsPassword:
		return fmt.Sprintf("%s, in %s, sets the %s", who, in, passwordNames[a.With])
	}
	return a.later(who, in, from, box, legacy)
}

func (a Act) later(who, in, from, box, legacy string) string {
	switch a.Kind {
	case LinksAnother:
		return fmt.Sprintf("%s, in %s, links %s with the product's password", who, in, legacy)
	case AsksMail:
		return fmt.Sprintf("%s, in %s, opens product %d and asks for a mail instead of its password", who, in, a.At+1)
	case OpensWaiting:
		return fmt.Sprintf("%s, in %s, opens product %d, whose link waits there", who, in, a.At+1)
	case Joins:
		return fmt.Sprintf("%s, in %s, goes on from what was found", who, in)
	case Declines:
		return fmt.Sprintf("%s, in %s, says that none of what was found is theirs", who, in)
	case AsksReset:
		return fmt.Sprintf("%s asks for a new password of the account of %s", who, box)
	case Resets:
		return fmt.Sprintf("%s, in %s, opens that link and sets the %s for the account of %s", who, in, passwordNames[a.With], box)
	case Reports:
		return fmt.Sprintf("%s reports the %s of %s", who, [...]string{"link", "link that waits", "link, taken apart before,"}[a.Other], legacy)
	case ReportsFlow:
		return fmt.Sprintf("%s reports the sign-in in %s", who, from)
	case SignsOut:
		return fmt.Sprintf("%s signs out of %s", who, in)
	case Unlinks:
		return fmt.Sprintf("%s, in %s, takes the %s of %s apart", who, in, [...]string{"link", "link that waits"}[a.Other], legacy)
	case SetsAddress:
		return fmt.Sprintf("%s sets %s in the product of A", who, box)
	case Fetches:
		return fmt.Sprintf("A scanner opens the link of the sign-in in %s", from)
	case HandsOver:
		return "The mailbox becomes Victoria's"
	case LeaksPassword:
		return "Mallory learns the product's password of B"
	case SwitchesTenant:
		return "The tenant is switched off, or on again"
	case SwitchesLegacy:
		return "The product switches B off, or on again"
	case Remakes:
		return "The product deletes B and makes it anew"
	case BreaksStore:
		return "Product 2 stops answering, or answers again"
	}
	return "nobody does anything"
}
