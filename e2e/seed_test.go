package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ligature/internal/account"
)

// proof holds one sentence of the seed page, by its own words or by its effect.
type proof func(t *testing.T, s *stories)

// stories are the walks that sentences are read off; each is walked once, when the first sentence needs it.
type stories struct {
	first, second, forgot, off, trouble, unexpected func() *seen
}

var sentenceRow = regexp.MustCompile(`(?m)^\| (\d+) \| (.+?) \| (.*?) \| (.*?) \|$`)

// TestSeed runs the page docs/seed.md: every sentence in its order, by its number. A row without a proof, a proof without a
// row and a test that a row names and nobody has are failures.
func TestSeed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "seed.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := &stories{}
	for to, walk := range map[*func() *seen]func(*testing.T) *seen{&s.first: walkFirst, &s.second: walkSecond, &s.forgot: walkForgot,
		&s.off: walkOff, &s.trouble: walkTrouble, &s.unexpected: walkUnexpected} {
		*to = sync.OnceValue(func() *seen { return walk(t) })
	}
	rows := sentenceRow.FindAllStringSubmatch(string(page), -1)
	proofs := proofsOfTheSeed()
	if len(rows) != len(proofs) {
		t.Errorf("the page has %d sentences, this test %d proofs", len(rows), len(proofs))
	}
	known := testsHere(t)
	for i, row := range rows {
		if row[1] != strconv.Itoa(i+1) {
			t.Errorf("row %d has the number %s", i+1, row[1])
		}
		t.Run("sentence_"+row[1], func(t *testing.T) {
			prove := proofs[i+1]
			if prove == nil {
				t.Fatalf("nothing proves: %s", row[2])
			}
			t.Logf("sentence %s: %s", row[1], row[2])
			prove(t, s)
		})
		for _, named := range regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(row[3], -1) {
			if !strings.Contains(known, "func "+named[1]+"(") {
				t.Errorf("sentence %s: there is no %s", row[1], named[1])
			}
		}
	}
}

// testsHere is the source of this package's tests.
func testsHere(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// proofsOfTheSeed are the proofs by the numbers of docs/seed.md.
func proofsOfTheSeed() map[int]proof {
	all := map[int]proof{}
	for _, some := range []map[int]proof{proofsOfTheSummary(), proofsOfTheSteps(), proofsOfLinking(), proofsOfTheReset(), proofsOfWhatIsKept(), proofsOfTrouble()} {
		for n, p := range some {
			all[n] = p
		}
	}
	return all
}

func proofsOfTheSummary() map[int]proof {
	return map[int]proof{
		1: func(t *testing.T, s *stories) {
			if n := len(s.second().w.links("rita.moreau@acme.example")); n != 2 {
				t.Errorf("%d products are linked to one account", n)
			}
		},
		2: func(t *testing.T, s *stories) {
			lands(t, s.second(), "next day", "sdm", "Rita")
			kept(t, s.second(), "pim", "oro_user_access_role", "oro_access_role")
		},
		3: func(t *testing.T, s *stories) {
			heading(t, s.off(), "off", "")
			if !strings.HasPrefix(s.off().page(t, "off").URL.String(), s.off().w.product("pim").LegacyLogin) {
				t.Errorf("a tenant that is off: %s", s.off().page(t, "off").URL)
			}
		},
		4: func(t *testing.T, s *stories) {
			history, err := s.off().w.Server().Store().Rollouts(t.Context(), "acme")
			if last := history[len(history)-1]; err != nil || last.State != "on" || last.Reason != "early access" {
				t.Errorf("who tries it is switched on, and it is written down: %+v %v", history, err)
			}
		},
		5: func(t *testing.T, s *stories) { heading(t, s.off(), "on", "Check your inbox") },
		6: func(t *testing.T, s *stories) {
			heading(t, s.first(), "identified", "Enter your password")
			heading(t, s.first(), "proven", "Confirm your email address")
		},
		7: func(t *testing.T, s *stories) {
			heading(t, s.first(), "linked", "Your accounts are linked")
			heading(t, s.trouble(), "unknown", "", "User not found")
			w := openWorld(t)
			b := w.browser("several")
			w.firstSignIn(b, w.person("same_email", "pim"))
			if !b.Page.Says("Supplier Data Manager") {
				t.Errorf("several accounts: %s", b.Page.Text())
			}
		},
		8: func(t *testing.T, s *stories) {
			links := s.first().w.links("dana@acme.example")
			if len(links) != 1 || links[0].Link.State != account.LinkActive || links[0].ProductAccount.Username != "dpetrov" {
				t.Errorf("the account has %+v", links)
			}
		},
		9: func(t *testing.T, s *stories) {
			heading(t, s.first(), "proven", "Confirm your email address")
			w := openWorld(t)
			b, kevin := w.browser("T"), w.person("short_password", "pim")
			w.toInbox(b, kevin, kevin.Email)
			waiting := b.Page.Form("Continue")
			b.Open(w.link(kevin.Email, 1))
			b.Send(waiting)
			if b.Page.H1 != "Set your Akeneo Product Cloud password" {
				t.Errorf("after the link: %q", b.Page.H1)
			}
		},
		10: func(t *testing.T, _ *stories) { TestSameEmailAccounts(t) },
		11: func(t *testing.T, s *stories) {
			lands(t, s.second(), "merged", "sdm", "Rita")
			kept(t, s.second(), "pim", "oro_user_access_role")
		},
		12: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "unknown", "", "User not found", "Contact your Akeneo administrator")
			w := openWorld(t)
			w.inviteInPIM(w.pimAs("administrator"), "new@acme.example")
			b := w.browser("new")
			b.Open(w.invited("new@acme.example", 1))
			b.Press("Accept invitation", "password", invitedPassword)
			if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
				t.Errorf("invited, and not in: %s %s", b.Page.URL, b.Page.Text())
			}
		},
		13: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "unknown", "", "Contact your Akeneo administrator to confirm the address registered for you.")
			w := openWorld(t)
			if julia := w.pimAs("administrator"); !julia.Open(w.product("pim").URL + "/system/users").Says("Invite user") {
				t.Errorf("System > Users: %s", julia.Page.Text())
			}
			if noor := w.sdmAs("sdm_only"); !noor.Open(w.product("sdm").URL + "/organisation/invitation").Says("Send invitations") {
				t.Errorf("Organisation > Invitation: %s", noor.Page.Text())
			}
		},
	}
}

func proofsOfTheSteps() map[int]proof {
	return map[int]proof{
		14: func(t *testing.T, s *stories) {
			if got := s.first().page(t, "identified").Value("username"); got != "dana@acme.example" {
				t.Errorf("the password page shows %q", got)
			}
		},
		15: func(t *testing.T, s *stories) { heading(t, s.first(), "redirected", "Log in", "Akeneo PIM") },
		16: func(t *testing.T, s *stories) {
			if p := s.first().page(t, "redirected"); !strings.HasPrefix(p.URL.String(), s.first().w.ready.Issuer+"/login") || !strings.Contains(p.Title, "Akeneo Product Cloud") {
				t.Errorf("redirected to %s: %s", p.URL, p.Text())
			}
		},
		17: func(t *testing.T, s *stories) {
			presses(t, s.first(), "redirected", "Continue")
			heading(t, s.first(), "redirected", "", "Email")
			w := openWorld(t)
			w.toInbox(w.browser("T"), w.person("username", "pim"), "d.park@acme.example")
		},
		18: func(t *testing.T, s *stories) { presses(t, s.first(), "identified", "Login") },
		19: func(t *testing.T, s *stories) {
			heading(t, s.trouble(), "wrong", "Enter your password", "Enter the correct email and password")
			heading(t, s.first(), "proven", "Confirm your email address")
		},
		20: func(t *testing.T, s *stories) {
			heading(t, s.first(), "proven", "Confirm your email address", "The work email you want to use across all Akeneo products")
			presses(t, s.first(), "proven", "Confirm & Continue")
		},
		21: func(t *testing.T, s *stories) {
			heading(t, s.first(), "inbox", "Check your inbox", "dana@acme.example")
			if mails := s.first().w.mails("dana@acme.example", 1); !strings.Contains(mails[0].Subject, "Confirm your email address") {
				t.Errorf("the mail is %q", mails[0].Subject)
			}
		},
		22: func(t *testing.T, s *stories) {
			heading(t, s.first(), "inbox", "", "Didn't receive the link?")
			presses(t, s.first(), "inbox", "Resend")
			heading(t, s.trouble(), "exhausted", "", "You have used all 3 resends")
		},
		23: func(t *testing.T, s *stories) {
			heading(t, s.first(), "opened", "", "Return to the browser tab where you started the sign-in and click Continue")
			presses(t, s.first(), "inbox", "Continue")
			lands(t, s.first(), "home", "pim", "Dana")
		},
		24: func(t *testing.T, _ *stories) { TestOwnedAddress(t) },
		25: func(t *testing.T, _ *stories) {
			w := openWorld(t)
			b := w.browser("T")
			dana, noor := w.owned(b)
			w.signIn(b, "pim", dana.Email, noor.Password)
			if b.Page.H1 != "Enter your password" {
				t.Fatalf("the later account's password: %q", b.Page.H1)
			}
			b.Press("Login", "password", dana.Password)
			if b.Page.H1 != "Link these accounts?" || !b.Page.Says("password of your Akeneo Product Cloud account, "+dana.Email) {
				t.Errorf("%q %s", b.Page.H1, b.Page.Text())
			}
		},
		26: func(t *testing.T, s *stories) {
			heading(t, s.first(), "linked", "", "Your Akeneo PIM password is now your Akeneo Product Cloud password.", "Next time, sign in with dana@acme.example")
			lands(t, s.first(), "next day", "pim", "Dana")
		},
	}
}

func proofsOfLinking() map[int]proof {
	return map[int]proof{
		27: func(t *testing.T, s *stories) {
			heading(t, s.second(), "link", "Link your account.")
			lands(t, s.second(), "merged", "sdm", "Rita")
		},
		28: func(t *testing.T, s *stories) { heading(t, s.second(), "signed in", "Your accounts are linked") },
		29: func(t *testing.T, s *stories) { heading(t, s.second(), "link", "Link your account.") },
		30: func(t *testing.T, s *stories) {
			heading(t, s.second(), "link", "Link your account.", "Sign in with your Supplier Data Manager login details one last time to merge your accounts. After that, your new unified Akeneo Product Cloud account takes over.")
		},
		31: func(t *testing.T, s *stories) {
			heading(t, s.second(), "link", "", "Email", "Or the username you use in Supplier Data Manager", "Password")
			presses(t, s.second(), "link", "CONTINUE")
		},
		32: func(t *testing.T, s *stories) {
			for _, l := range s.second().w.links("rita.moreau@acme.example") {
				if l.Link.State != account.LinkActive {
					t.Errorf("%s is %s", l.ProductName, l.Link.State)
				}
			}
		},
		33: func(t *testing.T, s *stories) { lands(t, s.second(), "next day", "sdm", "Rita") },
		34: func(t *testing.T, s *stories) {
			p := s.second().page(t, "link")
			heading(t, s.second(), "link", "Link your account.", "Forgot your Supplier Data Manager password?")
			if n := strings.Count(p.Body[strings.Index(p.Body, "<main"):], "<img "); n != 2 {
				t.Errorf("%d logos, want the product's and the account's", n)
			}
			if at, below := strings.Index(p.Body, `id="legacy-password"`), strings.Index(p.Body, "Forgot your <bdi>"); at < 0 || below < at {
				t.Error("the link is not below the password field")
			}
			presses(t, s.second(), "link", "CONTINUE")
		},
	}
}

func proofsOfTheReset() map[int]proof {
	return map[int]proof{
		35: func(t *testing.T, s *stories) { lands(t, s.forgot(), "merged", "sdm", "Rita") },
		36: func(t *testing.T, s *stories) {
			heading(t, s.forgot(), "link", "", "Forgot your Supplier Data Manager password?")
			w := openWorld(t)
			b := w.browser("the other way")
			w.toLinkPage(b, "different_login", "sdm", "pim")
			b.Follow("Forgot your Akeneo PIM password?")
			if b.Page.H1 != "Reset your Akeneo PIM password" {
				t.Errorf("the label does not adapt: %q", b.Page.H1)
			}
		},
		37: func(t *testing.T, s *stories) { presses(t, s.forgot(), "forgot", "SEND RESET LINK") },
		38: func(t *testing.T, s *stories) {
			heading(t, s.forgot(), "sent", "Check your inbox", "A password reset email has been sent. Reset your password, then click below to link your account.")
		},
		39: func(t *testing.T, s *stories) {
			if p := s.forgot().page(t, "reset"); !strings.HasPrefix(p.URL.String(), s.forgot().w.product("sdm").URL) {
				t.Errorf("the reset page is not the product's: %s", p.URL)
			}
		},
		40: func(t *testing.T, s *stories) { presses(t, s.forgot(), "sent", "Back") },
		41: func(t *testing.T, s *stories) {
			heading(t, s.forgot(), "back", "Link your account.")
			if got := s.forgot().page(t, "back").Value("legacy-login"); got != "rita.m@suppliers.example" {
				t.Errorf("pre-filled with %q", got)
			}
		},
		42: func(t *testing.T, s *stories) { lands(t, s.forgot(), "merged", "sdm", "Rita") },
	}
}
