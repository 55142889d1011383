package web

import (
	"slices"
	"strings"
)

// Sample is a fully filled page in this state (see States); nil for an unknown state. Goldens, the gallery for axe and a
// preview show it. The people and addresses are made up.
func Sample(state string) Page { return samples()[state] }

// samples is every state with its page.
func samples() map[string]Page {
	all := map[string]Page{}
	for _, add := range []func(map[string]Page){
		sampleIdentifier, samplePassword, sampleEmail, sampleInbox, sampleMailbox, sampleNotMe, sampleLink, sampleForgot,
		sampleChoose, sampleAccount, sampleReset, sampleProblems, sampleInvitation,
		sampleOwn, sampleOwnSessions, sampleUnlink, sampleClose, sampleMerge,
	} {
		add(all)
	}
	return all
}

// sampleForm is the shared part of the samples: a flow that has just begun.
func sampleForm(action string) Form {
	return Form{Action: action, FlowID: "flow_sample", StepToken: "step_sample", EndsAt: "14:47 UTC", SecondsLeft: 2700}
}

func sampleIdentifier(all map[string]Page) {
	page := IdentifierPage{
		Form: sampleForm("/login"), Product: "Akeneo PIM", ProductLogo: MarkGrid, Tenant: "Acme",
	}
	all["signin-identifier"] = page
	empty := page
	empty.Error = "empty"
	all["signin-identifier.empty"] = empty
	malformed := page
	malformed.Error, malformed.Identifier = "malformed", "dana@acme"
	all["signin-identifier.malformed"] = malformed
	alone := page
	alone.Product, alone.ProductLogo, alone.Tenant = "", "", ""
	all["signin-identifier.no_product"] = alone
	changed := page
	changed.Notice, changed.Identifier = "password_changed", "dana@acme.example"
	all["signin-identifier.password_changed"] = changed
}

func samplePassword(all map[string]Page) {
	page := PasswordPage{
		Form: sampleForm("/login/password"), Product: "Akeneo PIM", Tenant: "Acme", Identifier: "dana@acme.example",
		ChangeURL: "/login", ResetURL: "/reset",
	}
	all["signin-password"] = page
	other := []ProductChoice{{Name: "Supplier Data Manager", URL: "/login/password?product=sdm"}}
	for _, key := range []string{"empty", "wrong", "unknown"} {
		failed := page
		failed.Error = key
		if key != "empty" {
			failed.Alternatives = other
		}
		all["signin-password."+key] = failed
	}
	choosing := page
	choosing.Alternatives = other
	all["signin-password.alternatives"] = choosing
	alone := page
	alone.Product, alone.Tenant = "", ""
	all["signin-password.no_product"] = alone
	changed := page
	changed.Notice = "password_changed"
	all["signin-password.password_changed"] = changed
}

func sampleEmail(all map[string]Page) {
	page := EmailPage{Form: sampleForm("/email"), Product: "Akeneo PIM", Email: "dana@acme.example"}
	all["signin-email"] = page
	for key, typed := range map[string]string{
		"empty": "", "malformed": "dana@acme", "domain": "dana@elsewhere.example", "refused": "dana@gone.example",
		"recorded": "dana@elsewhere.example", "too_soon": "dana@acme.example", "used_up": "dana@acme.example",
	} {
		failed := page
		failed.Error, failed.Email, failed.Domains = key, typed, "acme.example"
		all["signin-email."+key] = failed
	}
	mistyped := page
	mistyped.Email, mistyped.Suggestion = "dana@hotmial.com", "dana@hotmail.com"
	all["signin-email.suggestion"] = mistyped
}

func sampleInbox(all map[string]Page) {
	page := InboxPage{
		Form: sampleForm("/email/sent"), ResendAction: "/email/resend", CodeAction: "/email/code", ChangeURL: "/email",
		RestartURL: "/login", StatusURL: "/email/status?flow=flow_sample", Email: "dana@acme.example", SentAt: "14:02 UTC",
		WorksUntil: "14:17 UTC", Reference: "K7Q-4MD", ResendsLeft: 3,
	}
	all["signin-inbox"] = page
	for _, key := range []string{"not_confirmed", "too_soon", "code_empty", "code_wrong", "code_spent"} {
		failed := page
		failed.Error = key
		all["signin-inbox."+key] = failed
	}
	for _, key := range []string{"delayed", "bounced"} {
		mail := page
		mail.Mail = key
		all["signin-inbox."+key] = mail
	}
	resent := page
	resent.ResentAt, resent.ResendsLeft = "14:05 UTC", 2
	all["signin-inbox.resent"] = resent
	exhausted := page
	exhausted.ResentAt, exhausted.ResendsLeft = "14:09 UTC", 0
	all["signin-inbox.exhausted"] = exhausted
	confirmed := page
	confirmed.Confirmed = true
	all["signin-inbox.confirmed"] = confirmed
}

func sampleMailbox(all map[string]Page) {
	const notMe = "/email/not-me?t=sample"
	all["mailbox-here"] = MailLinkPage{
		Form: sampleForm("/email/sent"), Product: "Akeneo PIM", Tenant: "Acme", Email: "dana@acme.example", NotMeURL: notMe,
	}
	elsewhere := OtherBrowserPage{
		Action: "/email/confirm", MailToken: "sample", Product: "Akeneo PIM", Tenant: "Acme", AccountHint: "d***k",
		StartedAt: "Tue 3 November 2026, 14:02 UTC", Browser: "Chrome on Windows", Network: "192.0.2.0/24",
		Reference: "K7Q-4MD", NotMeURL: notMe,
	}
	all["mailbox-elsewhere"] = elsewhere
	same := elsewhere
	same.SameBrowser = true
	all["mailbox-elsewhere.same_browser"] = same
	elsewhere.SignedInAs = "rita@acme.example"
	all["mailbox-elsewhere.signed_in"] = elsewhere
	shown := CodePage{OTP: "K7Q4 MDX9", WorksUntil: "14:12 UTC", Product: "Akeneo PIM", NotMeURL: notMe}
	all["mailbox-code"] = shown
	shown.RestartURL = "/login?from=mail"
	all["mailbox-code.restart"] = shown
	for _, reason := range []string{"expired", "used", "changed", "damaged", "reset_expired", "reset_used", "reset_void", "change_over"} {
		dead := LinkErrorPage{Reason: reason}
		if reason == "expired" || strings.HasPrefix(reason, "reset_") {
			dead.RestartURL = "/login"
		}
		all["mailbox-dead."+reason] = dead
	}
}

func sampleNotMe(all map[string]Page) {
	page := NotMePage{Action: "/email/not-me", MailToken: "sample"}
	all["mailbox-notme"] = page
	page.Error = "none_chosen"
	all["mailbox-notme.none_chosen"] = page
	all["mailbox-stopped"] = NotMeDonePage{}
	all["mailbox-stopped.suspended"] = NotMeDonePage{Suspended: true}
}

func sampleLink(all map[string]Page) {
	page := LinkPage{Form: sampleForm("/link"), Product: "Supplier Data Manager", ProductLogo: MarkFlow, Tenant: "Acme", Identifier: "dana@acme.example",
		SignedInAs: "dana@acme.example", MergeURL: "/me/merge", ForgotURL: "/forgot", SignOutURL: "/end_session", NoneURL: "/no-access"}
	all["account-link"] = page
	for key, typed := range map[string]string{"identifier_empty": "", "identifier_malformed": "dana@acme", "password_empty": "dana", "wrong": "dana"} {
		failed := page
		failed.Error, failed.Identifier = key, typed
		all["account-link."+key] = failed
	}
	byMail := page
	byMail.MailAction = "/link/mail"
	all["account-link.by_mail"] = byMail
	another := page
	another.BackURL, another.Identifier = "/linked", ""
	all["account-link.another"] = another
}

func sampleChoose(all map[string]Page) {
	page := ChoosePage{Action: "/authorize/choose", Request: "request_sample", StepToken: "step_sample", Product: "Akeneo PIM", ProductLogo: MarkGrid,
		Tenant: "Acme", OtherURL: "/authorize/other?request=request_sample", Another: sampleAnother("request_sample"),
		Accounts: []AccountChoice{
			{ID: "account_1", Name: "Dana Petrov", Username: "dpetrov", Email: "dana@acme.example"},
			{ID: "account_2", Name: "Dana Petrov (supplier onboarding, evenings and weekends)", Username: "dana.petrov.onboarding", Email: "supplier-onboarding@acme.example"},
			{ID: "account_3", Email: "orders@acme.example"},
		}}
	all["account-choose"] = page
	page.Error = "again"
	all["account-choose.again"] = page
}

func sampleAnother(request string) AnotherForm {
	return AnotherForm{Action: "/me/link", StepToken: "step_sample", Tenant: "acme", Product: "pim", Name: "Akeneo PIM", Request: request}
}

func sampleForgot(all map[string]Page) {
	page := ForgotPage{Form: sampleForm("/link/forgot"), Product: "Akeneo PIM", ProductLogo: MarkGrid, Tenant: "Acme",
		Email: "dana@acme.example", BackURL: "/link", Minutes: 42}
	all["account-forgot"] = page
	for key, typed := range map[string]string{"empty": "", "malformed": "dana@acme", "too_soon": "dana@acme.example",
		"used_up": "dana@acme.example", "wait": "dana@acme.example"} {
		failed := page
		failed.Error, failed.Email = key, typed
		all["account-forgot."+key] = failed
	}
	own := page
	own.OwnURL = "https://pim.example/user/reset-request"
	all["account-forgot.own"] = own

	sent := ForgotSentPage{Form: sampleForm("/link/forgot/sent"), Product: "Akeneo PIM", Email: "dana@acme.example", BackPath: "/link",
		ChangeURL: "/link/forgot", ResendsLeft: 2, Minutes: 42}
	all["account-forgotsent"] = sent
	for _, key := range []string{"too_soon", "wait"} {
		failed := sent
		failed.Error = key
		all["account-forgotsent."+key] = failed
	}
	pause := sent
	pause.PauseHours = 24
	all["account-forgotsent.pause"] = pause
	resent := sent
	resent.ResentAt, resent.ResendsLeft = "14:05 UTC", 1
	all["account-forgotsent.resent"] = resent
	exhausted := sent
	exhausted.ResendsLeft = 0
	all["account-forgotsent.exhausted"] = exhausted
}

func sampleAccount(all map[string]Page) {
	linked := LinkedPage{
		Form: sampleForm("/linked"), Product: "Akeneo PIM", Email: "dana@acme.example",
		Products: []LinkedProduct{
			{Name: "Akeneo PIM", Logo: MarkGrid, OpenURL: "/open/pim"},
			{Name: "Supplier Data Manager", Logo: MarkFlow, OpenURL: "/open/sdm"},
		},
	}
	all["account-linked"] = linked
	adopted := linked
	adopted.Adopted = true
	all["account-linked.adopted"] = adopted
	pending := linked
	pending.Pending, pending.Products = true, nil
	all["account-linked.pending"] = pending
	offers := linked
	offers.Products = linked.Products[:1]
	offers.Offers = []JoinOffer{{Name: "Supplier Data Manager", Logo: MarkFlow, Username: "dpetrov",
		Email: "dana@acme.example", Field: "not_mine_0"}}
	all["account-linked.offers"] = offers
	waiting := offers
	waiting.Waiting, waiting.Products = true, nil
	all["account-linked.waiting"] = waiting
	alone := linked
	alone.Product, alone.OwnURL = "", "/me"
	alone.Products = slices.Clone(linked.Products)
	alone.Products[0].Usernames, alone.Products[0].Another = []string{"dpetrov", "dana.petrov.onboarding"}, sampleAnother("")
	alone.Products[1].Another = sampleAnother("")
	alone.Products[1].Another.Name = alone.Products[1].Name
	all["account-linked.no_product"] = alone

	password := NewPasswordPage{Form: sampleForm("/password"), Email: "dana@acme.example", MinLength: 15}
	all["account-password"] = password
	for _, key := range []string{"empty", "short", "long", "common"} {
		failed := password
		failed.Error = key
		all["account-password."+key] = failed
	}
	resetting := password
	resetting.Reset, resetting.EndsAt, resetting.SecondsLeft = true, "", 0
	all["account-password.reset"] = resetting
	all["account-signout"] = SignOutPage{Form: sampleForm("/logout"), Email: "dana@acme.example", OwnURL: "/me"}
	all["account-return"] = ReturnPage{Action: "https://pim.acme.example/callback", Fields: []ReturnField{{"code", "c0de"}, {"state", "a state"}}}
	all["account-signedout"] = SignedOutPage{LoginURL: "/login"}
	all["site-help"] = HelpPage{LoginURL: "/login", SupportURL: "https://support.example/"}
}

func sampleProblems(all map[string]Page) {
	for _, state := range statesOf(ProblemPage{}) {
		_, kind, _ := strings.Cut(state, ".")
		page := ProblemPage{Kind: kind, Product: "Akeneo PIM", NextURL: "/login", Reference: "K7Q-4MD", Minutes: 1}
		switch kind {
		case ProblemTimedOut:
			page.Minutes = 45
		case ProblemLocked:
			page.Minutes, page.ResetURL, page.NextURL = 2, "/reset", ""
		case ProblemConflict:
			page.Email, page.NextURL = "li.wang@acme.example", ""
		case "no_minutes":
			page.Kind, page.Minutes = ProblemLocked, 0
		}
		all[state] = page
	}
}
