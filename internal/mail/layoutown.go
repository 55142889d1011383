package mail

import "net/url"

// The mails about what people do with their own account. None of them holds a secret: whoever wants to take something
// back signs in for it.

// layoutUnlinked is E5.
func layoutUnlinked(d *draft) {
	d.own("unlinked")
	d.undoable("unlinked")
	d.ownFacts("unlinked")
	d.notYou()
	d.close("unlinked")
}

// layoutRelinked tells that an unlink was taken back.
func layoutRelinked(d *draft) {
	d.own("relinked")
	d.ownFacts("relinked")
	d.notYou()
	d.close("unlinked")
}

// layoutMerged tells both accounts which password and address hold now.
func layoutMerged(d *draft) {
	d.own("merged")
	if d.value(KeyProducts) != "" {
		d.values["Products"] = flatten(d.value(KeyProducts))
		d.para("merged.products")
	}
	d.undoable("merged")
	d.ownFacts("merged")
	d.notYou()
	d.close("merged")
}

// layoutParted tells that a merge was taken back.
func layoutParted(d *draft) {
	d.own("parted")
	d.para("parted.password")
	d.ownFacts("parted")
	d.notYou()
	d.close("merged")
}

// layoutClosed is the last mail of an account.
func layoutClosed(d *draft) {
	d.own("closed")
	d.para("closed.again")
	d.ownFacts("closed")
	d.headline("own.not_me_heading")
	d.para("closed.not_me")
	d.close("closed")
}

// own writes what is above and the first sentence.
func (d *draft) own(area string) {
	d.values["Done"] = d.date(d.at(KeyDoneAt))
	for key, name := range map[string]string{KeyAddress: "Address", KeyOther: "Other"} {
		if v := d.value(key); v != "" {
			d.values[name] = shownAddress(v, d.message.To)
		}
	}
	d.open(area)
	d.para(area + ".intro")
}

// undoable says until when it can be taken back, and where.
func (d *draft) undoable(area string) {
	d.values["Until"] = d.date(d.at(KeyUntil))
	d.para(area + ".undo")
	d.meLine()
}

func (d *draft) meLine() {
	d.add(block{Shape: shapeLink, Text: d.say("own.action"), URL: d.page("/me")})
}

// page is a page of ours without a secret.
func (d *draft) page(path string) string {
	joined, err := url.JoinPath(d.issuer, path)
	d.fail(err)
	return joined
}

// ownFacts are when and where, and the product where it is about one.
func (d *draft) ownFacts(area string) {
	d.headline(area + ".facts")
	facts := d.place(KeyDoneAt)
	if d.value(KeyProduct) != "" {
		facts = d.who(KeyDoneAt)
	}
	d.add(block{Shape: shapeFacts, Facts: append(facts, d.fact("request", d.say("fact.request_value")))})
}

// notYou is for whoever did not do it.
func (d *draft) notYou() {
	d.headline("own.not_me_heading")
	d.para("own.not_me")
}
