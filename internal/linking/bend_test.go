package linking_test

import (
	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// The helpers of this file bend one fact of a plausible story.

func tried(times int) *story {
	s := at(linking.AwaitCode)
	for range times {
		if err := s.apply(s.codeTyped("guess")); err != nil {
			panic(err)
		}
	}
	return s
}

func resent(times int) *story {
	s := at(linking.AwaitMailbox)
	for range times {
		s.now = s.now.Add(linking.ResendPause)
		if err := s.apply(s.resend()); err != nil {
			panic(err)
		}
	}
	s.now = s.now.Add(linking.ResendPause)
	return s
}

func owned() *story {
	s := at(linking.AwaitMailbox)
	s.owner = dana()
	return s
}

func linkedMeanwhile() *story {
	s := at(linking.AwaitMailbox)
	s.link = &account.Link{ID: "ln-other", State: account.LinkActive}
	return s
}

func otherGeneration() *story {
	s := at(linking.AwaitMailbox)
	again := *s.stored
	again.Generation = "2"
	s.stored = &again
	return s
}

func uniform(e linking.Event) linking.Event {
	l := e.(linking.LegacyPasswordChecked)
	l.Setting.Suite.Disclosure = directory.Uniform
	return l
}

func nameless(e linking.Event) linking.Event {
	l := e.(linking.LegacyPasswordChecked)
	l.Record = nil
	return l
}

func onlyDomain(e linking.Event) linking.Event {
	g := e.(linking.EmailGiven)
	g.Setting.Tenant.EmailDomains = []string{"acme.example"}
	return g
}

func recordedOnly(e linking.Event) linking.Event {
	g := e.(linking.EmailGiven)
	g.Setting.Product.OtherAddress = directory.ProveRecorded
	return g
}

func off(e linking.Event) linking.Event {
	c := e.(linking.Confirmed)
	c.Setting.Tenant.Rollout = directory.RolloutOff
	return c
}

func weak(e linking.Event) linking.Event {
	p := e.(linking.PasswordSet)
	p.Weakness = "new_password.short"
	return p
}

// from is the same event sent by another browser.
func from(e linking.Event, b ident.BrowserID) linking.Event {
	switch e := e.(type) {
	case linking.Identified:
		e.Browser = b
		return e
	case linking.AccountPasswordChecked:
		e.Browser = b
		return e
	case linking.LegacyPasswordChecked:
		e.Browser = b
		return e
	case linking.EmailGiven:
		e.Browser = b
		return e
	case linking.ResendAsked:
		e.Browser = b
		return e
	case linking.Confirmed:
		e.Browser = b
		return e
	case linking.CodeTyped:
		e.Browser = b
		return e
	case linking.PasswordSet:
		e.Browser = b
		return e
	case linking.MailAsked:
		e.Browser = b
		return e
	case linking.Joined:
		e.Browser = b
		return e
	case linking.ResetAsked:
		e.Browser = b
		return e
	case linking.GaveUp:
		e.Browser = b
		return e
	}
	return e
}
