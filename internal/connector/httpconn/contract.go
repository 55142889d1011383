package httpconn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

type (
	findQuestion struct {
		By    string `json:"by"`
		Value string `json:"value"`
	}
	findAnswer struct {
		Accounts *[]*accountText `json:"accounts"`
	}
	verifyQuestion struct {
		ID         string `json:"id"`
		Identifier string `json:"identifier"`
		Password   string `json:"password"`
	}
	verifyAnswer struct {
		Outcome string       `json:"outcome"`
		Account *accountText `json:"account"`
	}
	resetQuestion struct {
		Identifier string `json:"identifier"`
	}
	accountText struct {
		ID         string     `json:"id"`
		Generation string     `json:"generation"`
		Username   string     `json:"username"`
		Email      string     `json:"email"`
		Name       string     `json:"name"`
		Locale     string     `json:"locale"`
		Disabled   bool       `json:"disabled"`
		Locked     bool       `json:"locked"`
		Privileged bool       `json:"privileged"`
		Shared     bool       `json:"shared"`
		MustReset  bool       `json:"must_reset"`
		LastUsed   *time.Time `json:"last_used"`
	}
)

// decode reads exactly one JSON object. Members that the contract does not name are let through, so that a product may
// say more; the members it names must have their types.
func decode(raw []byte, answer any) error {
	if !utf8.Valid(raw) {
		return unavailable("httpconn.malformed", errors.New("not UTF-8"))
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(answer); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			kind, _, _ := strings.Cut(wrong.Value, " ") // after a space there would be the value
			return unavailable("httpconn.malformed", fmt.Errorf("%s is of another type: %s", wrong.Field, kind))
		}
		return unavailable("httpconn.malformed", fmt.Errorf("not the contract's JSON: %T", err)) // the text may quote the answer
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return unavailable("httpconn.malformed", errors.New("more than one JSON value"))
	}
	return nil
}

func (a *accountText) record() (connector.Record, error) {
	if a == nil || a.ID == "" || len(a.ID) > 255 {
		return connector.Record{}, unavailable("httpconn.no_id", fmt.Errorf("an account without a usable id: %w", connector.ErrRecord))
	}
	record := connector.Record{
		ExternalID: ident.ExternalID(a.ID), Generation: ident.Generation(a.Generation), Username: a.Username, Name: a.Name, Locale: a.Locale,
		Flags: connector.Flags{Disabled: a.Disabled, Locked: a.Locked, Privileged: a.Privileged, Shared: a.Shared, MustReset: a.MustReset},
	}
	// An address that does not parse is none: it can be displayed nowhere and matched with nothing.
	if email, err := ident.ParseEmail(a.Email); err == nil {
		record.Email = email
	}
	if a.LastUsed != nil {
		record.LastUsedAt = a.LastUsed.UTC()
	}
	return record, nil
}

// verifying is the ability every product of this kind has.
type verifying struct{ *client }

// Verify asks once. See connector.Verifier.
func (v verifying) Verify(ctx context.Context, check connector.Check) (connector.Answer, error) {
	if connector.Hopeless(check.Password) {
		return connector.Answer{Outcome: connector.Rejected}, nil
	}
	if check.ExternalID == "" && check.Identifier.IsZero() {
		return connector.Answer{}, fault.New(fault.Invalid, "connector.nobody")
	}
	var said verifyAnswer
	question := verifyQuestion{ID: string(check.ExternalID), Identifier: lookupValue(check.Identifier), Password: check.Password}
	if err := v.ask(ctx, "verify", question, &said, http.StatusOK); err != nil {
		return connector.Answer{}, err
	}
	return readAnswer(check, said)
}

// readAnswer turns what the product said into an answer, or into no answer: an outcome outside the contract, a match
// without an account and a match for somebody else prove nothing (ATK-85, ATK-89).
func readAnswer(check connector.Check, said verifyAnswer) (connector.Answer, error) {
	answer := connector.Answer{Outcome: connector.Outcome(said.Outcome)}
	switch answer.Outcome {
	case connector.Match, connector.MatchWeak:
		if said.Account == nil {
			return connector.Answer{}, unavailable("httpconn.no_id", fmt.Errorf("a match without an account: %w", connector.ErrRecord))
		}
	case connector.Rejected, connector.WrongPassword, connector.NotFound, connector.Disabled, connector.Locked, connector.MustReset:
	default:
		return connector.Answer{}, unavailable("httpconn.outcome", errors.New("an outcome outside the contract"))
	}
	if said.Account == nil {
		return answer, nil
	}
	record, err := said.Account.record()
	if err != nil {
		return connector.Answer{}, err
	}
	if check.ExternalID != "" && record.ExternalID != check.ExternalID {
		return connector.Answer{}, unavailable("httpconn.other_id", fmt.Errorf("an answer about another id: %w", connector.ErrRecord))
	}
	record.Flags.Weak = answer.Outcome == connector.MatchWeak
	answer.Record = &record
	return answer, nil
}

// finding is the ability to find.
type finding struct{ find *client }

// Find asks once. See connector.Finder.
func (f finding) Find(ctx context.Context, q connector.Query) ([]connector.Record, error) {
	switch q.By {
	case connector.ByEmail, connector.ByUsername, connector.ByID:
	default:
		return nil, fault.New(fault.Invalid, "connector.key")
	}
	if q.Value == "" {
		return nil, nil
	}
	var said findAnswer
	if err := f.find.ask(ctx, "find", findQuestion{By: string(q.By), Value: q.Value}, &said, http.StatusOK); err != nil {
		return nil, err
	}
	if said.Accounts == nil || len(*said.Accounts) > maxAccounts {
		return nil, unavailable("httpconn.malformed", errors.New("no list of accounts, or too long a one"))
	}
	records := make([]connector.Record, 0, len(*said.Accounts))
	for _, account := range *said.Accounts {
		record, err := account.record()
		if err != nil {
			return nil, err
		}
		if q.By == connector.ByID && string(record.ExternalID) != q.Value {
			return nil, unavailable("httpconn.other_id", fmt.Errorf("an answer about another id: %w", connector.ErrRecord))
		}
		records = append(records, record)
	}
	return records, nil
}

// resetting is the ability to ask for the product's own reset mail.
type resetting struct{ reset *client }

// RequestReset asks once. See connector.Resetter.
func (g resetting) RequestReset(ctx context.Context, id ident.Identifier) error {
	if id.IsZero() {
		return fault.New(fault.Invalid, "connector.nobody")
	}
	var said struct{}
	return g.reset.ask(ctx, "reset", resetQuestion{Identifier: lookupValue(id)}, &said, http.StatusAccepted)
}
