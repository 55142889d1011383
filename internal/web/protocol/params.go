package protocol

import (
	"io"
	"mime"
	"net/http"
	"net/url"

	"ligature/internal/fault"
	"ligature/internal/op"
)

// maxParams is the most bytes that the parameters of a request may have.
const maxParams = 16 << 10

// queryParams are the parameters of the query, of a GET. Errors: fault.Invalid.
func queryParams(r *http.Request) (op.Params, error) {
	if len(r.URL.RawQuery) > maxParams {
		return nil, fault.New(fault.Invalid, "request.size")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.New(fault.Invalid, "request.syntax") // the cause would repeat what was sent
	}
	return op.Params(values), nil
}

// bodyParams are the parameters of a form in the body, of a POST. A query beside it is refused: what stands there ends in
// logs (RFC 6749 §2.3.1). Errors: fault.Invalid.
func bodyParams(r *http.Request) (op.Params, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, fault.New(fault.Invalid, "request.type")
	}
	if r.URL.RawQuery != "" {
		return nil, fault.New(fault.Invalid, "request.query")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxParams+1))
	if err != nil || len(body) > maxParams {
		return nil, fault.New(fault.Invalid, "request.size")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.New(fault.Invalid, "request.syntax")
	}
	return op.Params(values), nil
}

// params are those of the query of a GET or of the body of a POST.
func params(r *http.Request) (op.Params, error) {
	if r.Method == http.MethodPost {
		return bodyParams(r)
	}
	return queryParams(r)
}

// only answers other methods with 405 and reports whether to go on.
func only(w http.ResponseWriter, r *http.Request, allowed ...string) bool {
	list := ""
	for _, method := range allowed {
		if r.Method == method {
			return true
		}
		if list != "" {
			list += ", "
		}
		list += method
	}
	w.Header().Set("Allow", list)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusMethodNotAllowed)
	return false
}

// seeOther redirects with 303, so that the browser never repeats a POST there (RFC 9700 §4.12).
func seeOther(w http.ResponseWriter, to string) error {
	h := w.Header()
	h.Set("Location", to)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
