package web

// sampleLinks are product accounts in every state.
func sampleLinks() []OwnLink {
	return []OwnLink{
		{Name: "Akeneo PIM", Logo: MarkGrid, Tenant: "Acme", Username: "dpark", Since: "Tue 3 November 2026, 14:02 UTC",
			Methods: []string{"legacy_password", "mailbox_link"}, State: "active", OpenURL: "/open/pim", UnlinkURL: "/me/unlink/ln_1",
			Another: sampleAnother("")},
		{Name: "Supplier Data Manager", Logo: MarkFlow, Tenant: "Acme", Username: "dana@acme.example", Since: "Wed 4 November 2026, 09:15 UTC",
			Methods: []string{"account_password", "operator"}, State: "reset", OpenURL: "/open/sdm", UnlinkURL: "/me/unlink/ln_2"},
	}
}

func sampleOwn(all map[string]Page) {
	page := OwnPage{Email: "dana@acme.example", Links: sampleLinks(), EmailURL: "/me/email", PasswordURL: "/me/password",
		SessionsURL: "/me/sessions", ActivityURL: "/me/activity", MergeURL: "/me/merge", CloseURL: "/me/close", SignOutURL: "/end_session"}
	all["me-own"] = page
	adopted := page
	adopted.PasswordFrom, adopted.Further = "Akeneo PIM", []string{"dana@home.example"}
	all["me-own.adopted"] = adopted
	undo := OwnUndo{What: "Akeneo PIM, dpark", At: "Thu 5 November 2026", Until: "Sat 5 December 2026", URL: "/me/undo/un_1"}
	for _, key := range []string{"unlinked", "removed", "relinked", "merged", "parted"} {
		done := page
		done.Done, done.Links = key, done.Links[:1]
		switch key {
		case "unlinked":
			done.Undos = []OwnUndo{undo}
		case "merged":
			merged := undo
			merged.Merge, merged.What = true, "dana@home.example"
			done.Undos = []OwnUndo{merged}
		}
		all["me-own."+key] = done
	}
	waiting := all["me-own.removed"].(OwnPage)
	links := sampleLinks()
	links[0].State, links[0].Methods = "waiting", []string{"mailbox_code", "invitation"}
	links[1].State = "reported"
	waiting.Links = links
	all["me-own.removed"] = waiting
}

func sampleOwnSessions(all map[string]Page) {
	page := OwnSessionsPage{
		Action: "/me/sessions/end", OthersAction: "/me/sessions/others", OthersStep: "step_sample", Several: true, BackURL: "/me", SignOutURL: "/end_session",
		Sessions: []OwnSession{
			{Agent: "Chrome on Windows", Network: "192.0.2.0/24", Since: "Tue 3 November 2026, 14:02 UTC", Used: "Tue 3 November 2026, 14:47 UTC", This: true},
			{Agent: "Safari on iPhone", Network: "198.51.100.0/24", Since: "Mon 2 November 2026, 08:30 UTC", Used: "Mon 2 November 2026, 09:00 UTC",
				Item: "item_sample", StepToken: "step_sample"},
			{Since: "Sun 1 November 2026, 08:30 UTC", Used: "Sun 1 November 2026, 09:00 UTC", Product: "Akeneo PIM", Item: "item_sample",
				StepToken: "step_sample"},
		},
	}
	all["me-sessions"] = page
	only := page
	only.Sessions, only.Several = page.Sessions[:1], false
	all["me-sessions.only"] = only
	ended := page
	ended.Done = "ended"
	all["me-sessions.ended"] = ended
	others := only
	others.Done, others.Several = "others", true
	all["me-sessions.others"] = others

	activity := OwnActivityPage{BackURL: "/me"}
	for _, key := range []string{"link_activated", "link_suspended", "link_waits", "link_ended", "link_restored", "link_moved"} {
		activity.Events = append(activity.Events, OwnEvent{At: "Tue 3 November 2026, 14:02 UTC", Network: "192.0.2.0/24", Key: key, Product: "Akeneo PIM"})
	}
	for _, key := range []string{"session_started", "session_ended", "account_created", "merge_proven", "account_merged", "account_parted", "password_refused",
		"account_reset_asked", "password_reset", "password_changed", "email_change_begun", "email_change_ended", "email_changed"} {
		activity.Events = append(activity.Events, OwnEvent{At: "Mon 2 November 2026, 08:30 UTC", Key: key})
	}
	all["me-activity"] = activity
	all["me-activity.none"] = OwnActivityPage{BackURL: "/me"}
}

func sampleUnlink(all map[string]Page) {
	page := UnlinkPage{Form: Form{Action: "/me/unlink/ln_1", StepToken: "step_sample"}, Product: "Akeneo PIM", Tenant: "Acme", Username: "dpark",
		Email: "dana@acme.example", Days: 30, BackURL: "/me", CloseURL: "/me/close", ResetURL: "/reset"}
	all["me-unlink"] = page
	waiting := page
	waiting.Waiting = true
	all["me-unlink.waiting"] = waiting
	for _, key := range []string{"last", "reported"} {
		stays := page
		stays.Stays = key
		all["me-unlink."+key] = stays
	}
	undo := UndoPage{Form: Form{Action: "/me/undo/un_1", StepToken: "step_sample"}, Kind: "unlink", Products: []string{"Akeneo PIM, dpark"},
		Email: "dana@acme.example", At: "Thu 5 November 2026", BackURL: "/me", ResetURL: "/reset"}
	all["me-undo.unlink"] = undo
	merge := undo
	merge.Kind, merge.Other, merge.Products = "merge", "dana@home.example", []string{"Akeneo PIM, dpark", "Supplier Data Manager, dana"}
	merge.MinLength = 15
	all["me-undo.merge"] = merge
	for _, key := range []string{"new_empty", "new_short", "new_long", "new_common"} {
		failed := merge
		failed.Error = key
		all["me-undo."+key] = failed
	}
	for i, key := range []string{"later", "linked", "taken", "moved", "expired", "reset"} {
		refused := []UndoPage{merge, undo}[i%2]
		refused.Refused = key
		all["me-undo."+key] = refused
	}
	for _, key := range []string{"empty", "wrong"} {
		failed, undone := page, undo
		failed.Error, undone.Error = key, key
		all["me-unlink."+key], all["me-undo."+key] = failed, undone
	}
}

func sampleClose(all map[string]Page) {
	page := CloseAccountPage{Form: Form{Action: "/me/close", StepToken: "step_sample"}, Email: "dana@acme.example",
		Products: []string{"Akeneo PIM, dpark", "Supplier Data Manager, dana"}, BackURL: "/me", ResetURL: "/reset"}
	all["me-close"] = page
	for _, key := range []string{"unsure", "empty", "wrong"} {
		failed := page
		failed.Error = key
		all["me-close."+key] = failed
	}
	all["me-closed"] = AccountClosedPage{LoginURL: "/login"}
}

func sampleMerge(all map[string]Page) {
	page := MergePage{Form: Form{Action: "/me/merge", StepToken: "step_sample"}, Email: "dana@acme.example", Other: "dana@home.example",
		BackURL: "/me", ResetURL: "/reset"}
	all["me-merge"] = page
	stale := page
	stale.Stale = true
	all["me-merge.stale"] = stale
	for _, key := range []string{"other_empty", "other_malformed", "password_empty", "wrong", "same"} {
		failed := page
		failed.Error = key
		all["me-merge."+key] = failed
	}
	for _, key := range []string{"own_empty", "own_wrong"} {
		failed := stale
		failed.Error = key
		all["me-merge."+key] = failed
	}
	plan := MergePlanPage{Form: Form{Action: "/me/merge/mg_1", StepToken: "step_sample"}, Email: "dana@acme.example", Other: "dana@home.example",
		Links: sampleLinks(), Addresses: []string{"dana@home.example"}, Days: 30, Until: "14:17 UTC", BackURL: "/me"}
	all["me-plan"] = plan
	none := plan
	none.Links = nil
	all["me-plan.none"] = none
	twice := plan
	twice.Twice = []string{"Akeneo PIM"}
	all["me-plan.twice"] = twice
	ended := plan
	ended.Ended = sampleLinks()[1:]
	all["me-plan.ended"] = ended
	changed := plan
	changed.Changed = true
	all["me-plan.changed"] = changed
}
