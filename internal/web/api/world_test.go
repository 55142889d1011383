package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/web"
	"ligature/internal/web/api"
)

const issuer = "https://id.example"

// noon is when the tests play.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is an API over invitations in memory, with clients of two products; the PIM's serves two tenants.
type world struct {
	tb   testing.TB
	mux  http.Handler
	kept []linking.Invitation
	// refuse is what the rules answer next; nil when they agree.
	refuse error
	asked  []linking.NewInvitation
	doc    map[string]any
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb}
	encoded, err := os.ReadFile("openapi.json")
	w.must(err)
	w.must(json.Unmarshal(encoded, &w.doc))
	mux := http.NewServeMux()
	api.New(api.Config{Issuer: issuer, Verify: signed, Registration: registered, Invitations: w, Now: func() time.Time { return noon },
		Handle: func(h web.HandlerFunc) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { _ = h(rw, r) })
		}}).Routes(mux)
	w.mux = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(rw, r.Body, web.MaxBody)
		mux.ServeHTTP(rw, r)
	})
	return w
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// signed takes "signed " and JSON for what we signed as an access token.
func signed(compact, typ string) (json.RawMessage, error) {
	claims, ok := strings.CutPrefix(compact, "signed")
	if !ok || typ != op.TypeAccessToken {
		return nil, fault.New(fault.Invalid, "test.signature")
	}
	return json.RawMessage(claims), nil
}

// accessToken is a client's own, with changes to its claims: names and values.
func accessToken(client, scope string, changes ...any) string {
	claims := map[string]any{"iss": issuer, "sub": client, "client_id": client, "aud": issuer + "/api/v1", "scope": scope,
		"exp": noon.Add(time.Minute).Unix(), "iat": noon.Unix()}
	for i := 0; i+1 < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1]
	}
	encoded, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return "signed" + string(encoded)
}

const both = "invitations:read invitations:write"

func registered(_ context.Context, client ident.ClientID) (op.Registration, error) {
	scopes := []directory.APIScope{directory.ScopeInvitationsRead, directory.ScopeInvitationsWrite}
	instance := func(tenant ident.TenantID, product ident.ProductID) directory.Instance {
		return directory.Instance{Tenant: tenant, Product: product, Client: client}
	}
	switch client {
	case "pim":
		return op.Registration{Client: directory.Client{ID: "pim", Product: "pim", APIScopes: scopes},
			Instances: []directory.Instance{instance("acme", "pim"), instance("globex", "pim")}}, nil
	case "sdm":
		return op.Registration{Client: directory.Client{ID: "sdm", Product: "sdm", APIScopes: scopes},
			Instances: []directory.Instance{instance("acme", "sdm")}}, nil
	case "reader":
		return op.Registration{Client: directory.Client{ID: "reader", Product: "pim", APIScopes: scopes[:1]},
			Instances: []directory.Instance{instance("acme", "pim")}}, nil
	case "down":
		return op.Registration{}, fault.New(fault.Unavailable, "store.down")
	}
	return op.Registration{}, fault.New(fault.Missing, "client.missing")
}

// Invite implements api.Invitations.
func (w *world) Invite(_ context.Context, at linking.InvitationScope, n linking.NewInvitation) (linking.Invitation, bool, error) {
	if w.refuse != nil {
		return linking.Invitation{}, false, w.refuse
	}
	w.asked = append(w.asked, n)
	for _, i := range w.kept {
		if i.Tenant == at.Tenant && i.ExternalID == n.ExternalID {
			return i, false, nil
		}
	}
	i := linking.Invitation{ID: ident.InvitationID(fmt.Sprintf("iv_%d", len(w.kept))), Tenant: at.Tenant, Product: at.Product, Client: at.Client,
		ExternalID: n.ExternalID, Email: n.Email, Locale: "en", InvitedBy: n.InvitedBy, Ref: "K7Q-4MD", State: linking.InvitationPending,
		Mail: "ml_1", Mails: 1, LastMailAt: noon, CreatedAt: noon, Deadline: noon.Add(linking.InvitationTTL)}
	w.kept = append(w.kept, i)
	return i, true, nil
}

// Find implements api.Invitations.
func (w *world) Find(_ context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error) {
	for _, i := range w.kept {
		if i.ID == id && i.Tenant == at.Tenant && i.Product == at.Product {
			return i, w.refuse
		}
	}
	return linking.Invitation{}, fault.New(fault.Missing, "invitation.missing")
}

// List implements api.Invitations.
func (w *world) List(_ context.Context, q linking.InvitationQuery) ([]linking.Invitation, error) {
	var found []linking.Invitation
	for _, i := range slices.Backward(w.kept) {
		if i.Tenant != q.Tenant || i.Product != q.Product || q.State != "" && i.At(q.Now) != q.State || q.AfterID != "" && i.ID >= q.AfterID {
			continue
		}
		if len(found) < q.Limit {
			found = append(found, i)
		}
	}
	return found, w.refuse
}

// Delivery implements api.Invitations.
func (w *world) Delivery(context.Context, linking.Invitation) (linking.MailState, error) {
	return linking.MailGone, nil
}

// ResendInvitation implements api.Invitations.
func (w *world) ResendInvitation(ctx context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error) {
	return w.Find(ctx, at, id)
}

// CancelInvitation implements api.Invitations.
func (w *world) CancelInvitation(ctx context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error) {
	i, err := w.Find(ctx, at, id)
	i.State, i.EndedAt = linking.InvitationCancelled, noon
	return i, err
}

// RevokeInvitation implements api.Invitations.
func (w *world) RevokeInvitation(ctx context.Context, at linking.InvitationScope, id ident.InvitationID) (linking.Invitation, error) {
	i, err := w.Find(ctx, at, id)
	i.State, i.AcceptedAt, i.EndedAt = linking.InvitationRevoked, noon, noon
	return i, err
}

// call sends a request; every answer is held to the description.
func (w *world) call(bearer, method, path, body string, header ...string) *httptest.ResponseRecorder {
	w.tb.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	w.described(method, path, rec)
	return rec
}

// described holds an answer to openapi.json: its status is listed for the operation, and its body fits the schema.
func (w *world) described(method, path string, rec *httptest.ResponseRecorder) {
	w.tb.Helper()
	path, _, _ = strings.Cut(path, "?")
	if rec.Code == http.StatusInternalServerError {
		return // a mistake of ours is in no description
	}
	for template, item := range w.doc["paths"].(map[string]any) {
		operation, ok := item.(map[string]any)[strings.ToLower(method)].(map[string]any)
		if !ok || !fits(template, path) {
			continue
		}
		answer, ok := operation["responses"].(map[string]any)[fmt.Sprint(rec.Code)].(map[string]any)
		if !ok {
			w.tb.Errorf("%s %s answered %d, which the description does not list: %s", method, template, rec.Code, rec.Body)
			return
		}
		content, ok := answer["content"].(map[string]any)
		if !ok {
			return
		}
		kind := rec.Header().Get("Content-Type")
		media, ok := content[kind].(map[string]any)
		if !ok {
			w.tb.Errorf("%s %s %d is %q", method, template, rec.Code, kind)
			return
		}
		var body any
		w.must(json.Unmarshal(rec.Body.Bytes(), &body))
		for _, wrong := range w.misfits(body, media["schema"].(map[string]any), "") {
			w.tb.Errorf("%s %s %d: %s", method, template, rec.Code, wrong)
		}
		return
	}
}

func fits(template, path string) bool {
	a, b := strings.Split(template, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

// misfits are the ways in which a value does not fit a schema: the part of JSON Schema that the description uses.
func (w *world) misfits(value any, schema map[string]any, at string) (wrong []string) {
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		return w.misfits(value, w.doc["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any), at)
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
		wrong = append(wrong, fmt.Sprintf("%s is %v", at, value))
	}
	switch schema["type"] {
	case "object":
		object, ok := value.(map[string]any)
		if !ok {
			return append(wrong, at+" is no object")
		}
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := object[name.(string)]; !ok {
				wrong = append(wrong, fmt.Sprintf("%s/%s is missing", at, name))
			}
		}
		for name, member := range object {
			if below, ok := properties[name].(map[string]any); ok {
				wrong = append(wrong, w.misfits(member, below, at+"/"+name)...)
			} else if schema["additionalProperties"] == false {
				wrong = append(wrong, at+"/"+name+" is not described")
			}
		}
	case "array":
		list, ok := value.([]any)
		if !ok {
			return append(wrong, at+" is no list")
		}
		for i, item := range list {
			wrong = append(wrong, w.misfits(item, schema["items"].(map[string]any), fmt.Sprintf("%s/%d", at, i))...)
		}
	case "string":
		if _, ok := value.(string); !ok {
			wrong = append(wrong, at+" is no text")
		}
	case "integer":
		if n, ok := value.(float64); !ok || n != float64(int(n)) {
			wrong = append(wrong, at+" is no whole number")
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			wrong = append(wrong, at+" is neither true nor false")
		}
	}
	return wrong
}
