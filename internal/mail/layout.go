package mail

// layoutConfirm is E1: the link first, then what was requested, then what to do if it was somebody else.
func layoutConfirm(d *draft) {
	d.open("confirm")
	d.para("confirm.intro")
	d.add(block{Shape: shapeButton, Text: d.say("confirm.action"), URL: d.confirmURL()})
	d.para("confirm.next")
	d.para("confirm.elsewhere")
	d.requested()
	d.unexpected()
	d.close("confirm")
}

// layoutJoin is E2: somebody owns the address, so a wrong click costs most here, and the warning stands before the
// facts.
func layoutJoin(d *draft) {
	d.open("join")
	d.para("join.owned")
	d.para("join.intro")
	d.add(block{Shape: shapeButton, Text: d.say("join.action"), URL: d.confirmURL()})
	d.para("confirm.next")
	d.para("confirm.elsewhere")
	d.unexpected()
	d.requested()
	d.close("confirm")
}

// layoutLinked is E4. It holds no link that signs anybody in: its only action takes something away.
func layoutLinked(d *draft) {
	d.values["Address"] = shownAddress(d.value(KeyAddress), d.message.To)
	d.open("linked")
	d.para("linked.intro")
	d.para("linked.kept")
	d.headline("linked.facts")
	facts := append(d.who(KeyLinkedAt), d.fact("proof", d.proofs()), d.fact("request", d.say("fact.request_value")))
	d.add(block{Shape: shapeFacts, Facts: facts})
	d.headline("linked.not_me_heading")
	d.para("linked.not_me")
	d.add(block{Shape: shapeLink, Text: d.say("linked.action"), URL: d.notMeURL()})
	d.close("linked")
}

// layoutWaits says that something waits; like E4 it can only take away.
func layoutWaits(d *draft) {
	d.values["Address"] = shownAddress(d.value(KeyAddress), d.message.To)
	d.open("waits")
	d.para("waits.intro")
	d.para("waits.nothing")
	d.headline("waits.facts")
	facts := append(d.who(KeyLinkedAt), d.fact("proof", d.proofs()), d.fact("request", d.say("fact.request_value")))
	d.add(block{Shape: shapeFacts, Facts: facts})
	d.headline("linked.not_me_heading")
	d.para("waits.not_me")
	d.add(block{Shape: shapeLink, Text: d.say("linked.action"), URL: d.notMeURL()})
	d.close("linked")
}

// layoutActivate is for somebody who is signed in already: the link counts in that browser alone.
func layoutActivate(d *draft) {
	d.open("activate")
	d.para("activate.intro")
	d.add(block{Shape: shapeButton, Text: d.say("confirm.action"), URL: d.confirmURL()})
	d.para("confirm.next")
	d.para("activate.elsewhere")
	d.requested()
	d.unexpected()
	d.close("activate")
}

// layoutReported is the notice to an administrator. It names the address in full: somebody has to write to it.
func layoutReported(d *draft) {
	d.values["Address"] = flatten(d.value(KeyAddress))
	d.open("reported")
	d.para("reported.intro")
	d.add(block{Shape: shapePara, Text: d.oneOf("outcome", d.value(KeyOutcome))})
	if answer := d.value(KeyRecognised); answer != "" {
		d.add(block{Shape: shapePara, Text: d.oneOf("recognised", answer)})
	}
	d.headline("reported.facts")
	facts := append(d.who(KeyRequestedAt), d.fact("address", flatten(d.value(KeyAddress))),
		d.fact("reported", d.date(d.at(KeyReportedAt))), d.fact("request", d.say("fact.request_value")))
	d.add(block{Shape: shapeFacts, Facts: facts})
	d.para("reported.next")
	d.close("reported")
}

// requested is the facts of a request, with its number as on the screen.
func (d *draft) requested() {
	d.headline("fact.heading")
	facts := append(d.who(KeyRequestedAt), d.fact("request", d.say("fact.request_screen")))
	d.add(block{Shape: shapeFacts, Facts: facts})
}

// unexpected is the paragraph for those who did not ask, and the way to stop the request.
func (d *draft) unexpected() {
	d.headline("unexpected.heading")
	d.para("unexpected.warning")
	d.para("unexpected.reasons")
	d.add(block{Shape: shapeList, Items: []string{d.say("unexpected.colleague"), d.say("unexpected.invited")}})
	d.para("unexpected.stop")
	d.add(block{Shape: shapeLink, Text: d.say("unexpected.action"), URL: d.notMeURL()})
}

// layoutAlreadyLinked answers somebody who asked for the password of a product account that is linked. It has no link of
// ours: whoever asked is at the sign-in, and nobody else has anything to do.
func layoutAlreadyLinked(d *draft) {
	d.open("already_linked")
	d.para("already_linked.intro")
	d.para("already_linked.next")
	d.para("already_linked.ignore")
	d.headline("fact.heading")
	facts := append([]fact{d.fact("product", d.say("fact.product_value"))}, d.place(KeyRequestedAt)...)
	d.add(block{Shape: shapeFacts, Facts: append(facts, d.fact("request", d.say("fact.request_value")))})
	d.close("already_linked")
}

// layoutStopped is E7. Nothing is left to do, so it leads nowhere.
func layoutStopped(d *draft) {
	d.open("stopped")
	d.add(block{Shape: shapePara, Text: d.oneOf("stopped_outcome", d.value(KeyOutcome))})
	if d.value(KeyTold) != "" {
		d.para("stopped.told")
	}
	d.close("stopped")
}

// layoutLegacyTried has the count and nothing of whoever tried, and leads nowhere.
func layoutLegacyTried(d *draft) {
	d.open("legacy_tried")
	d.para("legacy_tried.intro")
	d.para("legacy_tried.safe")
	d.para("legacy_tried.you")
	d.close("legacy_tried")
}
