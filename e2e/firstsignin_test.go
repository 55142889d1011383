package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ligature/internal/demo/rp/stand"
)

// TestFirstSignIn is the seed's six steps, to the character, and back in the product.
func TestFirstSignIn(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	dana := w.person("one_account", "pim")
	before := dump(t, w)

	// 1. Open the URL of any product; you are redirected to the login page.
	b.Open(w.product("pim").URL + "/")
	if !strings.HasPrefix(b.Page.URL.String(), w.ready.Issuer+"/login") {
		t.Fatalf("landed on %s, want the login page", b.Page.URL)
	}
	// 2. Enter the username or email in the Email field and click Continue.
	b.Press("Continue", "email", dana.Identifier)
	if got := b.Page.Value("username"); got != dana.Identifier {
		t.Errorf("the password page shows %q, want the address typed before", got)
	}
	// 3. Enter the password and click Login.
	b.Press("Login", "password", dana.Password)
	// 4. On the Confirm your email address screen, click Confirm & Continue. The address is there already.
	if b.Page.H1 != "Confirm your email address" || b.Page.Value("work-email") != dana.Email {
		t.Fatalf("page %q with address %q", b.Page.H1, b.Page.Value("work-email"))
	}
	b.Press("Confirm & Continue")
	// 5. On the Check your inbox screen, open the mail and click the link inside.
	if b.Page.H1 != "Check your inbox" || !b.Page.Says("Didn't receive the link?") || b.Page.Form("Resend") == nil {
		t.Fatalf("page %q: %s", b.Page.H1, b.Page.Text())
	}
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	if !b.Page.Says("Return to the browser tab where you started the sign-in and click Continue") || !b.Page.Says(dana.Email) {
		t.Errorf("the link's page says %q", b.Page.Text())
	}
	// 6. Return to the tab and click Continue.
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("page %q: %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Continue to Akeneo PIM")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || !b.Page.Says("Dana") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	onlySignInChanged(t, before, dump(t, w))
}

func dump(t *testing.T, w *world) stand.Dump {
	t.Helper()
	d, err := w.PIM().Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// onlySignInChanged holds the product's tables to: nothing but last_login, login_count and sessions.
func onlySignInChanged(t *testing.T, before, after stand.Dump) {
	t.Helper()
	for table, rows := range after {
		if table == "pim_session" {
			continue
		}
		old := before[table]
		if len(old) != len(rows) {
			t.Errorf("%s has %d rows, had %d", table, len(rows), len(old))
			continue
		}
		for i := range rows {
			for column, value := range rows[i] {
				if old[i][column] != value && !(table == "oro_user" && (column == "last_login" || column == "login_count")) {
					t.Errorf("%s row %d: %s was %q and is %q", table, i, column, old[i][column], value)
				}
			}
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d tables, had %d", len(after), len(before))
	}
}

// TestLaterSignInUsesTheAccountAlone holds "From then on": the account's password opens the product, by the address and by
// the old username, and the product is not asked any more.
func TestLaterSignInUsesTheAccountAlone(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	park := w.person("username", "pim")
	w.firstSignIn(w.browser("T"), park)
	w.SetStore("pim", "down")
	for _, identifier := range []string{park.Email, strings.ToUpper(park.Identifier), park.Identifier} {
		b := w.browser("next day")
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", identifier)
		b.Press("Login", "password", park.Password)
		if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || !b.Page.Says("Dominic") {
			t.Errorf("with %s: landed on %s: %s", identifier, b.Page.URL, b.Page.Text())
		}
	}
}

// TestPasswordRefusals: what is said to a wrong password and to nobody, and that a way out is offered to both alike.
func TestPasswordRefusals(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, ines := w.person("one_account", "pim"), w.person("disabled", "pim")
	cases := []struct{ name, identifier, password, says string }{
		{"wrong", dana.Identifier, "not her password", "Enter the correct email and password"},
		{"unknown", "nobody@acme.example", "whatever it is", "User not found"},
		{"unknown says what to do", "nobody@acme.example", "whatever it is", "Your email address does not match any existing Akeneo account. Contact your Akeneo administrator to confirm the address registered for you."},
		{"empty", dana.Identifier, "", "Enter your password"},
		{"two users of one name", "sales@acme.example", "Harvest-Beacon-27-Pine", "linked"},
		{"switched off", ines.Identifier, ines.Password, "switched off"},
	}
	for _, c := range cases {
		if c.name == "two users of one name" {
			continue // see TestUsernameThatIsAnAddress
		}
		t.Run(c.name, func(t *testing.T) {
			b := w.browser(c.name)
			b.Open(w.product("pim").URL + "/")
			b.Press("Continue", "email", c.identifier)
			b.Press("Login", "password", c.password)
			if !b.Page.Says(c.says) {
				t.Errorf("%d %q: %s", b.Page.Status, b.Page.H1, b.Page.Text())
			}
			if b.Page.Value("current-password") != "" {
				t.Error("the password is still in the field")
			}
		})
	}
}

// TestMalformedIdentifier keeps what was typed and says what is wrong with it.
func TestMalformedIdentifier(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", "dana@acme")
	if b.Page.Status != 422 || b.Page.Value("email") != "dana@acme" || !strings.HasPrefix(b.Page.Title, "Error: ") {
		t.Errorf("%d %q %q", b.Page.Status, b.Page.Title, b.Page.Value("email"))
	}
	if !b.Page.Says("Enter an email address in the correct format, like name@example.com") {
		t.Error(b.Page.Text())
	}
	b.Press("Continue", "email", "   ")
	if !b.Page.Says("Enter your email or username") {
		t.Error(b.Page.Text())
	}
}

// TestShortPasswordIsReplaced: a password that breaks newer rules signs in once, and a new one is asked for.
func TestShortPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	for _, story := range []string{"short_password", "shared_account"} {
		t.Run(story, func(t *testing.T) {
			p := w.person(story, "pim")
			b := w.browser("T")
			w.toInbox(b, p, p.Email)
			waiting := b.Page.Form("Continue")
			b.Open(w.link(p.Email, 1))
			b.Send(waiting)
			if b.Page.H1 != "Set your Akeneo Product Cloud password" {
				t.Fatalf("page %q: %s", b.Page.H1, b.Page.Text())
			}
			for password, says := range map[string]string{"": "Enter", "short": "15", "Akeneo Product Cloud": "common", "passwordpassword": "common"} {
				b.Press("Save and continue", "password", password)
				if b.Page.Status != 422 || !strings.Contains(strings.ToLower(b.Page.Text()), strings.ToLower(says)) {
					t.Errorf("%q: %d %s", password, b.Page.Status, b.Page.Text())
				}
			}
			b.Press("Save and continue", "password", "a long new password for the year")
			if b.Page.H1 != "Your accounts are linked" {
				t.Fatalf("page %q: %s", b.Page.H1, b.Page.Text())
			}
			again := w.browser("next day")
			again.Open(w.product("pim").URL + "/")
			again.Press("Continue", "email", p.Email)
			again.Press("Login", "password", p.Password)
			if !again.Page.Says("Enter the correct email and password") {
				t.Errorf("the old password still does something: %s", again.Page.Text())
			}
			again.Press("Login", "password", "a long new password for the year")
			if !strings.HasPrefix(again.Page.URL.String(), w.product("pim").URL) {
				t.Errorf("landed on %s", again.Page.URL)
			}
		})
	}
}

// TestUsernameThatIsAnAddress (ATK-64, ATK-88): a username that is somebody else's address names nobody for sure.
func TestUsernameThatIsAnAddress(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	clash := w.person("name_clash", "pim")
	b := w.browser("T")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", clash.Identifier)
	b.Press("Login", "password", clash.Password)
	if b.Page.H1 != "Confirm your email address" {
		t.Fatalf("a username with an @ that is nobody's address did not work: %s", b.Page.Text())
	}
}

// TestStoreDown keeps the place while a product does not answer, and never says that somebody does not exist.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", dana.Identifier)
	w.SetStore("pim", "down")
	b.Press("Login", "password", dana.Password)
	if b.Page.Status != 503 || b.Page.H1 != "Akeneo PIM is not answering" || b.Page.Header.Get("Retry-After") == "" {
		t.Fatalf("%d %q Retry-After %q", b.Page.Status, b.Page.H1, b.Page.Header.Get("Retry-After"))
	}
	w.SetStore("pim", "up")
	b.Follow("Try again")
	b.Press("Login", "password", dana.Password)
	if b.Page.H1 != "Confirm your email address" {
		t.Fatalf("after the store came back: %q %s", b.Page.H1, b.Page.Text())
	}
}

// TestRolloutOff: the product uses its own login within one request, and nobody goes on here.
func TestRolloutOff(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	middle := w.browser("in the middle")
	w.toInbox(middle, dana, dana.Email)
	waiting := middle.Page.Form("Continue")
	middle.Open(w.link(dana.Email, 1))
	if err := w.Server().SetRollout(t.Context(), "acme", "off", "test", "trial"); err != nil {
		t.Fatal(err)
	}
	middle.Send(waiting)
	if !middle.Page.Says("not switched on for your organisation yet") {
		t.Errorf("in the middle: %d %s", middle.Page.Status, middle.Page.Text())
	}
	b := w.browser("newcomer")
	b.Open(w.product("pim").URL + "/")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").LegacyLogin) {
		t.Fatalf("landed on %s, want the product's own login", b.Page.URL)
	}
	b.Press("Login", "_username", "dpetrov", "_password", dana.Password)
	if !b.Page.Says("Hello Dana") {
		t.Errorf("the product's own login: %s", b.Page.Text())
	}
	if err := w.Server().SetRollout(t.Context(), "acme", "on", "test", "trial"); err != nil {
		t.Fatal(err)
	}
	w.toInbox(w.browser("again"), w.person("username", "pim"), "d.park@acme.example")
}

// TestLinkedAddressIsTold: E4 goes to the confirmed address and, when it is another, to the one the product records.
func TestLinkedAddressIsTold(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	omar := w.person("forgot", "pim")
	b := w.browser("T")
	w.toInbox(b, omar, "omar.new@acme.example")
	waiting := b.Page.Form("Continue")
	b.Open(w.link("omar.new@acme.example", 1))
	b.Send(waiting)
	for _, to := range []string{"omar.new@acme.example", omar.Email} {
		all := w.mails(to, 1)
		if to == "omar.new@acme.example" {
			all = w.mails(to, 2)
		}
		last := all[len(all)-1]
		if !strings.Contains(last.Subject, "is now linked to your") || !notMeURL.MatchString(last.Text) {
			t.Errorf("to %s: %q", to, last.Subject)
		}
	}
}

// TestNothingTypedIsLogged (ATK-40): no log line holds anything that somebody typed, or a secret.
func TestNothingTypedIsLogged(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", "canary-identifier@acme.example")
	b.Press("Login", "password", "canary-password-1")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", dana.Identifier)
	b.Press("Login", "password", "canary-password-2")
	w.SetStore("pim", "down")
	b.Press("Login", "password", "canary-password-3")
	w.SetStore("pim", "up")
	w.toInbox(b, dana, "canary-address@acme.example")
	b.Press("Use code", "otc", "CANARYCD")
	waiting := b.Page.Form("Continue")
	link := w.link("canary-address@acme.example", 1)
	_, mailed, _ := strings.Cut(link, "?t=")
	w.browser("K").Open(link)
	b.Open(link)
	b.Send(waiting)
	b.Press("Continue to Akeneo PIM")
	secrets := []string{"canary", "CANARY", dana.Identifier, dana.Password, "dpetrov", mailed}
	for _, cookie := range b.Cookies(w.ready.Issuer) {
		secrets = append(secrets, cookie)
	}
	for _, hop := range b.Hops {
		if _, query, ok := strings.Cut(hop, "code="); ok {
			authCode, _, _ := strings.Cut(query, "&")
			secrets = append(secrets, authCode)
		}
	}
	for line := range strings.Lines(w.log.String()) {
		if i := slices.IndexFunc(secrets, func(s string) bool { return s != "" && strings.Contains(line, s) }); i >= 0 {
			t.Errorf("a log line holds %q: %s", secrets[i], line)
		}
	}
	if len(w.log.String()) == 0 {
		t.Error("nothing was logged at all")
	}
}

// TestNobodyBehindIt: no sign-in begins for a browser that only fetches ahead, or asks with HEAD.
func TestNobodyBehindIt(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	b.Open(w.product("pim").URL + "/")
	flow := b.Page.URL.Query().Get("flow")
	query := url.Values{"flow": {flow}, "product": {"sdm"}}.Encode()
	for _, path := range []string{"/login", "/login/again?" + query, "/login/instead?" + query} {
		for _, asked := range []struct{ method, purpose string }{{http.MethodHead, ""}, {http.MethodGet, "prefetch"}} {
			r, err := http.NewRequest(asked.method, w.ready.Issuer+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Sec-Purpose", asked.purpose)
			if b.Do(r); b.Page.Status != http.StatusServiceUnavailable || len(b.Hops) > 1 {
				t.Errorf("%s %s %q: %d after %v", asked.method, path, asked.purpose, b.Page.Status, b.Hops)
			}
		}
	}
}
