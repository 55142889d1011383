package web

func sampleInvitation(all map[string]Page) {
	const notMe, until = "/email/not-me?t=sample", "Tue 10 Nov 2026, 14:02 UTC"
	form := Form{Action: "/invitation", StepToken: "step_sample"}
	page := InvitationPage{Form: form, Product: "Akeneo PIM", ProductLogo: MarkGrid, Tenant: "Acme", Email: "mona@acme.example",
		WorksUntil: until, MinLength: 15, NotMeURL: notMe}
	all["invitation-new"] = page
	for _, key := range []string{"empty", "short", "long", "common"} {
		failed := page
		failed.Error = key
		all["invitation-new."+key] = failed
	}
	page.SignedInAs = "rita@acme.example"
	all["invitation-new.signed_in"] = page

	owned := InvitationOwnedPage{Form: form, Product: "Supplier Data Manager", ProductLogo: MarkFlow, Tenant: "Acme", Email: "dana@acme.example",
		WorksUntil: until, ResetURL: "/reset", NotMeURL: notMe}
	all["invitation-owned"] = owned
	for _, key := range []string{"empty", "wrong"} {
		failed := owned
		failed.Error = key
		all["invitation-owned."+key] = failed
	}
	owned.SignedInAs = "rita@acme.example"
	all["invitation-owned.signed_in"] = owned

	for _, reason := range []string{"expired", "stopped", "used", "changed", "damaged", "closed"} {
		ended := InvitationEndedPage{Reason: reason, Product: "Akeneo PIM", Reference: "K7Q-4MD"}
		if reason == "used" {
			ended.NextURL = "https://pim.example/"
		}
		if reason == "damaged" || reason == "closed" {
			ended.Product, ended.Reference = "", ""
		}
		all["invitation-ended."+reason] = ended
	}
}
