package e2e_test

import (
	"testing"
)

func TestFirstSignIn(t *testing.T) {
	w := openWorld(t)
	b := w.browser("T")
	dana := w.person("one_account", "pim")
	b.Open(w.product("pim").URL + "/")
	t.Log(b.Hops, b.Page.Title)
	b.Press("Continue", "email", dana.Identifier)
	t.Log(b.Hops, b.Page.Title)
	b.Press("Login", "password", dana.Password)
	t.Log(b.Hops, b.Page.Title)
	b.Press("Confirm & Continue")
	t.Log(b.Hops, b.Page.Title)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 1))
	t.Log(b.Hops, b.Page.Title, b.Page.Text())
	b.Send(waiting)
	t.Log(b.Hops, b.Page.Title, b.Page.Text())
	b.Press("Continue to Akeneo PIM")
	t.Log(b.Hops, b.Page.Title, b.Page.Text())
}
