package e2e_test

import (
	"net/http"
	"testing"

	"ligature/internal/testkit"
)

// TestUnlinkOutlivesNoInvitation (ATK-21, ATK-24): whoever took the link of an invitation apart could take that back for thirty
// days. Not once the product revoked the invitation meanwhile, nor once the reader of the mailbox said that it was not them.
func TestUnlinkOutlivesNoInvitation(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, julia *testkit.Browser, told string){
		"revoked": func(w *world, julia *testkit.Browser, _ string) {
			julia.Open(w.product("pim").URL + "/system/users")
			julia.Follow(w.person("sdm_only", "sdm").Email)
			julia.Press("Revoke access", "action", "revoke")
		},
		"reported": func(w *world, _ *testkit.Browser, told string) { w.stopAs(w.browser("V"), told) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openWorld(t)
			noor, julia := w.person("sdm_only", "sdm"), w.pimAs("administrator")
			b := w.browser("T")
			w.firstSignIn(b, noor)
			w.inviteInPIM(julia, noor.Email)
			link := w.mailed(noor.Email, "You have been invited to Akeneo PIM", invitationURL, 1)
			b.Open(link)
			b.Press("Accept invitation", "password", noor.Password)
			told := w.mailAbout(noor.Email, "Akeneo PIM is now linked to your Akeneo Product Cloud account")
			w.me(b)
			b.Open(w.unlinkURL(b, "Akeneo PIM"))
			b.Press("Unlink", "password", noor.Password)
			w.follow(b, "/me/undo/")
			undo := b.Page.Form("Undo")
			if undo == nil {
				t.Fatalf("cannot be taken back in the first place: %s", b.Page.Text())
			}
			end(w, julia, told.Text)
			b = w.browser("T again")
			w.signIn(b, "sdm", noor.Email, noor.Password)
			b.Open(undo.Action)
			if b.Page.Status != http.StatusConflict || b.Page.Form("Undo") != nil || !b.Page.Says("Something has changed since") {
				t.Errorf("it could come back: %d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
			}
			if got := w.linked(noor.Email); got["pim"] != "" {
				t.Errorf("links: %v", got)
			}
		})
	}
}
