package main

import "ligature/internal/connector/httpconn"

// connectorContractCmd prints the HTTP contract.
type connectorContractCmd struct{}

// Help implements kong.HelpProvider.
func (connectorContractCmd) Help() string {
	return `  ligature connector contract > contract.yaml

What a product answers, for its developers and their tools: OpenAPI 3.1, in YAML. docs/connectors/http.md has the words to it.`
}

// Run implements the verb.
func (*connectorContractCmd) Run(c console) error {
	_, err := c.out.Write(httpconn.OpenAPI())
	return err
}
