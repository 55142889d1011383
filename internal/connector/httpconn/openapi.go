package httpconn

import _ "embed"

//go:embed openapi.yaml
var openAPI string

// OpenAPI is the contract as a document in OpenAPI 3.1, in YAML.
func OpenAPI() []byte { return []byte(openAPI) }
