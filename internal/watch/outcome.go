package watch

import (
	"slices"

	"ligature/internal/audit"
	"ligature/internal/linking"
)

// begun is the outcome of a sign-in that has none yet.
const begun = "begun"

// signInOutcomes are the values of the label: begun, and the states in which a sign-in ends.
func signInOutcomes() []string {
	outcomes := []string{begun}
	for _, s := range linking.States() {
		if s.Terminal() {
			outcomes = append(outcomes, string(s))
		}
	}
	return outcomes
}

// linkChanges are what may happen to a link, in the words of the label.
var linkChanges = []string{"activated", "suspended", "waits", "ended", "restored", "moved"}

// linkChange is the change that an action records; empty for an action that is of no link.
func linkChange(a audit.Action) string {
	switch a {
	case audit.LinkActivated:
		return "activated"
	case audit.LinkSuspended:
		return "suspended"
	case audit.LinkWaits:
		return "waits"
	case audit.LinkEnded:
		return "ended"
	case audit.LinkRestored:
		return "restored"
	case audit.LinkMoved:
		return "moved"
	}
	return ""
}

// Committed counts what an Outcome says that happened, once it is stored.
func (w *Watch) Committed(o linking.Outcome) {
	stopped := false
	for _, e := range o.Events {
		w.events.WithLabelValues(string(e.Action)).Inc()
		switch {
		case e.Action == audit.FlowBegun:
			w.signIns.WithLabelValues(string(o.Flow.Product), begun).Inc()
		case e.Action == audit.FlowRefused:
			w.refusals.WithLabelValues(e.Reason).Inc()
		case e.Action == audit.RequestStopped:
			stopped = true
		}
		if change := linkChange(e.Action); change != "" {
			w.links.WithLabelValues(change).Inc()
		}
	}
	// Somebody may still say "this was not me" when a sign-in is over; it has ended once all the same.
	over := stopped && slices.Contains([]linking.State{linking.Linked, linking.Pending}, o.Flow.State)
	if o.Flow.ID != "" && o.Flow.State.Terminal() && !over {
		w.signIns.WithLabelValues(string(o.Flow.Product), string(o.Flow.State)).Inc()
	}
}
