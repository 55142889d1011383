package pim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp/rptest"
)

func (w *world) grant(t *testing.T, id, secret, kind, body string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, w.url+"/api/oauth/v1/token", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(id, secret)
	request.Header.Set("Content-Type", kind)
	page := rptest.NewBrowser(t).Do(request)
	var answer map[string]any
	if err := json.Unmarshal([]byte(page.Text), &answer); err != nil {
		t.Fatalf("%d %s", page.Status, page.Text)
	}
	return page.Status, answer
}

func TestPasswordGrant(t *testing.T) {
	w := start(t)
	id, err := w.AddAPIClient(t.Context(), "Connector", "abc", "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"grant_type":"password","username":"root","password":"` + password + `"}`
	for _, test := range []struct {
		name, id, secret, kind, body string
		status                       int
		says                         string
	}{
		{"right", id, "s3cret", "application/json", good, 200, ""},
		{"by email, as a form", id, "s3cret", "application/x-www-form-urlencoded", "grant_type=password&username=root%40acme.example&password=correct+horse+battery", 200, ""},
		{"wrong password", id, "s3cret", "application/json", strings.ReplaceAll(good, "horse", "house"), 422, "No user found for the given username and password"},
		{"unknown user", id, "s3cret", "application/json", strings.ReplaceAll(good, "root", "nobody"), 422, "No user found for the given username and password"},
		{"disabled user", id, "s3cret", "application/json", strings.ReplaceAll(good, "root", "gone"), 422, "No user found for the given username and password"},
		{"wrong secret", id, "other", "application/json", good, 422, `Parameter "client_id" is missing or does not match any client, or secret is invalid`},
		{"no password", id, "s3cret", "application/json", `{"grant_type":"password","username":"root"}`, 422, `Parameter "grant_type", "username" or "password" is missing, empty or invalid`},
		{"text", id, "s3cret", "text/plain", good, 415, "content type"},
		{"too large", id, "s3cret", "application/json", good + strings.Repeat(" ", 300), 413, "300 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := w.grant(t, test.id, test.secret, test.kind, test.body)
			message, _ := answer["message"].(string)
			if status != test.status || !strings.Contains(message, test.says) {
				t.Fatalf("%d %v", status, answer)
			}
			if status == 200 && (answer["expires_in"] != 3600.0 || answer["token_type"] != "bearer" || answer["refresh_token"] == "") {
				t.Errorf("answer %v", answer)
			}
		})
	}
	_, answer := w.grant(t, id, "s3cret", "application/json", good)
	refresh, _ := answer["refresh_token"].(string)
	for i, want := range []int{200, 422} {
		if status, _ := w.grant(t, id, "s3cret", "application/json", `{"grant_type":"refresh_token","refresh_token":"`+refresh+`"}`); status != want {
			t.Errorf("refresh %d: %d, want %d", i, status, want)
		}
	}
	request, err := http.NewRequest(http.MethodGet, w.url+"/api/rest/v1/system-information", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+answer["access_token"].(string))
	if page := rptest.NewBrowser(t).Do(request); page.Status != 200 {
		t.Errorf("protected resource: %d", page.Status)
	}
	w.SetState(pim.Down)
	if status, _ := w.grant(t, id, "s3cret", "application/json", good); status != http.StatusServiceUnavailable {
		t.Errorf("down: %d", status)
	}
}

func TestCurrentUserJSON(t *testing.T) {
	w := start(t)
	browser := rptest.NewBrowser(t)
	w.login(browser, "dana", password)
	request, err := http.NewRequest(http.MethodGet, w.url+"/rest/user/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if page := browser.Do(request); page.URL.Path != "/" {
		t.Errorf("without the header: %s", page.URL)
	}
	request, err = http.NewRequest(http.MethodGet, w.url+"/rest/user/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Requested-With", "XMLHttpRequest")
	var answer map[string]any
	if err := json.Unmarshal([]byte(browser.Do(request).Text), &answer); err != nil {
		t.Fatal(err)
	}
	if answer["code"] != "dana" || answer["user_default_locale"] != "fr_FR" || answer["catalog_default_scope"] != "print" || answer["default_product_grid_view"] == nil {
		t.Errorf("answer %v", answer)
	}
}
