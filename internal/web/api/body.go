package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ligature/internal/fault"
	"ligature/internal/web"
)

// readObject reads a body that is one JSON object of texts: each member by its exact name, once. Others are refused by name.
func readObject(r *http.Request, members map[string]*string) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fault.New(fault.Invalid, "api.type")
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	if !utf8.Valid(body) {
		return fault.New(fault.Invalid, "api.syntax")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return fault.New(fault.Invalid, "api.syntax")
	}
	wrong, seen := &bodyError{}, map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return fault.New(fault.Invalid, "api.syntax") // the cause would quote what was sent
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fault.New(fault.Invalid, "api.syntax")
		}
		wrong.member(name.(string), raw, members, seen)
	}
	if _, err := dec.Token(); err != nil {
		return fault.New(fault.Invalid, "api.syntax")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "api.syntax")
	}
	return wrong.orNil()
}

// member takes one member of the object, or notes what is wrong with it.
func (e *bodyError) member(name string, raw json.RawMessage, members map[string]*string, seen map[string]bool) {
	to, known := members[name]
	switch {
	case !known:
		e.add(name, "there is no such member")
	case seen[name]:
		e.add(name, "is there twice")
	case string(raw) == "null":
	case json.Unmarshal(raw, to) != nil:
		e.add(name, "must be a text")
	}
	seen[name] = true
}

func (e *bodyError) add(member, detail string) {
	escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(member)
	e.faults = append(e.faults, fieldFault{Pointer: "/" + escaped, Detail: detail})
}

func (e *bodyError) orNil() error {
	if len(e.faults) == 0 {
		return nil
	}
	return fault.Wrap(fault.Invalid, "api.body", e)
}

// readNothing takes a request that has no body.
func readNothing(r *http.Request) error {
	body, err := readBody(r)
	if err != nil || len(body) == 0 {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return readObject(r, nil)
}

func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, web.MaxBody+1))
	if _, big := errors.AsType[*http.MaxBytesError](err); big || len(body) > web.MaxBody {
		return nil, fault.New(fault.Invalid, "api.size")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "api.syntax")
	}
	return body, nil
}

// query reads the parameters of a GET, each at most once and none but these.
func query(r *http.Request, names ...string) (map[string]string, error) {
	values := map[string]string{}
	for name, all := range r.URL.Query() {
		if !slices.Contains(names, name) || len(all) != 1 {
			return nil, fault.New(fault.Invalid, "api.query")
		}
		values[name] = all[0]
	}
	return values, nil
}

// write sends an answer. What is read has an ETag, by which an unchanged one need not be sent again (RFC 9110 §13.1.2).
func write(w http.ResponseWriter, r *http.Request, given answer) error {
	body, ok := given.body.([]byte)
	if !ok {
		encoded, err := json.Marshal(given.body)
		if err != nil {
			return fault.Wrap(fault.Internal, "api.encode", err)
		}
		body = encoded
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if given.at != "" {
		h.Set("Location", given.at)
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		sum := sha256.Sum256(body)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(given.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that went away is no failure of ours
	}
	return nil
}

// matches compares weakly, as If-None-Match does.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}
