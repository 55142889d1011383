package sdm_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp/rptest"
)

func TestForgottenPassword(t *testing.T) {
	const fresh = "Brand-New-Password-1"
	w := start(t)
	browser := rptest.NewBrowser(t)
	for _, nobody := range []string{"no@acme.example", "off@acme.example"} {
		if page := browser.Post(w.url+"/forgot-password", "email", nobody); !strings.Contains(page.Text, "If this address belongs") || len(w.mails.letters) > 0 {
			t.Errorf("%s: not neutral, or mailed", nobody)
		}
	}
	w.login(browser, "must@acme.example", password)
	page := browser.Post(w.url+"/forgot-password", "email", "MUST@acme.example")
	if !strings.Contains(page.Text, "If this address belongs") || len(w.mails.letters) != 1 {
		t.Fatalf("%d mails", len(w.mails.letters))
	}
	browser.Post(w.url+"/forgot-password", "email", "must@acme.example")
	if len(w.mails.letters) != 1 {
		t.Error("a second mail within a minute")
	}
	link := regexp.MustCompile(`http://\S+/reset-password/\S+`).FindString(w.mails.letters[0].Text)
	if page := browser.Post(link, "new_password", "too simple", "confirm_password", "too simple"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("weak password: %d", page.Status)
	}
	if page := browser.Post(link, "new_password", fresh, "confirm_password", fresh+"x"); !strings.Contains(page.Text, "do not match") {
		t.Errorf("unequal passwords: %d", page.Status)
	}
	if page := browser.Post(link, "new_password", fresh, "confirm_password", fresh); !strings.Contains(page.Text, "Your new password is set") {
		t.Fatalf("reset: %d", page.Status)
	}
	if page := browser.Open(link); page.Status != http.StatusGone {
		t.Errorf("the link works twice: %d", page.Status)
	}
	if page := w.login(browser, "must@acme.example", fresh); !strings.Contains(page.Text, "Hello Must Reset") {
		t.Error("the new password does not open the product")
	}
	w.advance(time.Hour)
	browser.Post(w.url+"/forgot-password", "email", "rita@acme.example")
	w.advance(24 * time.Hour)
	link = regexp.MustCompile(`http://\S+/reset-password/\S+`).FindString(w.mails.letters[1].Text)
	if page := browser.Open(link); page.Status != http.StatusGone {
		t.Errorf("a link of yesterday: %d", page.Status)
	}
}

func TestAccountTabs(t *testing.T) {
	w := start(t)
	browser := rptest.NewBrowser(t)
	w.login(browser, "rita@acme.example", password)
	for _, test := range []struct {
		name, path string
		fields     []string
		status     int
		says       string
	}{
		{"profile", "profile", []string{"first_name", "Margherita", "last_name", "Moreau"}, 200, `value="Margherita"`},
		{"profile without a name", "profile", []string{"first_name", "", "last_name", "x"}, 422, "Enter a first name"},
		{"language", "interface", []string{"language", "de"}, 200, `<option value="de" lang="de" selected>`},
		{"no such language", "interface", []string{"language", "xx"}, 422, "from the list"},
		{"notifications", "notifications", []string{"last_step_done", "on", "long_job_minutes", "90"}, 200, `value="90"`},
		{"no duration", "notifications", []string{"long_job_minutes", "soon"}, 422, "number of minutes"},
		{"wrong current password", "password", []string{"current_password", "x", "new_password", "Another-Good-1", "confirm_password", "Another-Good-1"}, 422, "current password is incorrect"},
		{"new password", "password", []string{"current_password", password, "new_password", "Another-Good-1", "confirm_password", "Another-Good-1"}, 200, "Log in again."},
	} {
		page := browser.Post(w.url+"/account/"+test.path, test.fields...)
		if page.Status != test.status || !strings.Contains(page.Text, test.says) {
			t.Errorf("%s: %d on %s does not say %q", test.name, page.Status, page.URL, test.says)
		}
	}
}

func TestTeamAndLevels(t *testing.T) {
	w := start(t)
	rita, boss := rptest.NewBrowser(t), rptest.NewBrowser(t)
	w.login(rita, "rita@acme.example", password)
	w.login(boss, "boss@acme.example", password)
	team := rita.Open(w.url + "/organisation/team").Text
	if !strings.Contains(team, "boss@acme.example") || strings.Contains(team, "closed@closed.example") || strings.Contains(team, "<select") {
		t.Error("a member sees other than the own team, read-only")
	}
	if page := rita.Open(w.url + "/organisation/settings"); page.Status != http.StatusForbidden {
		t.Errorf("a member opens the settings: %d", page.Status)
	}
	if page := rita.Post(w.url+"/organisation/team", "user", w.id(t, "rita@acme.example"), "level", "administrator"); page.Status != http.StatusForbidden {
		t.Errorf("a member raises levels: %d", page.Status)
	}
	if page := boss.Post(w.url+"/organisation/team", "user", w.id(t, "boss@acme.example"), "level", "member"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the last administrator goes: %d", page.Status)
	}
	boss.Post(w.url+"/organisation/team", "user", w.id(t, "rita@acme.example"), "level", "administrator")
	if page := rita.Open(w.url + "/organisation/settings"); page.Status != http.StatusOK {
		t.Errorf("a new administrator cannot open the settings: %d", page.Status)
	}
	if page := rita.Post(w.url+"/jobs", "name", "Import of lamps"); !strings.Contains(page.Text, "Import of lamps") || !strings.Contains(rita.Open(w.url+"/").Text, "Created the job: <strong>Import of lamps") {
		t.Error("a new job is not in the list or in the activity")
	}
}
