package model

import "ligature/internal/directory"

// stageWith is a scene of two products of one tenant, with A of Mallory's in the first and B of Victoria's in the second. In the
// first, people set their address.
func stageWith(name string, more ...func(*Scene)) *Scene {
	s := &Scene{Name: name, OnLink: directory.Adopt,
		Instances: []Instance{{Tenant: "t1", Product: "p", Resets: true}, {Tenant: "t1", Product: "q", Resets: true, Proven: true}},
		Records: []Record{{Name: "A", Owner: Mallory, Knows: Mallory, Email: MallorysBox},
			{Name: "B", Owner: Victoria, Knows: Victoria, Instance: 1, Email: VictoriasBox}},
	}
	for _, m := range more {
		m(s)
	}
	return s
}

// Parts of scenes.
func set(s *Scene)        { s.OnLink = directory.Set }
func oneAddress(s *Scene) { s.OneAddress = true }
func leaks(s *Scene)      { s.Leaks = true }
func phone(s *Scene)      { s.Phone = true }
func lateLeak(s *Scene)   { s.LateLeak = true }

// recycled gives the mailbox to Victoria only after it was Mallory's, whose product records it.
func recycled(s *Scene) { s.Recycled, s.Records[0].Email = true, VictoriasBox }

// anotherOfHers is C, of Victoria's, in the first product, where nobody sets their address now.
func anotherOfHers(s *Scene) {
	s.Instances[0].Proven = true
	s.Records = append(s.Records, Record{Name: "C", Owner: Victoria, Knows: Victoria, Email: VictoriasBox})
}

// shared is C, which both use.
func shared(s *Scene) {
	s.Records = append(s.Records, Record{Name: "C", Owner: Victoria | Mallory, Knows: Victoria | Mallory, Email: VictoriasBox})
}

// twoTenants puts A into another tenant than B, and gives Victoria one more product account there.
func twoTenants(s *Scene) {
	s.Instances = []Instance{{Tenant: "t2", Product: "p", Resets: true, Proven: true}, {Tenant: "t1", Product: "p", Resets: true, Proven: true},
		{Tenant: "t2", Product: "q", Resets: true, Proven: true}}
	s.Records = append(s.Records, Record{Name: "C", Owner: Victoria, Knows: Victoria, Instance: 2, Email: VictoriasBox})
}

// remade is B, deleted and made anew in its product.
func remade(s *Scene) {
	s.Remakes = true
	s.Records = append(s.Records, Record{Name: "C", Owner: Victoria, Knows: Victoria, Email: VictoriasBox},
		Record{Name: "B anew", Owner: Victoria, Knows: Victoria, Instance: 1, Email: VictoriasBox, Again: B})
}

// Scenes are those in which every law holds, and from whose every world Victoria recovers. They are as small as what they
// look for allows; Wide has the rest.
func Scenes() []*Scene {
	return []*Scene{
		stageWith("as designed"),
		stageWith("as designed, a password is set", set),
		stageWith("a code is read aloud", leaks),
		stageWith("a code is read aloud, a password is set", leaks, set),
		stageWith("the mailbox was somebody else's", recycled, oneAddress),
		stageWith("the mailbox was somebody else's, a password is set", recycled, oneAddress, set),
		stageWith("accounts of one address, a code is read aloud", anotherOfHers, leaks, oneAddress),
		stageWith("accounts of one address, a code is read aloud, a password is set", anotherOfHers, leaks, oneAddress, set),
		stageWith("a shared account, a password is set", shared, oneAddress, set),
		stageWith("the product's password leaks later, a password is set", lateLeak, set),
		stageWith("everything at once, a password is set", anotherOfHers, leaks, recycled, lateLeak, oneAddress, set),
		stageWith("mails are forwarded, and Mallory sets her address", oneAddress, func(s *Scene) { s.Forwards, s.SetsAddress = true, true }),
		stageWith("Mallory reads codes to Victoria", func(s *Scene) { s.Tells = true }),
		stageWith("a second browser, a code is read aloud", phone, leaks, oneAddress),
		stageWith("reports and unlinking", oneAddress, leaks, func(s *Scene) { s.Reports, s.Unlinks = true, true }),
		stageWith("people sign out", func(s *Scene) { s.SignsOut = true }),
		stageWith("a tenant and an account are switched", oneAddress, leaks, func(s *Scene) { s.Switches = true }),
		stageWith("a product is down for a while", anotherOfHers, oneAddress, func(s *Scene) { s.Outage = true }),
		stageWith("two tenants, a code is read aloud", twoTenants, leaks, oneAddress),
		stageWith("an account is deleted and made anew", remade, oneAddress),
		stageWith("sign-ins to a shared account are begun anew where a link was opened", set, oneAddress, func(s *Scene) {
			s.Records[0] = Record{Name: "A", Owner: Victoria | Mallory, Knows: Victoria | Mallory, Email: VictoriasBox}
			s.Carries, s.Forwards = true, true
		}),
	}
}

// Wide are the same with more in them, for longer runs.
func Wide() []*Scene {
	both := func(s *Scene) { s.Reports, s.Unlinks = true, true }
	return []*Scene{
		stageWith("as designed, a second browser, a code is read aloud", phone, leaks),
		stageWith("a second browser, people sign out and report", phone, both, func(s *Scene) { s.SignsOut = true }),
		stageWith("mails are forwarded, and Mallory sets her address", func(s *Scene) { s.Forwards, s.SetsAddress = true, true }),
		stageWith("mails are forwarded and codes read aloud, a password is set", set, leaks, func(s *Scene) { s.Forwards, s.Tells = true, true }),
		stageWith("the mailbox was somebody else's", recycled),
		stageWith("a shared account, a password is set", shared, set),
		stageWith("a shared account, a code is read aloud, a password is set", shared, set, leaks, oneAddress),
		stageWith("accounts of one address, a code is read aloud", anotherOfHers, leaks),
		stageWith("reports and unlinking", both, leaks),
		stageWith("a tenant and an account are switched", leaks, func(s *Scene) { s.Switches = true }),
		stageWith("two tenants, a code is read aloud", twoTenants, leaks),
	}
}

// Loss is a scene in which a law is broken: because a guard is taken out, because somebody declared what is not so, or because
// of what a password that is carried on cannot give.
type Loss struct {
	*Scene
	// Law begins the law that is broken first, within Steps steps.
	Law   string
	Steps int
	// Harm begins the law about who opens what that is broken within HarmSteps, whatever else is; empty when no single loss comes
	// of it, because another guard stands behind.
	Harm      string
	HarmSteps int
}

func breaks(f func(*Broken)) func(*Scene) { return func(s *Scene) { f(&s.Broken) } }

// Named are the losses that remain, by decision: a password that is carried on is known to whoever knows the product's.
func Named() []Loss {
	return []Loss{
		{stageWith("a shared account, its password is carried on", shared), "I6", 6, "I6", 6},
		{stageWith("the product's password leaks later, and was carried on", lateLeak), "I6", 5, "I6", 5},
	}
}

// Declared are the losses that a wrong declaration, or a mail that acts for whoever opens it, brings.
func Declared() []Loss {
	return []Loss{
		{stageWith("an address that people set is declared proven, and Victoria accepts everything", func(s *Scene) {
			s.Instances[0].Proven, s.SetsAddress, s.Careless = true, true, true
		}), "I2", 5, "I2", 5},
		{stageWith("an address that people set is declared proven, and a mail is forwarded", func(s *Scene) {
			s.Instances[0].Proven, s.SetsAddress, s.Forwards = true, true, true
		}), "I1", 6, "I1", 6},
		{stageWith("the link to a new password is forwarded", func(s *Scene) { s.ForwardsAll = true }), "I1", 8, "I1", 8},
	}
}

// Mutations are guards that are taken out, each in the scene that needs it, with as many steps as it may take at most.
func Mutations() []Loss {
	resetToo := breaks(func(b *Broken) { b.ResetKeepsLinks = true })
	return []Loss{
		{stageWith("showing a link in any browser confirms it", breaks(func(b *Broken) { b.ApprovedAnywhere = true })), "I10", 5, "", 0},
		{stageWith("showing a link in any browser confirms it, and a reset keeps links", breaks(func(b *Broken) { b.ApprovedAnywhere = true }), resetToo), "I10", 5, "I6", 5},
		{stageWith("opening a link confirms it", breaks(func(b *Broken) { b.OpeningConfirms = true })), "I10", 5, "I1", 11},
		{stageWith("opening a link confirms it, and a reset keeps links", breaks(func(b *Broken) { b.OpeningConfirms = true }), resetToo), "I10", 5, "I6", 5},
		{stageWith("a link works after the address was changed", breaks(func(b *Broken) { b.AnyTurn = true })), "I10", 6, "", 0},
		{stageWith("a link works after the address was changed, and a reset keeps links", breaks(func(b *Broken) { b.AnyTurn = true }), resetToo), "I10", 6, "I6", 6},
		{stageWith("forms are taken from other sites", breaks(func(b *Broken) { b.CrossSite = true })), "I2", 4, "I2", 4},
		{stageWith("a link does not wait, a code is read aloud", leaks, breaks(func(b *Broken) { b.MergedAtOnce = true })), "I10", 10, "I1", 10},
		{stageWith("a link does not wait, the mailbox was somebody else's", recycled, breaks(func(b *Broken) { b.MergedAtOnce = true })), "I10", 9, "I1", 9},
		{stageWith("the session is of the account, a code is read aloud", leaks, breaks(func(b *Broken) { b.SessionUpgraded = true })), "I2", 10, "I2", 10},
		{stageWith("a link that waits takes the password anywhere, a code is read aloud", leaks,
			breaks(func(b *Broken) { b.ActivatedAnywhere = true })), "I10", 11, "I1", 11},
		{stageWith("a link that waits takes the password anywhere, the mailbox was somebody else's", recycled,
			breaks(func(b *Broken) { b.ActivatedAnywhere = true })), "I10", 10, "I1", 10},
		{stageWith("accounts of one address are joined unasked, a code is read aloud", leaks, oneAddress,
			breaks(func(b *Broken) { b.JoinedUnasked = true })), "I6", 6, "I6", 6},
		{stageWith("a reset keeps sessions, a code is read aloud", leaks, oneAddress, breaks(func(b *Broken) { b.ResetKeepsSessions = true })), "I4", 10, "I1", 10},
		{stageWith("a reset keeps links, a code is read aloud", leaks, oneAddress, resetToo), "I4", 8, "I2", 8},
		{stageWith("the product's password counts for ever, and leaks later", set, lateLeak, breaks(func(b *Broken) { b.LegacyLives = true })), "I8", 9, "I1", 9},
		{stageWith("others keep their sessions of a shared account", shared, set, breaks(func(b *Broken) { b.OthersStay = true })), "I5", 12, "", 0},
	}
}
