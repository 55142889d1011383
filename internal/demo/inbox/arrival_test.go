package inbox_test

import (
	"testing"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/fault"
	"ligature/internal/mail"
)

// TestMailsOfTheServerArriveAsTheyWereMeant is the one place where the server's sender and the demo's reader meet.
func TestMailsOfTheServerArriveAsTheyWereMeant(t *testing.T) {
	i := open(t, func(to string) int { return map[string]int{"gone@acme.example": 550}[to] })
	sender, err := mail.NewSender(mail.Config{Address: i.SMTPAddr(), TLS: mail.TLSNone, From: "account@id.localhost"})
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := mail.Render(mail.Brand{Account: "Akeneo Product Cloud", Company: "Akeneo"}, "http://id.localhost:8080", mail.Message{
		ID: "ml_1", Kind: mail.KindConfirm, To: "dana@acme.example", QueuedAt: clock, Values: map[string]string{
			mail.KeyProduct: "Akeneo PIM", mail.KeyTenant: "Acmé", mail.KeyUsername: "d***k", mail.KeyAgent: "Chrome on Windows",
			mail.KeyRequestedAt: clock.Format(time.RFC3339), mail.KeyUntil: clock.Add(15 * time.Minute).Format(time.RFC3339),
			mail.KeyMinutes: "15", mail.KeyNetwork: "127.0.0.0/24", mail.KeyRequest: "K7Q-4MD",
			mail.KeyMailToken: "abcdefghijklmnop", mail.KeyNotMeToken: "ponmlkjihgfedcba"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), rendered, "dana@acme.example"); err != nil {
		t.Fatal(err)
	}
	m, err := i.Wait(t.Context(), func(m inbox.Message) bool { return m.To == "dana@acme.example" })
	if err != nil || m.Subject != rendered.Subject || m.Text != rendered.Text || m.HTML != rendered.HTML {
		t.Errorf("%v: %q\n%q", err, m.Subject, m.Text)
	}
	if err := sender.Send(t.Context(), rendered, "gone@acme.example"); fault.KeyOf(err) != "mail.refused" {
		t.Errorf("a refused address: %v", err)
	}
}
