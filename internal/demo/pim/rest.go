package pim

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// Lifetimes of the REST API's tokens, and the largest token request it reads.
const (
	apiAccessTTL    = time.Hour
	apiRefreshTTL   = 14 * 24 * time.Hour
	apiRequestLimit = 300
)

// The messages of the token endpoint, as its public reference names them.
const (
	msgIncomplete = `Parameter "grant_type", "username" or "password" is missing, empty or invalid`
	msgClient     = `Parameter "client_id" is missing or does not match any client, or secret is invalid`
	msgGrant      = `This grant type is not authorized for this client`
	msgNoUser     = `No user found for the given username and password`
	msgRefresh    = `Refresh token is invalid or has expired`
)

// AddAPIClient makes a connection that may use the password grant, and gives its client id (`{id}_{random id}`).
func (p *Product) AddAPIClient(ctx context.Context, label, randomID, secret string) (string, error) {
	var id int64
	err := p.db.QueryRowContext(ctx, `INSERT INTO pim_api_client (random_id, secret, label, allowed_grant_types) VALUES ($1, $2, $3, 'password refresh_token')
ON CONFLICT (random_id) DO UPDATE SET secret = excluded.secret, label = excluded.label RETURNING id`, randomID, secret, label).Scan(&id)
	return strconv.FormatInt(id, 10) + "_" + randomID, fault.Wrap(fault.Internal, "pim.api_client", err)
}

// apiRefusal is a refusal of the REST API.
type apiRefusal struct {
	status  int
	message string
}

func (a apiRefusal) write(w http.ResponseWriter) error {
	return writeJSON(w, a.status, map[string]any{"code": a.status, "message": a.message})
}

// postAPIToken is the OAuth password grant. The login page's failure counter does not apply to it, as in the real product.
func (p *Product) postAPIToken(w http.ResponseWriter, r *http.Request) error {
	switch p.state.Load() {
	case Down:
		return apiRefusal{http.StatusServiceUnavailable, "Service Unavailable"}.write(w)
	case Slow:
		if err := stand.Wait(r.Context(), slowBy); err != nil {
			return err
		}
	}
	fields, refused := readTokenRequest(r)
	if refused != nil {
		return refused.write(w)
	}
	client, grants, refused, err := p.apiClient(r)
	if err != nil {
		return err
	}
	if refused != nil {
		return refused.write(w)
	}
	if !strings.Contains(" "+grants+" ", " "+fields["grant_type"]+" ") {
		return apiRefusal{http.StatusUnprocessableEntity, msgGrant}.write(w)
	}
	var userID int64
	if fields["grant_type"] == "password" {
		userID, refused, err = p.passwordGrant(r.Context(), fields["username"], fields["password"])
	} else {
		userID, refused, err = p.refreshGrant(r.Context(), client, fields["refresh_token"])
	}
	if err != nil {
		return err
	}
	if refused != nil {
		return refused.write(w)
	}
	return p.issueAPITokens(w, r, client, userID)
}

// readTokenRequest gives the parameters, or why the request is not one.
func readTokenRequest(r *http.Request) (map[string]string, *apiRefusal) {
	body, err := io.ReadAll(io.LimitReader(r.Body, apiRequestLimit+1))
	if err != nil || len(body) > apiRequestLimit {
		return nil, &apiRefusal{http.StatusRequestEntityTooLarge, "Request content exceeded the maximum allowed size of 300 bytes"}
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	fields := map[string]string{}
	switch {
	case err == nil && kind == "application/json":
		if json.Unmarshal(body, &fields) != nil {
			return nil, &apiRefusal{http.StatusUnprocessableEntity, msgIncomplete}
		}
	case err == nil && kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, &apiRefusal{http.StatusUnprocessableEntity, msgIncomplete}
		}
		for name := range form {
			fields[name] = form.Get(name)
		}
	default:
		return nil, &apiRefusal{http.StatusUnsupportedMediaType, `The content type is not valid: application/json or application/x-www-form-urlencoded is expected`}
	}
	complete := fields["grant_type"] == "password" && fields["username"] != "" && fields["password"] != "" ||
		fields["grant_type"] == "refresh_token" && fields["refresh_token"] != ""
	if !complete {
		return nil, &apiRefusal{http.StatusUnprocessableEntity, msgIncomplete}
	}
	return fields, nil
}

func (p *Product) apiClient(r *http.Request) (id int64, grants string, refused *apiRefusal, err error) {
	name, secret, _ := r.BasicAuth()
	idText, randomID, _ := strings.Cut(name, "_")
	var stored string
	err = p.db.QueryRowContext(r.Context(), `SELECT id, secret, allowed_grant_types FROM pim_api_client WHERE CAST(id AS TEXT) = $1 AND random_id = $2`,
		idText, randomID).Scan(&id, &stored, &grants)
	if missing(err) || err == nil && !stand.Same(stored, secret) {
		return 0, "", &apiRefusal{http.StatusUnprocessableEntity, msgClient}, nil
	}
	return id, grants, nil, fault.Wrap(fault.Unavailable, "pim.api_client", err)
}

func (p *Product) passwordGrant(ctx context.Context, typed, password string) (int64, *apiRefusal, error) {
	u, err := p.byTyped(ctx, typed)
	if err != nil && !missing(err) {
		return 0, nil, err
	}
	right := matches(password, u.Salt, u.Password)
	if err != nil || !right || !u.Enabled || u.Type == "job" {
		return 0, &apiRefusal{http.StatusUnprocessableEntity, msgNoUser}, nil
	}
	return u.ID, nil, nil
}

// refreshGrant spends the refresh token: each is good once.
func (p *Product) refreshGrant(ctx context.Context, client int64, refreshText string) (userID int64, refused *apiRefusal, err error) {
	err = p.db.QueryRowContext(ctx, `DELETE FROM pim_api_refresh_token WHERE token = $1 AND client = $2 AND expires_at > $3 RETURNING user`,
		refreshText, client, p.cfg.Now().Unix()).Scan(&userID)
	if missing(err) {
		return 0, &apiRefusal{http.StatusUnprocessableEntity, msgRefresh}, nil
	}
	return userID, nil, fault.Wrap(fault.Unavailable, "pim.api_token", err)
}

func (p *Product) issueAPITokens(w http.ResponseWriter, r *http.Request, client, userID int64) error {
	access, refresh, now := stand.Secret(32), stand.Secret(32), p.cfg.Now()
	for _, step := range []struct {
		query, text string
		ttl         time.Duration
	}{{`INSERT INTO pim_api_access_token (client, user, token, expires_at) VALUES ($1, $2, $3, $4)`, access, apiAccessTTL},
		{`INSERT INTO pim_api_refresh_token (client, user, token, expires_at) VALUES ($1, $2, $3, $4)`, refresh, apiRefreshTTL}} {
		if _, err := p.db.ExecContext(r.Context(), step.query, client, userID, step.text, now.Add(step.ttl).Unix()); err != nil {
			return fault.Wrap(fault.Unavailable, "pim.api_token", err)
		}
	}
	return writeJSON(w, http.StatusOK, map[string]any{"access_token": access, "expires_in": int(apiAccessTTL / time.Second),
		"token_type": "bearer", "scope": nil, "refresh_token": refresh})
}

// getSystemInformation is the one protected resource of the REST API.
func (p *Product) getSystemInformation(w http.ResponseWriter, r *http.Request) error {
	bearer, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !given {
		return apiRefusal{http.StatusUnauthorized, "Authentication is required"}.write(w)
	}
	var userID int64
	err := p.db.QueryRowContext(r.Context(), `SELECT t.user FROM pim_api_access_token t JOIN oro_user u ON u.id = t.user
WHERE t.token = $1 AND t.expires_at > $2 AND u.enabled = 1`, bearer, p.cfg.Now().Unix()).Scan(&userID)
	if missing(err) {
		return apiRefusal{http.StatusUnauthorized, "The access token provided is invalid."}.write(w)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "pim.api_token", err)
	}
	granted, err := p.may(r.Context(), userID, "pim_api_overall_access")
	if err != nil {
		return err
	}
	if !granted {
		return apiRefusal{http.StatusForbidden, "Access forbidden. You are not allowed to access the web API."}.write(w)
	}
	return writeJSON(w, http.StatusOK, map[string]string{"version": "demo", "edition": "stand-in"})
}

// getCurrentUser is the internal JSON about oneself; without the XMLHttpRequest header it leads home.
func (p *Product) getCurrentUser(w http.ResponseWriter, r *http.Request, s session) error {
	if !strings.EqualFold(r.Header.Get("X-Requested-With"), "XMLHttpRequest") {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	u := s.user
	roles, err := p.texts(r.Context(), `SELECT r.role FROM oro_access_role r JOIN oro_user_access_role ur ON ur.role_id = r.id WHERE ur.user_id = $1 ORDER BY r.role`, u.ID)
	if err != nil {
		return err
	}
	body := map[string]any{"code": u.Username, "username": u.Username, "enabled": u.Enabled, "email": u.Email,
		"name_prefix": nil, "first_name": u.FirstName, "middle_name": nil, "last_name": u.LastName, "name_suffix": nil,
		"phone": u.Phone, "image": nil, "avatar": map[string]any{"filePath": nil, "originalFilename": nil}, "last_login": nil, "login_count": u.LoginCount,
		"catalog_default_locale": u.CatalogLocale, "user_default_locale": u.UILocale, "catalog_default_scope": u.Scope,
		"default_category_tree": u.Tree, "email_notifications": u.Notifications, "timezone": u.Timezone, "groups": u.Groups, "roles": roles,
		"product_grid_filters": json.RawMessage(u.GridFilters), "default_product_grid_view": nil, "properties": json.RawMessage(u.Properties),
		"ui_locale_decimal_separator": ".", "meta": map[string]any{"id": u.ID, "created": u.CreatedAt.Time.Unix(), "form": "pim-user-show"}}
	if u.LastLoginAt.Valid {
		body["last_login"] = u.LastLoginAt.Time.Unix()
	}
	var view int64
	err = p.db.QueryRowContext(r.Context(), `SELECT view_id FROM pim_user_default_datagrid_view WHERE user_id = $1`, u.ID).Scan(&view)
	if err == nil {
		body["default_product_grid_view"] = view
	} else if !missing(err) {
		return fault.Wrap(fault.Unavailable, "pim.current_user", err)
	}
	return writeJSON(w, http.StatusOK, body)
}
