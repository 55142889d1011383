// A server of the connector contract in Go, with the standard library alone. The users are in memory; yours are not:
// replace find, right and sendResetMail.
//
//	CONNECTOR_SECRET=… PROBE_PASSWORD=… PORT=9100 go run .
package main

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

type account struct { // as the contract shows it
	ID         string `json:"id"`
	Username   string `json:"username"`
	Email      string `json:"email"`
	Name       string `json:"name"`
	Disabled   bool   `json:"disabled"`
	Locked     bool   `json:"locked"`
	MustReset  bool   `json:"must_reset"`
	salt, hash []byte
}

type server struct {
	users   []account
	secrets [][]byte // two while the secret is changed
	mu      sync.Mutex
	seen    map[string]time.Time // nonces of the last ten minutes; use your cache when you have several processes
}

// signed says whether Ligature signed the request, less than five minutes ago, and never before.
func (s *server) signed(r *http.Request, body []byte) bool {
	timestamp, nonce := r.Header.Get("Ligature-Timestamp"), r.Header.Get("Ligature-Nonce")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute || len(nonce) != 22 {
		return false
	}
	text := fmt.Sprintf("%s\n%s\n%s\n%s\n%x", timestamp, nonce, r.Method, r.URL.EscapedPath(), sha256.Sum256(body))
	right := false
	for _, secret := range s.secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		right = hmac.Equal(fmt.Appendf(nil, "v1=%x", mac.Sum(nil)), []byte(r.Header.Get("Ligature-Signature"))) || right
	}
	if !right {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.seen, func(_ string, at time.Time) bool { return time.Since(at) > 10*time.Minute })
	_, again := s.seen[nonce]
	s.seen[nonce] = time.Now()
	return !again
}

func hash(password string, salt []byte) []byte {
	sum, _ := pbkdf2.Key(sha512.New, password, salt, 210_000, 32) // fails for no such lengths
	return sum
}

// find finds users by "email", "username" or "id".
func (s *server) find(by, value string) []account {
	found := []account{}
	for _, u := range s.users {
		if value != "" && value == map[string]string{"email": strings.ToLower(u.Email), "username": u.Username, "id": u.ID}[by] {
			found = append(found, u)
		}
	}
	return found
}

// verify checks a password for the user with that id, or by identifier when there is no id.
func (s *server) verify(id, identifier, password string) members {
	found := s.find("id", id)
	if id == "" {
		found = append(s.find("email", identifier), s.find("username", identifier)...)
	}
	user := account{salt: make([]byte, 16)} // somebody made up: nobody takes as long as anybody
	if len(found) == 1 {
		user = found[0]
	}
	right := hmac.Equal(hash(password, user.salt), user.hash)
	if len(found) != 1 {
		return members{"outcome": "not_found", "account": nil}
	} else if user.Locked { // whatever was typed
		return members{"outcome": "locked", "account": nil}
	} else if !right {
		return members{"outcome": "wrong_password", "account": nil}
	} else if user.Disabled { // to the right password alone
		return members{"outcome": "disabled", "account": user}
	} else if user.MustReset {
		return members{"outcome": "must_reset", "account": user}
	}
	return members{"outcome": "match", "account": user}
}

// sendResetMail queues the mail you send for a forgotten password: the answer does not wait for it.
func sendResetMail(identifier string) {}

type members map[string]any

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, said := s.answer(w, r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(said)
}

func (s *server) answer(w http.ResponseWriter, r *http.Request) (int, members) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	var q struct{ By, Value, ID, Identifier, Password string }
	switch asked := r.Method + " " + r.URL.Path; {
	case err != nil:
		return 413, members{}
	case !s.signed(r, body):
		return 401, members{}
	case json.Unmarshal(body, &q) != nil:
		return 400, members{}
	case asked == "POST /ligature/v1/find" && slices.Contains([]string{"email", "username", "id"}, q.By):
		return 200, members{"accounts": s.find(q.By, q.Value)}
	case asked == "POST /ligature/v1/verify":
		return 200, s.verify(q.ID, q.Identifier, q.Password)
	case asked == "POST /ligature/v1/reset":
		sendResetMail(q.Identifier) // the same answer, whether there is such a user or not
		return 202, members{}
	}
	return 404, members{}
}

func main() {
	s := &server{seen: map[string]time.Time{}}
	for _, name := range []string{"CONNECTOR_SECRET", "CONNECTOR_SECRET_OLD"} {
		if secret := os.Getenv(name); len(secret) >= 16 {
			s.secrets = append(s.secrets, []byte(secret))
		}
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	s.users = []account{
		{ID: "7", Username: "ada", Email: "ada@acme.example", Name: "Ada Ito"},
		{ID: "8", Username: "dan", Email: "dan@acme.example", Name: "Dan Off", Disabled: true},
		{ID: "9", Username: "lea", Email: "lea@acme.example", Name: "Lea Lock", Locked: true},
		{ID: "10", Username: "ron", Email: "ron@acme.example", Name: "Ron New", MustReset: true},
	}
	for i := range s.users { // one password and salt for all: yours are stored already, each with a salt of its own
		s.users[i].salt, s.users[i].hash = salt, hash(os.Getenv("PROBE_PASSWORD"), salt)
	}
	log.Fatal((&http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: s, ReadTimeout: 5 * time.Second}).ListenAndServe())
}
