package linking

import (
	"context"
	"strings"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// MailsPerHour keeps a mailbox from being flooded: n mails, then none until the hour is over.
func MailsPerHour(n int) AttemptPolicy { return AttemptPolicy{Free: n, Window: time.Hour} }

// MailsPerDay is MailsPerHour for a day.
func MailsPerDay(n int) AttemptPolicy { return AttemptPolicy{Free: n, Window: 24 * time.Hour} }

// FlowsPerHour slows a network down that begins flows and proves nothing in them. It waits and never refuses: a whole
// company may sit behind one address.
func FlowsPerHour(n int) AttemptPolicy {
	return AttemptPolicy{Free: n, Wait: 15 * time.Second, MaxWait: 5 * time.Minute, Window: time.Hour}
}

// flowsKey counts the unproven flows of one network.
func flowsKey(tenant ident.TenantID, network string) string {
	return "flows:" + string(tenant) + ":" + network
}

// limitFlows takes one of the flows that the network may begin. A count that cannot be kept because too many begin at
// once lets the flow through: the limit is there to slow down, not to be exact.
func (s *Service) limitFlows(ctx context.Context, start Start) error {
	setting, err := s.Store.Setting(ctx, start.Tenant, start.Product)
	if err != nil {
		return err
	}
	n, network := setting.FlowsPerHour(), start.Origin.Network
	if n == 0 || network == "" {
		return nil
	}
	err = s.reserve(ctx, flowsKey(start.Tenant, network), FlowsPerHour(n))
	if fault.KeyOf(err) == keyCrowded {
		return nil
	}
	return renamed(err, "flows.wait")
}

// unproven is the count that a flow is in until something was proven in it.
func unproven(f Flow) []string {
	if f.Origin.Network == "" {
		return nil
	}
	return []string{flowsKey(f.Tenant, f.Origin.Network)}
}

// MailsPerUser keeps one user of a product from sending mails to mailbox after mailbox.
func MailsPerUser() AttemptPolicy { return AttemptPolicy{Free: 10, Window: time.Hour} }

// mailCount is one count that a mail adds to.
type mailCount struct {
	key    string
	policy AttemptPolicy
}

// mailCounts are the counts of a mail that goes to an address because somebody typed it. Somebody's own recorded mailbox
// has counts of its own, so that strangers cannot use up its owner's mails.
func mailCounts(limits directory.Limits, f Flow, m Mail) []mailCount {
	whose, mailbox := "mailbox", countedMailbox(m.To)
	if f.Candidate != nil && f.Candidate.Email == m.To {
		whose = "own-mailbox"
	}
	counts := []mailCount{
		{whose + "-hour:" + mailbox, MailsPerHour(limits.MailsPerHour)},
		{whose + "-day:" + mailbox, MailsPerDay(limits.MailsPerDay)},
	}
	if f.Candidate != nil && limits.MailsPerHour > 0 {
		counts = append(counts, mailCount{"mails:" + legacyKey(f, f.Candidate.ExternalID), MailsPerUser()})
	}
	return counts
}

// countedMailbox is an address without what follows a plus: for counting alone, because most systems deliver it to the
// same mailbox.
func countedMailbox(e ident.Email) string {
	local, domain, _ := strings.Cut(e.Key(), "@")
	mailbox, _, _ := strings.Cut(local, "+")
	return mailbox + "@" + domain
}

// limitMails counts the verification mails of an outcome. taken remembers what was counted, so that a step that is decided
// anew counts once. Whether the address belongs to an account plays no part.
func (s *Service) limitMails(ctx context.Context, limits directory.Limits, out Outcome, taken map[string]bool) error {
	for _, m := range out.Mails {
		if !m.Kind.verifies() {
			continue
		}
		for _, count := range mailCounts(limits, out.Flow, m) {
			if count.policy.Free == 0 || taken[count.key] {
				continue
			}
			if err := s.reserve(ctx, count.key, count.policy); err != nil {
				return renamed(err, "mails.wait")
			}
			taken[count.key] = true
		}
	}
	return nil
}

// renamed gives a wait the name of what waits.
func renamed(err error, key string) error {
	if fault.Is(err, fault.Throttled) {
		return fault.Wait(key, fault.AfterOf(err))
	}
	return err
}
