package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestFrench: the language is chosen once on the first page, and pages and mails of the sign-in keep it.
func TestFrench(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b, dana := w.browser("T"), w.person("one_account", "pim")
	b.Open(w.product("pim").URL + "/")
	b.Press("Change language", "ui_locales", "fr")
	if b.Page.H1 != "Se connecter" || !strings.Contains(b.Page.Body, `<html lang="fr"`) || !b.Page.Says("Akeneo PIM") {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Continuer", "email", dana.Identifier)
	b.Press("Connexion", "password", "pas celui-là")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Saisissez le bon e-mail et le bon mot de passe.") {
		t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
	}
	// Changing the language on the answer to a refused form keeps the place.
	b.Press("Changer de langue", "ui_locales", "en")
	if b.Page.H1 != "Enter your password" || b.Page.Value("username") != dana.Identifier {
		t.Fatalf("%q with %q", b.Page.H1, b.Page.Value("username"))
	}
	b.Press("Change language", "ui_locales", "fr")
	b.Press("Connexion", "password", dana.Password)
	b.Press("Confirmer et continuer")
	if b.Page.H1 != "Consultez votre boîte de réception" {
		t.Fatalf("%q", b.Page.H1)
	}
	waiting := b.Page.Form("Continuer")
	mail := w.mails(dana.Email, 1)[0]
	if mail.Subject != "Confirmez votre adresse e-mail pour Akeneo Product Cloud" || !strings.Contains(mail.Text, "Ouvrez le lien de vérification") && !strings.Contains(mail.Text, "ouvrez le lien de vérification") {
		t.Errorf("the mail %q:\n%s", mail.Subject, mail.Text)
	}
	b.Open(w.link(dana.Email, 1))
	b.Send(waiting)
	if b.Page.H1 != "Vos comptes sont liés" {
		t.Errorf("%q", b.Page.H1)
	}
}
