package pim_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp/rptest"
)

func TestForgottenPassword(t *testing.T) {
	const neutral = "An email has been sent to the user."
	w := start(t)
	browser := rptest.NewBrowser(t)
	for _, nobody := range []string{"nobody", "nobody@acme.example", "gone"} {
		if page := browser.Post(w.url+"/user/send-email", "username", nobody); !strings.Contains(page.Text, neutral) || len(w.mails.letters) > 0 {
			t.Fatalf("%s: not the neutral answer, or a mail was sent", nobody)
		}
	}
	browser.Post(w.url+"/user/send-email", "username", "Dana@acme.example")
	if len(w.mails.letters) != 1 || w.mails.letters[0].To != "dana@acme.example" || w.mails.letters[0].Subject != "Reset password" {
		t.Fatalf("mails: %+v", w.mails.letters)
	}
	letter := w.mails.letters[0]
	link := regexp.MustCompile(`http://\S+/user/reset/[0-9a-z]{50}`).FindString(letter.Text)
	if link == "" || !strings.Contains(letter.HTML, link) || !strings.Contains(letter.Text, "dana") {
		t.Fatalf("the mail has no link, or not in both parts:\n%s", letter.Text)
	}
	if page := browser.Post(w.url+"/user/send-email", "username", "dana"); !strings.Contains(page.Text, "already been requested") || len(w.mails.letters) != 1 {
		t.Error("a second request within 24 hours sends a second mail, or does not say so")
	}
	if page := browser.Open(w.url + "/user/reset/unknown"); page.Status != http.StatusNotFound {
		t.Errorf("unknown link: %d", page.Status)
	}
	for _, wrong := range []struct{ first, second, says string }{
		{"short", "short", "Password must contain at least 8 characters"}, {strings.Repeat("x", 4096), strings.Repeat("x", 4096), "less than 4096"},
		{"long enough", "long enougH", "Passwords do not match"},
	} {
		page := browser.Post(link, "pim_user_reset_form[first]", wrong.first, "pim_user_reset_form[second]", wrong.second)
		if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Text, wrong.says) {
			t.Errorf("want %q, got %d", wrong.says, page.Status)
		}
	}
	w.login(browser, "dana", password)
	page := rptest.NewBrowser(t).Post(link, "pim_user_reset_form[first]", "a brand new one", "pim_user_reset_form[second]", "a brand new one")
	if !strings.Contains(page.Text, "successfully reset") {
		t.Fatalf("reset: %d", page.Status)
	}
	if rows := w.dump(t)["pim_session"]; len(rows) != 0 {
		t.Error("sessions survive the new password")
	}
	if page := browser.Open(link); page.Status != http.StatusNotFound {
		t.Errorf("the link works twice: %d", page.Status)
	}
	if page := w.login(browser, "dana", password); page.Status != http.StatusUnauthorized {
		t.Error("the old password still works")
	}
	if page := w.login(browser, "dana", "a brand new one"); page.Status != http.StatusOK {
		t.Error("the new password does not work")
	}
}

func TestResetLinkEndsAfterADay(t *testing.T) {
	w := start(t)
	browser := rptest.NewBrowser(t)
	browser.Post(w.url+"/user/send-email", "username", "dana")
	link := regexp.MustCompile(`http://\S+/user/reset/\w+`).FindString(w.mails.letters[0].Text)
	w.advance(24 * time.Hour)
	if page := browser.Open(link); !strings.Contains(page.Text, "already been requested") || page.URL.Path != "/user/reset-request" {
		t.Errorf("expired link: %s", page.URL)
	}
	browser.Post(w.url+"/user/send-email", "username", "dana")
	if len(w.mails.letters) != 2 || !strings.Contains(w.mails.letters[1].Text, link) {
		t.Error("after a day no second mail, or not with the same link")
	}
}
