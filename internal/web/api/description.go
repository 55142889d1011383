package api

import (
	_ "embed" // openapi.json
	"net/http"
)

//go:embed openapi.json
var openAPI []byte

// description is the API's own, for whoever asks.
func (a *API) description(call) (answer, error) {
	return answer{status: http.StatusOK, body: openAPI}, nil
}
