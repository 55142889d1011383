package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ligature/internal/connector"
	"ligature/internal/demo/pim"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// reader is a store that is asked through SELECTs: it can look, and cannot ask the product for anything.
type reader interface {
	connector.Connector
	connector.Finder
	connector.Verifier
}

// withForm is a reader whose product mails reset links to whoever fills in its own form: that is how it is asked.
type withForm struct {
	reader
	http *http.Client
	send string // where the form is posted to
}

// resetForm posts the form of the PIM's forgotten-password page.
func (w *World) resetForm(inner reader) connector.Connector {
	return withForm{reader: inner, send: w.pimURL + pim.SendPath, http: &http.Client{
		Transport: &http.Transport{DialContext: w.dial}, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// RequestReset implements connector.Resetter. The product answers 200 when it may have sent a mail, and sends the form back
// when it sent one within the day; either is an answer, and which one is nobody's business.
func (f withForm) RequestReset(ctx context.Context, id ident.Identifier) error {
	if id.IsZero() {
		return fault.New(fault.Invalid, "connector.nobody")
	}
	typed := id.Typed()
	if email, ok := id.Email(); ok {
		typed = email.Key()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.send, strings.NewReader(url.Values{"username": {typed}}.Encode()))
	if err != nil {
		return fault.Wrap(fault.Internal, "connector.request", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := f.http.Do(r)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "connector.unreachable", errors.New("the product's form does not answer"))
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusSeeOther {
		return fault.Wrap(fault.Unavailable, "connector.status", fmt.Errorf("the product's form answered %d", response.StatusCode))
	}
	return nil
}

// Close closes the store and what is kept of the form's connections.
func (f withForm) Close() error {
	f.http.CloseIdleConnections()
	return f.reader.Close()
}
