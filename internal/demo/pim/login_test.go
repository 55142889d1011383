package pim_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp/rptest"
)

func TestOwnLogin(t *testing.T) {
	w := start(t)
	for _, test := range []struct{ name, typed, password, says string }{
		{"username", "dana", password, "Hello Dana Ruiz"},
		{"username in capitals", "DANA", password, "Hello Dana Ruiz"},
		{"email", "dana@acme.example", password, "Hello Dana Ruiz"},
		{"wrong password", "mary", "wrong", "Invalid credentials."},
		{"unknown", "nobody", password, "Invalid credentials."},
		{"disabled", "gone", password, "Invalid credentials."},
		{"connection user", "robot", password, "Invalid credentials."},
		{"username of one is email of another", "other@acme.example", password, "Invalid credentials."},
	} {
		t.Run(test.name, func(t *testing.T) {
			page := w.login(rptest.NewBrowser(t), test.typed, test.password)
			if !strings.Contains(page.Text, test.says) {
				t.Errorf("%s (%d) does not say %q", page.URL, page.Status, test.says)
			}
			if strings.Contains(page.Text, test.password) {
				t.Error("the page repeats the password")
			}
		})
	}
}

func TestLockAfterFiveFailures(t *testing.T) {
	const locked = "Your account is locked for 5 minutes after too many authentication attempts."
	w := start(t)
	browser := rptest.NewBrowser(t)
	for i := range 5 {
		if page := w.login(browser, "dana", "wrong"); !strings.Contains(page.Text, "Invalid credentials.") {
			t.Fatalf("failure %d says something else", i+1)
		}
		w.advance(20 * time.Second)
	}
	if page := w.login(browser, "dana", password); !strings.Contains(page.Text, locked) {
		t.Error("the right password opens a locked user")
	}
	w.advance(5 * time.Minute)
	if page := w.login(browser, "dana", "wrong"); !strings.Contains(page.Text, "Invalid credentials.") {
		t.Error("still locked after five minutes")
	}
	if page := w.login(browser, "dana", password); !strings.Contains(page.Text, "Hello Dana Ruiz") {
		t.Error("the old failures still count")
	}
}

func TestRolesGuardPages(t *testing.T) {
	w := start(t)
	for _, test := range []struct {
		user, path string
		status     int
	}{
		{"mary", "/system/users", http.StatusForbidden}, {"dana", "/system/users", http.StatusOK}, {"dana", "/system/configuration", http.StatusForbidden},
		{"root", "/system/configuration", http.StatusOK}, {"mary", "/enrich/product", http.StatusOK}, {"mary", "/enrich/product/none", http.StatusNotFound},
	} {
		t.Run(test.user+test.path, func(t *testing.T) {
			browser := rptest.NewBrowser(t)
			w.login(browser, test.user, password)
			page := browser.Open(w.url + test.path)
			if page.Status != test.status {
				t.Errorf("status %d, want %d", page.Status, test.status)
			}
			if test.status == http.StatusForbidden && !strings.Contains(page.Text, "Access forbidden") {
				t.Error("no word about why")
			}
		})
	}
}

func TestPreferencesAndHistory(t *testing.T) {
	w := start(t)
	browser := rptest.NewBrowser(t)
	w.login(browser, "mary", password)
	page := browser.Post(w.url+"/user/account", "ui_locale", "fr_FR", "catalog_locale", "de_DE", "channel", "mobile", "tree", "master", "timezone", "Asia/Tokyo",
		"notifications", "on", "username", "root", "roles", "ROLE_ADMINISTRATOR")
	if page.Status != http.StatusOK || !strings.Contains(page.Text, "Saved.") || !strings.Contains(page.Text, "<option selected>Asia/Tokyo</option>") {
		t.Errorf("preferences not saved: %d", page.Status)
	}
	if strings.Contains(page.Text, "Administrator") || !strings.Contains(page.Text, ">mary<") {
		t.Error("the form changed more than preferences")
	}
	if page := browser.Post(w.url+"/user/account", "ui_locale", "xx", "timezone", "UTC"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a locale that is not in the list: %d", page.Status)
	}
	page = browser.Post(w.url+"/enrich/product/desk-lamp", "name", "Desk lamp, brass", "description", "")
	if !strings.Contains(page.Text, "Desk lamp, brass") || !strings.Contains(page.Text, `<td class="mono">mary</td>`) {
		t.Errorf("the change is not in the history under the username: %d", page.Status)
	}
}

func TestAccountSelectForReaders(t *testing.T) {
	w := start(t)
	for range 5 {
		w.login(rptest.NewBrowser(t), "mary", "wrong")
	}
	reader, err := sql.Open("sqlite", "file:"+w.path+"?mode=ro&_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	if _, err := reader.ExecContext(t.Context(), `UPDATE oro_user SET enabled = 1`); err == nil {
		t.Error("the read-only connection can write")
	}
	for _, test := range []struct {
		username             string
		disabled, privileged bool
		locked               bool
	}{{"dana", false, false, false}, {"root", false, true, false}, {"gone", true, false, false}, {"robot", true, false, false}, {"mary", false, false, true}} {
		var id, generation, username, email, name, locale, stored, salt string
		var disabled, privileged, shared bool
		var lockedUntil, lastUsed sql.NullInt64
		err := reader.QueryRowContext(t.Context(), pim.AccountSelect+` WHERE u.username = $1`, strings.ToUpper(test.username)).
			Scan(&id, &generation, &username, &email, &name, &locale, &stored, &salt, &disabled, &lockedUntil, &privileged, &shared, &lastUsed)
		if err != nil {
			t.Fatal(err)
		}
		if username != test.username || disabled != test.disabled || privileged != test.privileged || pim.Hash(password, salt) != stored {
			t.Errorf("%s: got %s disabled %v privileged %v", test.username, username, disabled, privileged)
		}
		want := w.now().Add(5 * time.Minute).UnixMicro()
		if test.locked != lockedUntil.Valid || test.locked && lockedUntil.Int64 != want {
			t.Errorf("%s: locked until %v, want %d", test.username, lockedUntil, want)
		}
		if test.username == "dana" && (generation != "1746349200000000" || lastUsed.Int64 != w.now().AddDate(0, 0, -3).UnixMicro() || locale != "fr_FR") {
			t.Errorf("dana: generation %s, last used %v, locale %s", generation, lastUsed, locale)
		}
	}
}
