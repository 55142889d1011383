package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"ligature/internal/demo/rp/stand"
)

// kept holds tables of a product to be what they were before the walk, row for row.
func kept(t *testing.T, s *seen, product string, tables ...string) {
	t.Helper()
	for _, table := range tables {
		before, after := s.before[product][table], s.after[product][table]
		if len(before) == 0 {
			t.Errorf("%s has no rows in %s that could be kept", product, table)
		}
		for i, row := range before {
			if i >= len(after) {
				t.Errorf("%s lost rows of %s", product, table)
				break
			}
			for column, value := range row {
				if after[i][column] != value {
					t.Errorf("%s, %s row %d: %s was %q and is %q", product, table, i, column, value, after[i][column])
				}
			}
		}
	}
}

// keptColumns holds columns of a product's users to be what they were; one of them must have been set at all.
func keptColumns(t *testing.T, s *seen, product, table string, columns ...string) {
	t.Helper()
	values := func(rows []stand.Row, column string) (all []string) {
		for _, row := range rows {
			all = append(all, row[column])
		}
		return all
	}
	for _, column := range columns {
		before, after := values(s.before[product][table], column), values(s.after[product][table], column)
		if strings.Join(before, "") == "" || !slices.Equal(before, after) {
			t.Errorf("%s, %s.%s was %q and is %q", product, table, column, before, after)
		}
	}
}

func proofsOfWhatIsKept() map[int]proof {
	return map[int]proof{
		43: func(t *testing.T, s *stories) {
			onlySignInChanged(t, s.first().before["pim"], s.first().after["pim"])
			lands(t, s.first(), "next day", "pim", "Dana")
		},
		44: func(t *testing.T, s *stories) {
			for _, walked := range []*seen{s.first(), s.second()} {
				kept(t, walked, "pim", "oro_access_role", "oro_access_group", "oro_user_access_role", "oro_user_access_group", "acl_entries")
				keptColumns(t, walked, "sdm", "users_user", "access_level")
			}
		},
		45: func(t *testing.T, s *stories) {
			for _, walked := range []*seen{s.first(), s.second()} {
				keptColumns(t, walked, "pim", "oro_user", "ui_locale_id", "catalogLocale_id", "catalogScope_id")
				kept(t, walked, "pim", "pim_datagrid_view", "pim_user_default_datagrid_view")
				keptColumns(t, walked, "sdm", "users_user", "language")
				kept(t, walked, "sdm", "users_notificationpreference")
			}
		},
		46: func(t *testing.T, s *stories) {
			for _, walked := range []*seen{s.first(), s.second()} {
				kept(t, walked, "pim", "pim_versioning_version", "pim_catalog_product")
				kept(t, walked, "sdm", "activity_entry", "jobs_job")
			}
		},
		47: func(t *testing.T, s *stories) {
			keptColumns(t, s.second(), "pim", "oro_user", "password", "salt", "username", "email")
			keptColumns(t, s.second(), "sdm", "users_user", "password", "email")
			lands(t, s.second(), "next day", "sdm", "Rita")
		},
	}
}

func proofsOfTrouble() map[int]proof {
	return map[int]proof{
		48: func(t *testing.T, s *stories) {
			mail := s.unexpected().w.mails("vera@acme.example", 1)[0]
			for _, fact := range []string{"Akeneo PIM", "Acme", "d***k", "Request"} {
				if !strings.Contains(mail.Text, fact) {
					t.Errorf("the mail does not say %q:\n%s", fact, mail.Text)
				}
			}
		},
		49: func(t *testing.T, s *stories) {
			heading(t, s.unexpected(), "not me", "Tell us you did not request this", "Common reasons:")
		},
		50: func(t *testing.T, s *stories) {
			heading(t, s.unexpected(), "not me", "", "Another colleague started the Akeneo Product Cloud sign-in flow with the wrong email address.")
		},
		51: func(t *testing.T, s *stories) {
			heading(t, s.unexpected(), "not me", "", "An administrator created a new Akeneo account that uses your email address.")
		},
		52: func(t *testing.T, s *stories) {
			mail := strings.Join(strings.Fields(s.unexpected().w.mails("vera@acme.example", 1)[0].Text), " ")
			if !strings.Contains(mail, "If you did not request this and you do not recognize the activity, do not click the verification link, and contact your Akeneo administrator.") {
				t.Errorf("the mail says:\n%s", mail)
			}
			heading(t, s.unexpected(), "stopped", "Stopped")
			if p := s.unexpected().page(t, "after"); p.Status < 400 {
				t.Errorf("the stopped request went on: %d %q", p.Status, p.H1)
			}
		},
		53: func(t *testing.T, s *stories) { heading(t, s.first(), "linked", "Your accounts are linked") },
		54: func(t *testing.T, s *stories) { heading(t, s.first(), "inbox", "", "Check your spam or junk folder.") },
		55: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "exhausted", "", "If the email is not there, return to the login page and restart the sign-in.")
		},
		56: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "too soon", "", "Wait at least one minute between two attempts.")
		},
		57: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "expired", "This link has expired", "Verification links expire after a short period. Restart the sign-in to receive a new email.")
		},
		58: func(t *testing.T, s *stories) {
			if p := s.trouble().page(t, "restarted"); p.H1 != "Log in" || p.Value("email") != "dana@acme.example" {
				t.Errorf("restarted at %q with %q", p.H1, p.Value("email"))
			}
		},
		59: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "wrong", "", "Enter the correct email and password")
			TestLaterSignInUsesTheAccountAlone(t)
		},
		60: func(t *testing.T, s *stories) {
			w := openWorld(t)
			b := w.browser("T")
			b.Open(w.product("pim").URL + "/")
			b.Press("Continue", "email", "dana@acme.example")
			b.Follow("Forgot your password?")
			if b.Page.H1 != "Reset your password" {
				t.Errorf("the page is %q", b.Page.H1)
			}
		},
		61: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "unknown", "", "User not found", "Your email address does not match any existing Akeneo account.")
		},
		62: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "unknown", "", "Contact your Akeneo administrator to confirm the address registered for you.")
		},
		63: func(t *testing.T, s *stories) {
			w := openWorld(t)
			b := w.browser("T")
			b.Open(w.ready.Issuer + "/nothing-here")
			if !b.Page.Says("If the issue persists, contact your Akeneo administrator or Akeneo Support.") {
				t.Errorf("a page for what goes wrong: %s", b.Page.Text())
			}
		},
	}
}
