package mail

// The mails about an account itself. They name no product: whoever reads the mailbox may be somebody else by now.

// layoutReset holds the one link with which whoever opens it acts.
func layoutReset(d *draft) {
	d.open("reset")
	d.para("reset.intro")
	d.add(block{Shape: shapeButton, Text: d.say("reset.action"), URL: d.url("/reset/confirm", KeyMailToken)})
	d.para("reset.next")
	d.para("reset.ignore")
	d.requestedOfAccount(KeyRequestedAt)
	d.close("reset")
}

// layoutPasswordChanged is E6. Its link leads to the page where a reset is asked for, and holds no secret.
func layoutPasswordChanged(d *draft) {
	d.values["Address"] = shownAddress(d.value(KeyAddress), d.message.To)
	d.values["Done"] = d.date(d.at(KeyDoneAt))
	d.open("password_changed")
	d.add(block{Shape: shapePara, Text: d.oneOf("password_changed", d.value(KeyHow))})
	d.changed("password_changed")
	d.headline("password_changed.not_you")
	d.para("password_changed.secure")
	d.add(block{Shape: shapeButton, Text: d.say("password_changed.action"), URL: d.issuer + "/reset"})
	d.close("password_changed")
}

// layoutEmailConfirm asks the new mailbox.
func layoutEmailConfirm(d *draft) { d.askMailbox("email_confirm", "/me/email/confirm") }

// layoutEmailApprove asks the present one.
func layoutEmailApprove(d *draft) {
	d.values["Address"] = shownAddress(d.value(KeyAddress), d.message.To)
	d.askMailbox("email_approve", "/me/email/approve")
}

// askMailbox is a mail of an email change: the link, that it counts in one browser alone, and how to stop it.
func (d *draft) askMailbox(area, path string) {
	d.open(area)
	d.para(area + ".intro")
	d.add(block{Shape: shapeButton, Text: d.say(area + ".action"), URL: d.url(path, KeyMailToken)})
	d.para("email_change.next")
	d.para("email_change.elsewhere")
	d.requestedOfAccount(KeyRequestedAt, d.fact("request", d.say("fact.request_screen")))
	d.headline("email_change.unexpected")
	d.para("email_change.stop")
	d.add(block{Shape: shapeLink, Text: d.say("email_change.stop_action"), URL: d.url("/me/email/stop", KeyNotMeToken)})
	d.close(area)
}

// layoutEmailChanged tells both mailboxes.
func layoutEmailChanged(d *draft) {
	d.values["Address"] = shownAddress(d.value(KeyAddress), d.message.To)
	d.values["Done"] = d.date(d.at(KeyDoneAt))
	d.open("email_changed")
	d.para("email_changed.intro")
	d.changed("email_changed")
	d.headline("email_changed.not_you")
	d.para("email_changed.secure")
	d.close("email_changed")
}

// requestedOfAccount is when and where something was asked for.
func (d *draft) requestedOfAccount(whenKey string, further ...fact) {
	d.headline("fact.heading")
	d.add(block{Shape: shapeFacts, Facts: append(d.place(whenKey), further...)})
}

// changed is what was changed, when and where.
func (d *draft) changed(area string) {
	d.headline(area + ".facts")
	d.add(block{Shape: shapeFacts, Facts: append([]fact{d.fact("address", shownAddress(d.value(KeyAddress), d.message.To))}, d.place(KeyDoneAt)...)})
}
