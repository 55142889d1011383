package mail_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ligature/internal/fault"
	"ligature/internal/mail"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	issuer     = "https://id.example.com"
	mailToken  = "v1_9fJ2kQxT7mB4wZ0sLr8yEoHcVnUaDgPi5XqK3jRtMbY"
	notMeToken = "n1_Q2wErTyUiOpAsDfGhJkLzXcVbNm1234567890abcdEF"
	receiver   = "dana@acme.example"
)

func brand() mail.Brand {
	return mail.Brand{Account: "Akeneo Product Cloud", Company: "Akeneo", SupportURL: "https://id.example.com/help"}
}

func at(clock string) string { return "2026-11-03T" + clock + ":00Z" }

func message(kind mail.Kind) mail.Message {
	values := map[string]string{
		mail.KeyProduct: "Akeneo PIM", mail.KeyTenant: "Acme", mail.KeyUsername: "d***k",
		mail.KeyRequestedAt: at("13:02"), mail.KeyUntil: at("13:17"), mail.KeyMinutes: "15",
		mail.KeyAgent: "Chrome on Windows", mail.KeyNetwork: "192.0.2.0/24", mail.KeyRequest: "K7Q-4MD",
		mail.KeyMailToken: mailToken, mail.KeyNotMeToken: notMeToken, mail.KeyLinkedAt: at("13:09"),
		mail.KeyReportedAt: at("13:20"), mail.KeyProof: "legacy_password,mailbox_link", mail.KeyAddress: receiver,
		mail.KeyOutcome: "stopped", mail.KeyTries: "3", mail.KeyDoneAt: at("13:30"), mail.KeyOther: "dana@home.example",
		mail.KeyHow: "reset",
	}
	required, _, _ := mail.Keys(kind)
	maps.DeleteFunc(values, func(key, _ string) bool { return !slices.Contains(required, key) })
	return mail.Message{ID: "ml_0001", Kind: kind, To: receiver, Locale: "en", Values: values,
		ReplyTo: "admins@acme.example", QueuedAt: time.Date(2026, 11, 3, 13, 2, 0, 0, time.UTC)}
}

func with(m mail.Message, pairs ...string) mail.Message {
	m.Values = maps.Clone(m.Values)
	for i := 0; i < len(pairs); i += 2 {
		m.Values[pairs[i]] = pairs[i+1]
	}
	return m
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from the golden file (go test ./internal/mail -update writes it):\n%s", name, got)
	}
}

func render(t *testing.T, m mail.Message) mail.Rendered {
	t.Helper()
	r, err := mail.Render(brand(), issuer, m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func cases() map[string]mail.Message {
	linkedElsewhere := message(mail.KindLinked)
	linkedElsewhere.To = "old@acme.example"
	mergedOther := message(mail.KindMerged)
	mergedOther.To = "dana@home.example"
	return map[string]mail.Message{
		"confirm":        message(mail.KindConfirm),
		"confirm-resent": with(message(mail.KindConfirm), mail.KeyResentAt, at("13:05"), mail.KeyZone, "Europe/Paris"),
		"join":           message(mail.KindJoin),
		"linked":         message(mail.KindLinked),
		"linked-other":   linkedElsewhere,
		"waits":          message(mail.KindWaits),
		"activate":       message(mail.KindActivate),
		"reported":       message(mail.KindReported),

		"reset":                  message(mail.KindReset),
		"password-changed":       with(message(mail.KindPasswordChanged), mail.KeyHow, "changed"),
		"password-changed-reset": with(message(mail.KindPasswordChanged), mail.KeyAddress, "old@acme.example"),
		"email-confirm":          message(mail.KindEmailConfirm),
		"email-approve":          with(message(mail.KindEmailApprove), mail.KeyAddress, "new@acme.example", mail.KeyResentAt, at("13:05")),
		"email-changed":          with(message(mail.KindEmailChanged), mail.KeyAddress, "new@acme.example"),

		"reported-known":    with(message(mail.KindReported), mail.KeyOutcome, "suspended", mail.KeyRecognised, "known"),
		"invited":           message(mail.KindInvited),
		"invited-resent":    with(message(mail.KindInvited), mail.KeyResentAt, at("13:05"), mail.KeyZone, "Europe/Paris"),
		"declined":          with(message(mail.KindDeclined), mail.KeyRecognised, "no"),
		"revoked":           message(mail.KindRevoked),
		"already-linked":    message(mail.KindAlreadyLinked),
		"stopped":           with(message(mail.KindStopped), mail.KeyTold, "yes"),
		"stopped-suspended": with(message(mail.KindStopped), mail.KeyOutcome, "suspended"),
		"legacy-tried":      message(mail.KindLegacyTried),
		"unknown-place":     with(message(mail.KindLinked), mail.KeyAgent, "unknown", mail.KeyNetwork, "unknown"),
		"unlinked":          with(message(mail.KindUnlinked), mail.KeyUntil, "2026-12-03T13:30:00Z", mail.KeyZone, "Europe/Paris"),
		"relinked":          message(mail.KindRelinked),
		"merged":            with(message(mail.KindMerged), mail.KeyUntil, "2026-12-03T13:30:00Z", mail.KeyProducts, "Akeneo PIM, Supplier Data Manager"),
		"merged-other":      mergedOther,
		"parted":            message(mail.KindParted),
		"closed":            message(mail.KindClosed),
		"hostile": with(message(mail.KindConfirm), mail.KeyProduct, "PIM\r\nBcc: x@evil.example\r\n\r\n<script>alert(1)</script>",
			mail.KeyTenant, "A\u202ecme \u200b<b>https://evil.example/?a=1&b=2</b> {{.MailToken}} \"quoted\"",
			mail.KeyUsername, "<img src=x onerror=alert(1)>"),
		"long-names": with(message(mail.KindJoin), mail.KeyProduct, strings.Repeat("Ü", 200),
			mail.KeyTenant, strings.Repeat("Very long company name ", 10)),
	}
}

func TestMailsAreAsTheGoldensSay(t *testing.T) {
	for name, m := range cases() {
		t.Run(name, func(t *testing.T) {
			r := render(t, m)
			golden(t, name+".txt", "Subject: "+r.Subject+"\n\n"+r.Text)
			golden(t, name+".html", r.HTML)
		})
	}
}

func TestTextPartIsWholeAndNarrow(t *testing.T) {
	for name, m := range cases() {
		t.Run(name, func(t *testing.T) {
			for line := range strings.Lines(render(t, m).Text) {
				line = strings.TrimSuffix(line, "\n")
				isURL := strings.HasPrefix(line, issuer+"/")
				if strings.Contains(line, "://") && !isURL {
					t.Errorf("an address does not stand alone: %q", line)
				}
				if !isURL && utf8.RuneCountInString(line) > 78 {
					t.Errorf("%d columns: %q", utf8.RuneCountInString(line), line)
				}
			}
		})
	}
}

func TestSeedSentencesAreInTheMail(t *testing.T) {
	for _, kind := range []mail.Kind{mail.KindConfirm, mail.KindJoin, mail.KindActivate} {
		r := render(t, message(kind))
		flat := strings.Join(strings.Fields(r.Text), " ")
		for _, sentence := range []string{
			"If you did not request this and you do not recognize the activity, do not click the verification link, and contact your Akeneo administrator.",
			"Another colleague started the Akeneo Product Cloud sign-in flow with the wrong email address.",
			"An administrator created a new Akeneo account that uses your email address.",
			"Return to the browser tab where you started the sign-in and click Continue",
		} {
			if !strings.Contains(flat, sentence) || !strings.Contains(r.HTML, sentence) {
				t.Errorf("%s: not in both parts: %s", kind, sentence)
			}
		}
	}
}

func TestLinksAreTheIssuersAndNothingElse(t *testing.T) {
	for name, m := range cases() {
		t.Run(name, func(t *testing.T) {
			r := render(t, m)
			for _, part := range []string{r.Text, r.HTML} {
				for _, chunk := range strings.Split(part, "://")[1:] {
					if !strings.HasPrefix(chunk, "id.example.com/") {
						t.Errorf("a link to somewhere else: %.60q", chunk)
					}
				}
				if strings.Contains(part, "src=") && name != "hostile" || strings.Contains(part, "url(") || strings.Contains(part, "@import") {
					t.Error("something is loaded from outside")
				}
			}
			confirmPath, stopPath := "/email/confirm", "/email/not-me"
			switch m.Kind {
			case mail.KindInvited:
				confirmPath = "/invitation"
			case mail.KindReset:
				confirmPath = "/reset/confirm"
			case mail.KindEmailConfirm:
				confirmPath, stopPath = "/me/email/confirm", "/me/email/stop"
			case mail.KindEmailApprove:
				confirmPath, stopPath = "/me/email/approve", "/me/email/stop"
			}
			if m.Values[mail.KeyMailToken] != "" {
				confirm := issuer + confirmPath + "?t=" + mailToken
				if !strings.Contains(r.Text, "\n"+confirm+"\n") || !strings.Contains(r.HTML, `href="`+confirm+`"`) {
					t.Error("the link to confirm is missing")
				}
			}
			if m.Values[mail.KeyNotMeToken] != "" && !strings.Contains(r.Text, "\n"+issuer+stopPath+"?t="+notMeToken+"\n") {
				t.Error("the way to say no is missing")
			}
		})
	}
}

func TestNamesCannotBecomeMarkupOrHeaders(t *testing.T) {
	r := render(t, cases()["hostile"])
	if strings.ContainsAny(r.Subject, "\r\n") {
		t.Errorf("subject has a line break: %q", r.Subject)
	}
	for _, bad := range []string{"<script", "<img", "<b>", "\u202e", "\u200b", "https://evil"} {
		if strings.Contains(r.HTML, bad) {
			t.Errorf("HTML holds %q", bad)
		}
	}
	for _, bad := range []string{"\u202e", "\u200b", "https://evil"} {
		if strings.Contains(r.Text, bad) || strings.Contains(r.Subject, bad) {
			t.Errorf("text holds %q", bad)
		}
	}
	if !strings.Contains(r.HTML, "&lt;script&gt;") {
		t.Error("the name is not shown, escaped")
	}
	if strings.Count(r.Text, mailToken) != 1 {
		t.Error("a template in a name was run")
	}
}

func TestHeadersAreThoseOfMachineMail(t *testing.T) {
	r := render(t, message(mail.KindConfirm))
	want := map[string]string{"Date": "Tue, 03 Nov 2026 13:02:00 +0000", "Auto-Submitted": "auto-generated",
		"X-Auto-Response-Suppress": "All", "Content-Language": "en"}
	if !maps.Equal(r.Headers, want) {
		t.Errorf("headers %v", r.Headers)
	}
	if r.FromName != "Akeneo Product Cloud" || r.ReplyTo != "admins@acme.example" || r.ID != "ml_0001" {
		t.Errorf("envelope %q %q %q", r.FromName, r.ReplyTo, r.ID)
	}
}

func TestUnknownLanguageFallsBackToEnglish(t *testing.T) {
	for _, locale := range []string{"", "xx", "de-CH", "not a tag \r\n", "en-GB"} {
		m := message(mail.KindConfirm)
		m.Locale = locale
		r := render(t, m)
		if r.Headers["Content-Language"] != "en" || !strings.Contains(r.HTML, `<html lang="en" dir="ltr">`) {
			t.Errorf("%q: %q", locale, r.Headers["Content-Language"])
		}
	}
}

func TestHalfFilledMailIsAnError(t *testing.T) {
	for _, kind := range mail.Kinds() {
		required, _, _ := mail.Keys(kind)
		for _, key := range required {
			for _, empty := range []string{"", " \r\n", "\u200b"} {
				if _, err := mail.Render(brand(), issuer, with(message(kind), key, empty)); fault.KeyOf(err) != "mail.value_missing" {
					t.Errorf("%s with %s %q: %v", kind, key, empty, err)
				}
			}
		}
		if _, err := mail.Render(brand(), issuer, with(message(kind), "comment", "hello")); fault.KeyOf(err) != "mail.value_unknown" {
			t.Errorf("%s with an unknown key: %v", kind, err)
		}
	}
}

func TestMalformedIsAnErrorThatHoldsNoValue(t *testing.T) {
	confirm, linked := message(mail.KindConfirm), message(mail.KindLinked)
	change := func(f func(*mail.Message)) mail.Message { m := with(confirm); f(&m); return m }
	table := map[string]struct {
		m   mail.Message
		key string
	}{
		"unknown kind":          {change(func(m *mail.Message) { m.Kind = "secret-kind" }), "mail.kind_unknown"},
		"no id":                 {change(func(m *mail.Message) { m.ID = "" }), "mail.id_malformed"},
		"id with a line break":  {change(func(m *mail.Message) { m.ID = "a\r\nb" }), "mail.id_malformed"},
		"not queued":            {change(func(m *mail.Message) { m.QueuedAt = time.Time{} }), "mail.queued_at_missing"},
		"two receivers":         {change(func(m *mail.Message) { m.To = "secret@a.example,b@b.example" }), "mail.address_malformed"},
		"display name":          {change(func(m *mail.Message) { m.To = "Secret <secret@a.example>" }), "mail.address_malformed"},
		"header in receiver":    {change(func(m *mail.Message) { m.To = "secret@a.example\r\nBcc: b@b.example" }), "mail.address_malformed"},
		"not canonical":         {change(func(m *mail.Message) { m.To = "Secret@A.example" }), "mail.address_malformed"},
		"list to reply to":      {change(func(m *mail.Message) { m.ReplyTo = "secret@a.example, b@b.example" }), "mail.reply_to_malformed"},
		"time":                  {with(confirm, mail.KeyUntil, "secret"), "mail.value_malformed"},
		"zone":                  {with(confirm, mail.KeyZone, "Secret/Zone"), "mail.value_malformed"},
		"the machine's zone":    {with(confirm, mail.KeyZone, "Local"), "mail.value_malformed"},
		"minutes":               {with(confirm, mail.KeyMinutes, "secret"), "mail.value_malformed"},
		"no minutes":            {with(confirm, mail.KeyMinutes, "0"), "mail.value_malformed"},
		"token too short":       {with(confirm, mail.KeyMailToken, "secret"), "mail.value_malformed"},
		"token with a query":    {with(confirm, mail.KeyMailToken, mailToken+"&secret=1"), "mail.value_malformed"},
		"not-me token, a space": {with(confirm, mail.KeyNotMeToken, mailToken+" secret"), "mail.value_malformed"},
		"proof":                 {with(linked, mail.KeyProof, "secret"), "mail.text_missing"},
		"proof with a path":     {with(linked, mail.KeyProof, "../secret"), "mail.value_malformed"},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			_, err := mail.Render(brand(), issuer, c.m)
			if fault.KeyOf(err) != c.key || !fault.Is(err, fault.Internal) {
				t.Fatalf("got %v", err)
			}
			if name != "proof" && strings.Contains(strings.ToLower(err.Error()), "secret") {
				t.Errorf("the error repeats the value: %v", err)
			}
		})
	}
}

func TestIssuerIsChecked(t *testing.T) {
	for _, bad := range []string{"", "id.example.com", "ftp://id.example.com", "https://", "javascript:alert(1)",
		"https://user:pw@id.example.com", "https://id.example.com?x=1", "https://id.example.com/#a", "https://a b"} {
		if _, err := mail.Render(brand(), bad, message(mail.KindConfirm)); fault.KeyOf(err) != "mail.issuer_malformed" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	r, err := mail.Render(brand(), "http://id.localhost:8080/", message(mail.KindConfirm))
	if err != nil || !strings.Contains(r.Text, "\nhttp://id.localhost:8080/email/confirm?t=") {
		t.Errorf("demo issuer: %v", err)
	}
}

func TestHelpIsOptionalAndAnAddressOfTheWeb(t *testing.T) {
	for given, want := range map[string]string{"https://help.example.com/?from=mail#top": "", "": "",
		"javascript:alert(1)": "mail.support_url_malformed", "help.example.com": "mail.support_url_malformed"} {
		b := brand()
		b.SupportURL = given
		r, err := mail.Render(b, issuer, message(mail.KindConfirm))
		if (err != nil) != (want != "") || err != nil && fault.KeyOf(err) != want {
			t.Errorf("%q: %v", given, err)
		}
		if err == nil && strings.Contains(r.Text, "Help:") != (given != "") {
			t.Errorf("%q: a help line that leads nowhere, or none", given)
		}
	}
}

func TestTimesCarryTheirZone(t *testing.T) {
	for zone, want := range map[string]string{"": "13:17 UTC", "Europe/Paris": "14:17 CET", "America/Sao_Paulo": "10:17 UTC-03",
		"Asia/Kolkata": "18:47 IST"} {
		m := message(mail.KindConfirm)
		if zone != "" {
			m = with(m, mail.KeyZone, zone)
		}
		if r := render(t, m); !strings.Contains(r.Text, want) {
			t.Errorf("%q: no %q in\n%s", zone, want, r.Text)
		}
	}
	offset := with(message(mail.KindConfirm), mail.KeyUntil, "2026-11-03T14:17:00+01:00")
	if r := render(t, offset); !strings.Contains(r.Text, "13:17 UTC") {
		t.Error("an offset in the value is not the zone of the reader")
	}
}

func TestStrangersSeeNoWholeNetworkOrAddress(t *testing.T) {
	for given, want := range map[string]string{"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24",
		"192.0.2.77/32": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "10.0.0.0/8": "10.0.0.0/8"} {
		r := render(t, with(message(mail.KindConfirm), mail.KeyNetwork, given))
		if !strings.Contains(r.Text, "network "+want) || strings.Contains(r.Text, "77") || strings.Contains(r.HTML, "192.0.2.77") {
			t.Errorf("%s is not shown as %s:\n%s", given, want, r.Text)
		}
	}
	other := render(t, cases()["linked-other"])
	if strings.Contains(other.Text, receiver) || strings.Contains(other.HTML, receiver) {
		t.Error("an address is shown to somebody else")
	}
	if own := render(t, message(mail.KindLinked)); !strings.Contains(own.Text, receiver) {
		t.Error("one's own address is not shown")
	}
}

func TestColoursComeInPairs(t *testing.T) {
	for _, primary := range []string{"", "#FFCC00", "#E4002B", "#00A3E0", "#222222", "#6B2FBF", "#2EE6A6"} {
		b := brand()
		b.Primary = primary
		r, err := mail.Render(b, issuer, message(mail.KindJoin))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(r.HTML, "ZgotmplZ") {
			t.Fatal("a colour was filtered")
		}
		for _, style := range strings.Split(r.HTML, "style=\"")[1:] {
			style, _, _ = strings.Cut(style, "\"")
			hasText := strings.Contains(";"+style, ";color:")
			if hasText != strings.Contains(style, "background-color:") {
				t.Errorf("one colour alone: %s", style)
			}
		}
	}
	b := brand()
	b.Primary = "red;} body{display:none"
	if _, err := mail.Render(b, issuer, message(mail.KindJoin)); fault.KeyOf(err) != "mail.colour_malformed" {
		t.Errorf("a style in the colour: %v", err)
	}
}
