package mail

// layoutInvited is an invitation: whom it comes from, what it asks, and how to refuse it. Its link is nowhere else.
func layoutInvited(d *draft) {
	d.values["Expires"] = d.date(d.at(KeyUntil))
	d.open("invited")
	d.para("invited.intro")
	d.add(block{Shape: shapeButton, Text: d.say("invited.action"), URL: d.url("/invitation", KeyMailToken)})
	d.para("invited.next")
	d.headline("invited.facts")
	facts := append(d.invitation(KeyRequestedAt), fact{Name: d.say("invited.until"), Value: d.date(d.at(KeyUntil))},
		d.fact("request", d.say("fact.request_value")))
	d.add(block{Shape: shapeFacts, Facts: facts})
	d.headline("invited.not_me_heading")
	d.para("invited.reasons")
	d.add(block{Shape: shapeList, Items: []string{d.say("unexpected.invited")}})
	d.para("invited.stop")
	d.add(block{Shape: shapeLink, Text: d.say("invited.action_stop"), URL: d.notMeURL()})
	d.close("invited")
}

// invitation are the facts of every mail about an invitation: product and when. Who invited is not told to a stranger.
func (d *draft) invitation(whenKey string) []fact {
	return []fact{d.fact("product", d.say("fact.product_value")), d.fact("when", d.date(d.at(whenKey)))}
}

// layoutDeclined is the notice to an administrator. It names the address in full: somebody has to correct it.
func layoutDeclined(d *draft) {
	d.values["Address"] = flatten(d.value(KeyAddress))
	d.open("declined")
	d.para("declined.intro")
	d.add(block{Shape: shapePara, Text: d.oneOf("outcome", d.value(KeyOutcome))})
	if answer := d.value(KeyRecognised); answer != "" {
		d.add(block{Shape: shapePara, Text: d.oneOf("recognised", answer)})
	}
	d.headline("reported.facts")
	facts := append(d.invitation(KeyRequestedAt), d.fact("address", flatten(d.value(KeyAddress))),
		d.fact("reported", d.date(d.at(KeyReportedAt))), d.fact("request", d.say("fact.request_value")))
	d.add(block{Shape: shapeFacts, Facts: facts})
	d.para("declined.next")
	d.close("declined")
}

// layoutRevoked is E5 for an invitation that was taken back after it was accepted. It has nothing to press.
func layoutRevoked(d *draft) {
	d.open("revoked")
	d.para("revoked.intro")
	d.para("revoked.kept")
	d.headline("revoked.facts")
	d.add(block{Shape: shapeFacts, Facts: append(d.invitation(KeyReportedAt), d.fact("request", d.say("fact.request_value")))})
	d.para("revoked.next")
	d.close("revoked")
}
