package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/server"
	"ligature/internal/testkit"
)

var invitationURL = regexp.MustCompile(`http://\S+/invitation\?t=[A-Za-z0-9_-]+`)

const invitedPassword = "Walnut-Harbour-71-Kite"

// pimAs signs somebody in to the PIM by its own login.
func (w *world) pimAs(story string) *testkit.Browser {
	w.t.Helper()
	b, p := w.browser(story), w.person(story, "pim")
	b.Open(w.product("pim").LegacyLogin)
	b.Press("Login", "_username", p.Identifier, "_password", p.Password)
	return b
}

// sdmAs does the same at Supplier Data Manager.
func (w *world) sdmAs(story string) *testkit.Browser {
	w.t.Helper()
	b, p := w.browser(story), w.person(story, "sdm")
	b.Open(w.product("sdm").LegacyLogin)
	b.Press("Log in", "email", p.Identifier, "password", p.Password)
	return b
}

// inviteInPIM is System > Users, Invite user, Send invitation.
func (w *world) inviteInPIM(admin *testkit.Browser, email string) {
	w.t.Helper()
	admin.Open(w.product("pim").URL + "/system/users")
	admin.Follow("Invite user")
	admin.Press("Send invitation", "email", email)
	if admin.Page.H1 != "Users" || !admin.Page.Says("The invitation is on its way.") {
		w.t.Fatalf("inviting %s: %d %q %s", email, admin.Page.Status, admin.Page.H1, admin.Page.Text())
	}
}

// inviteInSDM is Organisation, Invitation, Send invitations.
func (w *world) inviteInSDM(admin *testkit.Browser, emails ...string) {
	w.t.Helper()
	admin.Open(w.product("sdm").URL + "/organisation/invitation")
	admin.Press("Send invitations", "emails", strings.Join(emails, "\n"))
	if !admin.Page.Says("The invitations are on their way.") {
		w.t.Fatalf("inviting %v: %d %s", emails, admin.Page.Status, admin.Page.Text())
	}
}

// invited is the link of the address's n-th mail.
func (w *world) invited(to string, n int) string {
	w.t.Helper()
	m := w.mails(to, n)[n-1]
	link := invitationURL.FindString(m.Text)
	if link == "" {
		w.t.Fatalf("no invitation in the mail %q:\n%s", m.Subject, m.Text)
	}
	return link
}

// TestInvitationInPIM: an administrator invites somebody whom nobody knows, gives a role while they are pending, and they come
// in with a password of their own.
func TestInvitationInPIM(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	julia, mona := w.pimAs("administrator"), "mona@acme.example"
	w.inviteInPIM(julia, mona)
	if !julia.Page.Says("Invite pending") {
		t.Errorf("the list: %s", julia.Page.Text())
	}
	julia.Follow(mona)
	julia.Press("Save", "roles", "ROLE_ADMINISTRATOR")
	if julia.Page.Status != http.StatusUnprocessableEntity || !julia.Page.Says("Administrator can be given once the invitation is accepted.") {
		t.Errorf("a pending administrator: %d %s", julia.Page.Status, julia.Page.Text())
	}
	julia.Press("Save", "roles", "ROLE_CATALOG_MANAGER")
	if !julia.Page.Says("Saved.") {
		t.Fatalf("roles while pending: %d %s", julia.Page.Status, julia.Page.Text())
	}
	mail := w.mails(mona, 1)[0]
	if mail.Subject != "You have been invited to Akeneo PIM" || strings.Contains(mail.Text, "Julia") ||
		!strings.Contains(strings.Join(strings.Fields(mail.Text), " "), "An administrator created a new Akeneo account that uses your email address.") {
		t.Errorf("%q\n%s", mail.Subject, mail.Text)
	}

	before := w.invitations("pim")
	for range 2 { // a scanner opens the link, twice, and presses what it finds
		scanner := w.browser("scanner")
		scanner.Open(w.invited(mona, 1))
		scanner.Press("Accept invitation")
		if scanner.Page.Status != http.StatusUnprocessableEntity {
			t.Errorf("an empty form: %d %s", scanner.Page.Status, scanner.Page.Text())
		}
	}
	if after := w.invitations("pim"); !slices.Equal(after, before) {
		t.Errorf("a scanner's visit changed\n%v\nto\n%v", before, after)
	}
	w.nobody(mona)

	ahead, err := http.NewRequest(http.MethodGet, w.invited(mona, 1), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ahead.Header.Set("Sec-Purpose", "prefetch")
	if got := w.status(ahead); got != http.StatusServiceUnavailable {
		t.Errorf("fetched ahead: %d", got)
	}
	b := w.browser("mona")
	b.Open(w.invited(mona, 1))
	if b.Page.H1 != "You have been invited to Akeneo PIM" || strings.Contains(b.Page.URL.String(), "t=") {
		t.Fatalf("%s %q", b.Page.URL, b.Page.H1)
	}
	b.Press("Accept invitation", "password", "too short 14ch")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter a password of at least 15 characters") {
		t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
	}
	form := b.Page.Form("Accept invitation")
	b.Press("Accept invitation", "password", invitedPassword)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || !b.Page.Says("Catalog manager") {
		t.Fatalf("after accepting: %s %s", b.Page.URL, b.Page.Text())
	}
	if b.Send(form, "password", invitedPassword); !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Errorf("sent twice: %s %s", b.Page.URL, b.Page.Text())
	}
	julia.Open(w.product("pim").URL + "/system/users")
	if julia.Page.Says("Invite pending") {
		t.Errorf("still pending: %s", julia.Page.Text())
	}
	again := w.browser("next day")
	again.Open(w.product("pim").URL + "/")
	again.Press("Continue", "email", mona)
	again.Press("Login", "password", invitedPassword)
	if !strings.HasPrefix(again.Page.URL.String(), w.product("pim").URL) || !again.Page.Says("Catalog manager") {
		t.Errorf("the next day: %s %s", again.Page.URL, again.Page.Text())
	}
	used := w.browser("later")
	used.Open(w.invited(mona, 1))
	if used.Page.H1 != "This invitation has already been accepted" || used.Page.Status != http.StatusGone {
		t.Errorf("%d %q", used.Page.Status, used.Page.H1)
	}
	if told := w.mails(mona, 2)[1]; !strings.Contains(told.Subject, "Akeneo PIM is now linked") {
		t.Errorf("told: %q", told.Subject)
	}
}

// TestInvitationIsNoLogin: a pending user has no password, and none can be set.
func TestInvitationIsNoLogin(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.inviteInPIM(w.pimAs("administrator"), "mona@acme.example")
	w.inviteInSDM(w.sdmAs("sdm_only"), "otto@suppliers.example")
	b := w.browser("T")
	b.Open(w.product("pim").LegacyLogin)
	if b.Press("Login", "_username", "mona@acme.example", "_password", ""); b.Page.Status != http.StatusUnauthorized {
		t.Errorf("the PIM's own login: %d", b.Page.Status)
	}
	b.Open(w.product("sdm").LegacyLogin)
	if b.Press("Log in", "email", "otto@suppliers.example", "password", ""); b.Page.Status != http.StatusUnauthorized {
		t.Errorf("Supplier Data Manager's own login: %d", b.Page.Status)
	}
	b.Open(w.product("pim").URL + "/user/reset-request")
	b.Send(b.Page.Forms[0], "username", "mona@acme.example")
	b.Open(w.product("sdm").URL + "/forgot-password")
	b.Send(b.Page.Forms[0], "email", "otto@suppliers.example")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", "mona@acme.example")
	b.Press("Login", "password", "anything at all")
	if b.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the first sign-in of a pending user: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", "uninvited@acme.example")
	b.Press("Login", "password", "anything at all")
	if !b.Page.Says("User not found") {
		t.Errorf("somebody whom nobody invited: %s", b.Page.Text())
	}
	for _, to := range []string{"mona@acme.example", "otto@suppliers.example"} {
		if got := len(w.mails(to, 1)); got != 1 {
			t.Errorf("%d mails to %s, want the invitation alone", got, to)
		}
	}
}

// TestInvitationOfAnAccount: the address belongs to somebody who has an account. Its password accepts, in the browser that
// opened the link, and sessions of others there end.
func TestInvitationOfAnAccount(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	w.firstSignIn(w.browser("dana"), dana)
	noor := w.sdmAs("sdm_only")
	w.inviteInSDM(noor, dana.Email)
	k := w.browser("K")
	w.firstSignIn(k, w.person("administrator", "pim"))
	k.Open(w.invited(dana.Email, 3))
	if !k.Page.Says("already has an Akeneo Product Cloud account. Enter its password") || !k.Page.Says("You are signed in here as julia@acme.example") {
		t.Fatalf("%d %s", k.Page.Status, k.Page.Text())
	}
	k.Press("Accept invitation", "password", w.person("administrator", "pim").Password)
	if k.Page.Status != http.StatusUnprocessableEntity || !k.Page.Says("Enter the correct email and password") {
		t.Fatalf("another account's password: %d %s", k.Page.Status, k.Page.Text())
	}
	if k.Open(w.ready.Issuer + "/linked"); !k.Page.Says("julia@acme.example") {
		t.Errorf("the session before accepting: %s", k.Page.Text())
	}
	k.Open(w.ready.Issuer + "/invitation")
	k.Press("Accept invitation", "password", dana.Password)
	if !strings.HasPrefix(k.Page.URL.String(), w.product("sdm").URL) || !k.Page.Says(dana.Email) {
		t.Fatalf("after accepting: %s %s", k.Page.URL, k.Page.Text())
	}
	if k.Open(w.ready.Issuer + "/linked"); k.Page.Says("julia@acme.example") || !k.Page.Says("Supplier Data Manager") || !k.Page.Says("Akeneo PIM") {
		t.Errorf("whose session it is: %s", k.Page.Text())
	}
	if got := w.linked(dana.Email); got["pim"] != "active" || got["sdm"] != "active" {
		t.Errorf("links: %v", got)
	}
}

// TestInvitationEnds: expired, sent again, cancelled, not expected. Whatever ended it, its links do nothing.
func TestInvitationEnds(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	julia, mona := w.pimAs("administrator"), "mona@acme.example"
	w.inviteInPIM(julia, mona)
	julia.Follow(mona)
	if julia.Press("Resend invitation", "action", "resend"); !julia.Page.Says("A minute must lie between two mails.") {
		t.Errorf("again at once: %s", julia.Page.Text())
	}
	for n := 2; n <= 4; n++ {
		w.Clock().Advance(61 * time.Second)
		if julia.Press("Resend invitation", "action", "resend"); !julia.Page.Says("The invitation is on its way.") {
			t.Fatalf("resend %d: %s", n-1, julia.Page.Text())
		}
		w.invited(mona, n)
		julia.Follow(mona)
	}
	w.Clock().Advance(61 * time.Second)
	if julia.Press("Resend invitation", "action", "resend"); !julia.Page.Says("can be sent again three times") {
		t.Errorf("a fourth resend: %s", julia.Page.Text())
	}
	b := w.browser("mona")
	if b.Open(w.invited(mona, 1)); b.Page.H1 != "You have been invited to Akeneo PIM" {
		t.Errorf("an earlier mail: %q", b.Page.H1)
	}
	w.Clock().Advance(7 * 24 * time.Hour)
	if b.Open(w.invited(mona, 4)); b.Page.H1 != "This invitation has expired" || !b.Page.Says("Ask the administrator who invited you") {
		t.Errorf("a week later: %q %s", b.Page.H1, b.Page.Text())
	}
	julia = w.pimAs("administrator")
	if julia.Open(w.product("pim").URL + "/system/users"); !julia.Page.Says("Invite expired") {
		t.Errorf("the list: %s", julia.Page.Text())
	}
	julia.Follow(mona)
	if julia.Press("Cancel invitation", "action", "cancel"); julia.Page.Says(mona) {
		t.Errorf("cancelled, and still there: %s", julia.Page.Text())
	}

	w.inviteInPIM(julia, mona)
	fresh := w.invited(mona, 5)
	b.Open(fresh)
	form := b.Page.Form("Accept invitation")
	julia.Follow(mona)
	julia.Press("Cancel invitation", "action", "cancel")
	b.Send(form, "password", invitedPassword)
	if b.Page.H1 != "This invitation was taken back" {
		t.Errorf("accepted after it was cancelled: %d %q", b.Page.Status, b.Page.H1)
	}
	w.nobody(mona)
}

// TestInvitationUnexpected: the reader of the mailbox says so, before and after it was accepted.
func TestInvitationUnexpected(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	noor, vera := w.sdmAs("sdm_only"), "vera@suppliers.example"
	w.inviteInSDM(noor, vera)
	mail := w.mails(vera, 1)[0]
	b := w.browser("vera")
	b.Open(notMeURL.FindString(mail.Text))
	if b.Press("Stop this request"); b.Page.Status != http.StatusUnprocessableEntity {
		t.Fatalf("without a choice: %d", b.Page.Status)
	}
	if b.Press("Stop this request", "recognise", "no"); b.Page.H1 != "Stopped" {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	if b.Open(w.invited(vera, 1)); b.Page.H1 != "This invitation was taken back" {
		t.Errorf("%q", b.Page.H1)
	}
	if told := w.mails("admin@acme.example", 1)[0]; !strings.Contains(told.Subject, "was not expected") || !strings.Contains(told.Text, vera) {
		t.Errorf("%q\n%s", told.Subject, told.Text)
	}
	if noor.Open(w.product("sdm").URL + "/organisation/invitation"); !noor.Page.Says("Declined") {
		t.Errorf("the list: %s", noor.Page.Text())
	}

	w.inviteInSDM(noor, "otto@suppliers.example")
	otto := w.browser("otto")
	otto.Open(w.invited("otto@suppliers.example", 1))
	otto.Press("Accept invitation", "password", invitedPassword)
	linked := w.mails("otto@suppliers.example", 2)[1]
	b.Open(notMeURL.FindString(linked.Text))
	if b.Press("Stop this request", "recognise", "known"); !b.Page.Says("no longer linked") {
		t.Errorf("after it was accepted: %s", b.Page.Text())
	}
	if got := w.linked("otto@suppliers.example"); got["sdm"] != "suspended reported" {
		t.Errorf("links: %v", got)
	}
	otto.Open(w.ready.Issuer + "/linked")
	if otto.Page.H1 != "Log in" {
		t.Errorf("the session goes on: %q", otto.Page.H1)
	}
}

// TestInvitationRevoked: an administrator takes an accepted one back. The link ends, and the person is told.
func TestInvitationRevoked(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	julia, mona := w.pimAs("administrator"), "mona@acme.example"
	w.inviteInPIM(julia, mona)
	b := w.browser("mona")
	b.Open(w.invited(mona, 1))
	b.Press("Accept invitation", "password", invitedPassword)
	julia.Open(w.product("pim").URL + "/system/users")
	julia.Follow(mona)
	if julia.Press("Revoke access", "action", "revoke"); !julia.Page.Says("Disabled") {
		t.Fatalf("%d %s", julia.Page.Status, julia.Page.Text())
	}
	if told := w.mails(mona, 3)[2]; told.Subject != "Akeneo PIM was unlinked from your Akeneo Product Cloud account" {
		t.Errorf("told: %q", told.Subject)
	}
	b.Open(w.product("pim").URL + "/")
	if strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Errorf("still inside: %s %s", b.Page.URL, b.Page.Text())
	}
	if got := w.linked(mona); len(got) != 0 {
		t.Errorf("links: %v", got)
	}
	if b.Open(w.ready.Issuer + "/me/activity"); !b.Page.Says("Akeneo PIM was unlinked.") {
		t.Errorf("what happened is not told: %s", b.Page.Text())
	}
}

// TestInvitationOfSeveral: each gets a link of their own; a hundred may wait; a member is a member until they accept.
func TestInvitationOfSeveral(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	noor := w.sdmAs("sdm_only")
	w.inviteInSDM(noor, "a@suppliers.example", "b@suppliers.example")
	if w.invited("a@suppliers.example", 1) == w.invited("b@suppliers.example", 1) {
		t.Error("two people have one link")
	}
	noor.Open(w.product("sdm").URL + "/organisation/team")
	if noor.Page.Says("a@suppliers.example") {
		t.Errorf("on the team before accepting: %s", noor.Page.Text())
	}
	id := w.sdmUser("a@suppliers.example")
	form := &testkit.Form{Action: w.product("sdm").URL + "/organisation/team", Method: http.MethodPost, Fields: map[string]string{}}
	if noor.Send(form, "user", id, "level", "administrator"); !noor.Page.Says("once the invitation is accepted") {
		t.Errorf("raised while pending: %d %s", noor.Page.Status, noor.Page.Text())
	}
	a := w.browser("a")
	a.Open(w.invited("a@suppliers.example", 1))
	a.Press("Accept invitation", "password", invitedPassword)
	if !strings.HasPrefix(a.Page.URL.String(), w.product("sdm").URL) {
		t.Fatalf("after accepting: %s %s", a.Page.URL, a.Page.Text())
	}
	if noor.Send(form, "user", id, "level", "administrator"); !noor.Page.Says("Saved.") {
		t.Errorf("raised afterwards: %d %s", noor.Page.Status, noor.Page.Text())
	}
	var many []string
	for n := range 100 {
		many = append(many, fmt.Sprintf("crowd%d@suppliers.example", n))
	}
	noor.Open(w.product("sdm").URL + "/organisation/invitation")
	noor.Press("Send invitations", "emails", strings.Join(many, ", "))
	if noor.Page.Status != http.StatusUnprocessableEntity || !noor.Page.Says("At most 100 invitations of a product may wait in a tenant.") ||
		!noor.Page.Says("99 sent") || noor.Page.Value("emails") != "" {
		t.Errorf("one too many: %d %s", noor.Page.Status, noor.Page.Text())
	}
	waiting := slices.DeleteFunc(w.invitations("sdm"), func(i linking.Invitation) bool { return i.State != linking.InvitationPending })
	if len(waiting) != linking.InvitationsPending {
		t.Errorf("%d wait", len(waiting))
	}
}

// TestInvitationMeetsFirstSignIn (ATK-26): while somebody confirms an address for the first time, an administrator invites it.
// One account comes of both, and the one that comes second is answered.
func TestInvitationMeetsFirstSignIn(t *testing.T) {
	t.Run("the invitation first", func(t *testing.T) {
		w := openWorld(t)
		dana := w.person("one_account", "pim")
		b := w.browser("T")
		w.toInbox(b, dana, dana.Email)
		waiting := b.Page.Form("Continue")
		b.Open(w.link(dana.Email, 1))
		w.inviteInSDM(w.sdmAs("sdm_only"), dana.Email)
		k := w.browser("K")
		k.Open(w.invited(dana.Email, 2))
		k.Press("Accept invitation", "password", invitedPassword)
		b.Send(waiting)
		if b.Page.Status >= 500 || b.Page.H1 == "Your accounts are linked" {
			t.Errorf("the first sign-in: %d %q", b.Page.Status, b.Page.H1)
		}
		if got := w.linked(dana.Email); got["sdm"] != "active" || got["pim"] == "active" {
			t.Errorf("links: %v", got)
		}
		again := w.browser("next day")
		again.Open(w.product("sdm").URL + "/")
		again.Press("Continue", "email", dana.Email)
		if again.Press("Login", "password", dana.Password); again.Page.Status != http.StatusUnprocessableEntity {
			t.Errorf("the PIM's password was adopted: %s", again.Page.URL)
		}
	})
	t.Run("the first sign-in first", func(t *testing.T) {
		w := openWorld(t)
		dana := w.person("one_account", "pim")
		w.inviteInSDM(w.sdmAs("sdm_only"), dana.Email)
		k := w.browser("K")
		k.Open(w.invited(dana.Email, 1))
		form := k.Page.Form("Accept invitation")
		b := w.browser("T")
		w.toInbox(b, dana, dana.Email)
		waiting := b.Page.Form("Continue")
		b.Open(w.link(dana.Email, 2))
		b.Send(waiting)
		k.Send(form, "password", invitedPassword)
		if !k.Page.Says("already has an Akeneo Product Cloud account. Enter its password") {
			t.Errorf("the form of a new account: %d %s", k.Page.Status, k.Page.Text())
		}
		if got := w.linked(dana.Email); got["pim"] != "active" || got["sdm"] != "" {
			t.Errorf("links: %v", got)
		}
	})
}

// TestInvitationAcceptedSideBySide: one form, many times at once, makes one account and one link.
func TestInvitationAcceptedSideBySide(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.inviteInSDM(w.sdmAs("sdm_only"), "otto@suppliers.example")
	b := w.browser("otto")
	b.Open(w.invited("otto@suppliers.example", 1))
	for _, got := range w.together(b, b.Page.Form("Accept invitation"), 6, "password", invitedPassword) {
		if got >= 500 && got != http.StatusServiceUnavailable {
			t.Errorf("answered %d", got)
		}
	}
	if got := w.linked("otto@suppliers.example"); got["sdm"] != "active" {
		t.Errorf("links: %v", got)
	}
}

// TestInvitationWhileSwitchedOff: nothing happens, and the product's own login is named.
func TestInvitationWhileSwitchedOff(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.inviteInPIM(w.pimAs("administrator"), "mona@acme.example")
	b := w.browser("mona")
	b.Open(w.invited("mona@acme.example", 1))
	form := b.Page.Form("Accept invitation")
	w.turn(server.Switching{State: directory.RolloutOff})
	if b.Open(w.invited("mona@acme.example", 1)); b.Page.Status != http.StatusForbidden || !b.Page.Says("is not switched on for your organisation yet") {
		t.Errorf("%d %s", b.Page.Status, b.Page.Text())
	}
	if b.Send(form, "password", invitedPassword); b.Page.Status != http.StatusForbidden {
		t.Errorf("accepted while off: %d %s", b.Page.Status, b.Page.Text())
	}
	w.nobody("mona@acme.example")
	julia := w.pimAs("administrator")
	julia.Open(w.product("pim").URL + "/system/users/invite")
	if julia.Press("Send invitation", "email", "nina@acme.example"); !julia.Page.Says("so nobody could accept") {
		t.Errorf("inviting while off: %s", julia.Page.Text())
	}
	if julia.Open(w.product("pim").URL + "/system/users"); julia.Page.Says("nina@acme.example") {
		t.Error("a user stayed who could not be invited")
	}
}

// TestInvitationsToOneMailbox: nobody's mailbox is flooded, whatever follows a plus; and a sign-in of its owner still gets its
// mail.
func TestInvitationsToOneMailbox(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	noor, dana := w.sdmAs("sdm_only"), w.person("one_account", "pim")
	for n := range 6 {
		w.inviteInSDM(noor, fmt.Sprintf("dana+%d@acme.example", n))
	}
	noor.Press("Send invitations", "emails", dana.Email)
	if !noor.Page.Says("Too many invitations went to this address") {
		t.Errorf("a seventh: %d %s", noor.Page.Status, noor.Page.Text())
	}
	w.firstSignIn(w.browser("dana"), dana)
}

// TestInvitationNeedsPermission: members of both products cannot invite.
func TestInvitationNeedsPermission(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita := w.pimAs("different_login")
	if rita.Open(w.product("pim").URL + "/system/users/invite"); rita.Page.Status != http.StatusForbidden {
		t.Errorf("the PIM: %d", rita.Page.Status)
	}
	omar := w.sdmAs("forgot")
	if omar.Open(w.product("sdm").URL + "/organisation/invitation"); omar.Page.Status != http.StatusForbidden {
		t.Errorf("Supplier Data Manager: %d", omar.Page.Status)
	}
}

// nobody fails unless no account has the address.
func (w *world) nobody(email string) {
	w.t.Helper()
	if id, err := w.Server().Store().AddressOwner(w.t.Context(), address(w.t, email)); err != nil || id != "" {
		w.t.Errorf("an account has %s (%v)", email, err)
	}
}

// linked are the states of the links of the address's account, by product.
func (w *world) linked(email string) map[string]string {
	w.t.Helper()
	links, err := w.Server().Store().LinksOf(w.t.Context(), owner(w.t, w, email))
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[string]string{}
	for _, l := range links {
		found[string(l.ProductAccount.Product)] = strings.TrimSuffix(string(l.Link.State)+" "+string(l.Link.Reason), " ")
	}
	return found
}

// invitations are the product's, newest first.
func (w *world) invitations(product string) []linking.Invitation {
	w.t.Helper()
	all, err := w.Server().Store().Invitations(w.t.Context(), linking.InvitationQuery{Tenant: "acme", Product: ident.ProductID(product), Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// sdmUser is the id of a user of Supplier Data Manager.
func (w *world) sdmUser(email string) string {
	w.t.Helper()
	for _, i := range w.invitations("sdm") {
		if i.Email.Key() == email {
			return string(i.ExternalID)
		}
	}
	w.t.Fatalf("nobody invited %s", email)
	return ""
}
