package web

// sampleReset are the pages of a forgotten password, and of what people change at their account.
func sampleReset(all map[string]Page) {
	form := func(action string) Form { return Form{Action: action, StepToken: "step_sample"} }
	ask := ResetPage{Form: form("/reset"), BackURL: "/login"}
	all["reset-ask"] = ask
	known := ask
	known.Email, known.ChangeURL = "dana@acme.example", "/reset?other=1"
	all["reset-ask.known"] = known
	for key, typed := range map[string]string{"empty": "", "malformed": "dana"} {
		failed := ask
		failed.Error, failed.Email = key, typed
		all["reset-ask."+key] = failed
	}
	sent := ResetSentPage{Product: "Akeneo PIM", Minutes: 30, AgainURL: "/reset", BackURL: "/login"}
	all["reset-sent"] = sent
	own, paused := sent, sent
	own.OwnURL = "https://pim.example/user/reset-request"
	all["reset-sent.own"] = own
	paused.PauseHours = 24
	all["reset-sent.pause"] = paused
	sent.Product = ""
	all["reset-sent.no_product"] = sent

	change := PasswordChangePage{Form: form("/me/password"), Email: "dana@acme.example", MinLength: 15, ResetURL: "/reset", BackURL: "/me"}
	all["account-change"] = change
	for _, key := range []string{"present_empty", "present_wrong", "empty", "short", "long", "common"} {
		failed := change
		failed.Error = key
		all["account-change."+key] = failed
	}
	address := EmailChangePage{Form: form("/me/email"), Email: "dana@acme.example", ResetURL: "/reset", BackURL: "/me"}
	all["account-email"] = address
	for key, typed := range map[string]string{"empty": "", "malformed": "dana", "same": "dana@acme.example", "domain": "dana@other.example",
		"recorded": "d.petrov@acme.example", "password_empty": "d.petrov@acme.example", "password_wrong": "d.petrov@acme.example"} {
		failed := address
		failed.Error, failed.Wanted = key, typed
		all["account-email."+key] = failed
	}
	sampleEmailChange(all)
	for _, news := range []string{"password", "email", "owned", "stopped", "kept"} {
		page := AccountNewsPage{News: news, Email: "d.petrov@acme.example", NextURL: "/me"}
		if news == "stopped" {
			page.NextURL, page.ResetURL = "", "/reset"
		}
		all["account-news."+news] = page
	}
}

func sampleEmailChange(all map[string]Page) {
	inbox := EmailChangeInboxPage{Form: sampleForm("/me/email/sent"), ResendAction: "/me/email/resend", Present: "dana@acme.example",
		Wanted: "d.petrov@acme.example", SentAt: "14:02 UTC", WorksUntil: "14:17 UTC", Reference: "K7Q-4MD", ResendsLeft: 3,
		AgainURL: "/me/email", Missing: "both"}
	for _, missing := range []string{"both", "present", "wanted", "none"} {
		page := inbox
		page.Missing = missing
		all["account-inbox."+missing] = page
	}
	exhausted := inbox
	exhausted.ResendsLeft = 0
	all["account-inbox.exhausted"] = exhausted
	for _, key := range []string{"not_confirmed", "too_soon"} {
		failed := inbox
		failed.Error = key
		all["account-inbox."+key] = failed
	}
	all["account-elsewhere"] = EmailChangeElsewherePage{StartedAt: "Tue 3 Nov 2026, 14:02 UTC", Browser: "Chrome on Windows",
		Network: "192.0.2.0/24", Reference: "K7Q-4MD", StopURL: "/me/email/stop?t=sample"}
	stop := EmailChangeStopPage{Action: "/me/email/stop", MailToken: "sample"}
	all["account-stop"] = stop
	stop.Error = "none_chosen"
	all["account-stop.none_chosen"] = stop
}
