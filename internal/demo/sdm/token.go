package sdm

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"ligature/internal/fault"

	"github.com/google/uuid"
)

// postToken is the API's sign-in: email and password for a named key, which stays the same for the same name.
func (p *Product) postToken(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Email     string `json:"email"`
		Password  string `json:"password"`
		TokenName string `json:"token_name"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, contractBody))
	if err != nil || json.Unmarshal(body, &asked) != nil || asked.Email == "" || asked.Password == "" || asked.TokenName == "" {
		return writeJSON(w, http.StatusBadRequest, map[string]any{"non_field_errors": []string{"email, password and token_name are required."}})
	}
	u, said, err := p.check(r.Context(), func(ctx context.Context) (user, error) { return p.byEmail(ctx, asked.Email) }, asked.Password)
	if err != nil {
		return err
	}
	switch said {
	case verdictMatch, verdictWeak:
	case verdictLocked:
		w.Header().Set("Retry-After", "900")
		return writeJSON(w, http.StatusTooManyRequests, map[string]string{"detail": "Request was throttled."})
	default:
		return writeJSON(w, http.StatusBadRequest, map[string]any{"non_field_errors": []string{"Unable to log in with provided credentials."}})
	}
	var key string
	err = p.db.QueryRowContext(r.Context(), `INSERT INTO authtoken_token (key, user_id, name, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, name) DO UPDATE SET name = excluded.name RETURNING key`, uuid.NewString(), u.ID, asked.TokenName, p.cfg.Now().UnixMicro()).Scan(&key)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.token", err)
	}
	return writeJSON(w, http.StatusOK, map[string]string{"key": key})
}

// getAPIJobs is the one protected list of the API: the jobs of the organisation.
func (p *Product) getAPIJobs(w http.ResponseWriter, r *http.Request) error {
	key, given := strings.CutPrefix(r.Header.Get("Authorization"), "Token ")
	u, err := p.user(r.Context(), `JOIN authtoken_token t ON t.user_id = u.id WHERE t.key = $1`, key)
	if !given || missing(err) || err == nil && !u.mayEnter() {
		w.Header().Set("WWW-Authenticate", "Token")
		return writeJSON(w, http.StatusUnauthorized, map[string]string{"detail": "Invalid token."})
	}
	if err != nil {
		return err
	}
	jobs, err := p.jobs(r.Context(), `WHERE pr.organization_id = $1`, u.CompanyID)
	if err != nil {
		return err
	}
	results := make([]map[string]any, 0, len(jobs))
	for _, j := range jobs {
		results = append(results, map[string]any{"id": j.ID, "name": j.Name, "project": j.Project, "status": j.Status, "owner": j.Owner,
			"created_at": time.UnixMicro(j.CreatedAt).UTC().Format(time.RFC3339)})
	}
	return writeJSON(w, http.StatusOK, map[string]any{"count": len(results), "results": results})
}
