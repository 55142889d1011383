package model

import (
	"context"
	"strings"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// The secrets of mailed links, by the place of their flow: the present address first, then earlier ones by mailbox. What
// stops has the same name with another beginning.
var linkSecrets = [browsers][boxes]string{
	{"link-0-now", "link-0-v", "link-0-m"}, {"link-1-now", "link-1-v", "link-1-m"}, {"link-2-now", "link-2-v", "link-2-m"},
}

// stopPrefix begins the secret with which a link that was made can be reported; the link's name follows.
const stopPrefix = "stop-"

// Flow implements linking.Store.
func (s *stage) Flow(_ context.Context, id ident.FlowID) (linking.Flow, error) {
	if id == madeFlow && s.isMaking {
		return s.making, nil
	}
	if place := placeOfFlow(id); place != 0 && s.world.flows[place-1].state != 0 {
		return s.flow(Browser(place - 1)), nil
	}
	for l := A; l <= s.last(); l++ {
		switch {
		case string(id) == string(mainIDs[l]) && s.world.records[l].main.state != tieNone:
			return s.finished(l, id, s.world.records[l].main), nil
		case string(id) == string(waitIDs[l]) && s.world.records[l].wait.state != tieNone:
			return s.finished(l, id, s.world.records[l].wait), nil
		case string(id) == string(partedIDs[l]) && s.world.records[l].parted.state != tieNone:
			return s.finished(l, id, s.world.records[l].parted), nil
		}
	}
	return linking.Flow{}, fault.New(fault.Missing, "flow.missing")
}

// Conversation implements linking.Store.
func (s *stage) Conversation(ctx context.Context, id ident.FlowID) (linking.Conversation, error) {
	f, err := s.Flow(ctx, id)
	if err != nil {
		return linking.Conversation{}, err
	}
	setting, err := s.Setting(ctx, f.Tenant, f.Product)
	return linking.Conversation{Flow: f, Setting: setting}, err
}

// finished is the flow that a link was made by. Each link has one of its own: whatever else it was, it is over.
func (s *stage) finished(l Legacy, id ident.FlowID, t tie) linking.Flow {
	pa := s.stored(l)
	f := linking.Flow{ID: id, Kind: linking.KindLink, State: linking.Linked, Tenant: pa.Tenant, Product: pa.Product, Browser: browserIDs[t.browser],
		Candidate: &pa, Email: emails[t.account], EmailTurn: 1, Owner: accountIDs[t.account], CreatedAt: now, ChangedAt: now,
		Deadline: now.Add(linking.FlowTTL), Version: 1}
	if t.state == tiePending {
		f.State = linking.Pending
	}
	if t.began != 0 {
		f.Opened = linkSecrets[t.began-1][0]
	}
	return f
}

// flow is the row of a kept flow. Minutes that have to pass have passed; deadlines have not.
func (s *stage) flow(b Browser) linking.Flow {
	c := &s.world.flows[b]
	in := s.scene.Instances[c.instance]
	f := linking.Flow{
		ID: flowIDs[b], Kind: linking.KindLink, State: linking.States()[c.state-1], Tenant: in.Tenant, Product: in.Product,
		Browser: browserIDs[b], RecordedOnly: c.recordedOnly, Earlier: accountIDs[c.earlier], Owner: accountIDs[c.owner],
		ByMail: c.byMail, Email: emails[c.email], Carried: c.carried, AdoptHash: hashes[c.adopt],
		CreatedAt: now, ChangedAt: now, Deadline: now.Add(linking.FlowTTL), Version: 1,
	}
	if c.ownerAuth {
		f.OwnerAuthAt = now
	}
	if c.candidate != 0 {
		pa := s.stored(c.candidate)
		pa.Email = emails[c.candidateBox]
		f.Candidate = &pa
		f.Legacy = &account.Proof{ID: "legacy", Method: account.LegacyPassword, Tenant: in.Tenant, Product: in.Product, ProductAccount: pa.ID,
			Flow: f.ID, Browser: f.Browser, At: now}
	}
	if c.email != 0 {
		f.EmailTurn = 1
		if c.turns {
			f.EmailTurn = 2
		}
	}
	if c.links[0] != 0 {
		f.Mails, f.LastMailAt = 1, now.Add(-time.Hour)
	}
	if c.proof != proofNone {
		f.Mailbox = &account.Proof{ID: "mailbox", Method: account.MailboxLink, Tenant: in.Tenant, Product: in.Product, Flow: f.ID,
			Browser: f.Browser, Email: f.Email, EmailTurn: f.EmailTurn, At: now}
		if c.proof == proofOTP {
			f.Mailbox.Method = account.MailboxCode
		}
	}
	if f.State == linking.AwaitJoin && f.Candidate != nil {
		f.Legacy.SpentAt, f.Mailbox.SpentAt = now, now
	}
	if c.shown {
		f.CodeHash, f.CodeDeadline = otpHashes[f.ID], now.Add(linking.CodeTTL)
	}
	if c.opened != 0 {
		f.Opened = linkSecrets[c.opened-1][0]
	}
	f.Offers = s.offers(c)
	return f
}

// offers are those of a flow.
func (s *stage) offers(c *flow) []linking.Offer {
	var offers []linking.Offer
	for l := A; l <= s.last(); l++ {
		if c.same&(1<<l) != 0 {
			pa := s.stored(l)
			pa.Email = emails[s.world.records[l].present]
			if !s.world.records[l].stored {
				pa.ID = ""
			}
			offers = append(offers, linking.Offer{Kind: linking.OfferSameEmail, ProductAccount: pa})
		}
		if c.waiting&(1<<l) != 0 {
			offers = append(offers, linking.Offer{Kind: linking.OfferWaiting, ProductAccount: s.stored(l), Link: waitIDs[l]})
		}
	}
	return offers
}

// offered is the legacy account of each of a flow's offers, in their order.
func (s *stage) offered(c *flow) []Legacy {
	var all []Legacy
	for l := A; l <= s.last(); l++ {
		if c.same&(1<<l) != 0 {
			all = append(all, l)
		}
		if c.waiting&(1<<l) != 0 {
			all = append(all, l)
		}
	}
	return all
}

// MailToken implements linking.Store: the links that somebody holds, and what reports a link that was made.
func (s *stage) MailToken(_ context.Context, hash string) (linking.MailToken, error) {
	if name, ok := strings.CutPrefix(hash, stopPrefix); ok {
		return s.stopToken(name)
	}
	name, purpose := hash, linking.PurposeConfirm
	if stops, ok := strings.CutPrefix(hash, "not-"); ok {
		name, purpose = stops, linking.PurposeNotMe
	}
	for b := range linkSecrets {
		for which, secret := range linkSecrets[b] {
			if secret == name && s.world.flows[b].links[which] != 0 {
				return s.mailToken(Browser(b), Box(which), hash, purpose), nil
			}
		}
	}
	return linking.MailToken{}, fault.New(fault.Missing, "mail_token.missing")
}

func (s *stage) mailToken(b Browser, which Box, hash string, purpose linking.MailPurpose) linking.MailToken {
	c := &s.world.flows[b]
	t := linking.MailToken{Hash: hash, Purpose: purpose, Tenant: s.scene.Instances[c.instance].Tenant, Flow: flowIDs[b], Email: emails[c.email],
		EmailTurn: 1, CreatedAt: now, Deadline: now.Add(linking.LinkTTL)}
	if c.turns {
		t.EmailTurn = 2
	}
	if which != 0 && !s.scene.Broken.AnyTurn {
		t.EmailTurn, t.Email = 1, emails[which]
	}
	return t
}

// stopToken is what the mails about a link hold.
func (s *stage) stopToken(name string) (linking.MailToken, error) {
	for l := A; l <= s.last(); l++ {
		for _, one := range [...]struct {
			id ident.LinkID
			t  tie
		}{{mainIDs[l], s.world.records[l].main}, {waitIDs[l], s.world.records[l].wait}, {partedIDs[l], s.world.records[l].parted}} {
			if string(one.id) == name && one.t.stops != 0 {
				return linking.MailToken{Hash: stopPrefix + name, Purpose: linking.PurposeNotMe, Tenant: s.stored(l).Tenant, Flow: ident.FlowID(name),
					Email: emails[one.t.account], EmailTurn: 1, ProductAccount: paIDs[l], CreatedAt: now, Deadline: now.Add(linking.ReportTTL)}, nil
			}
		}
	}
	return linking.MailToken{}, fault.New(fault.Missing, "mail_token.missing")
}
