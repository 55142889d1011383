package directory

// Declaration is everything an operator declares, whole: what is not in it is withdrawn. Versions are the store's and
// are not looked at. A tenant without a Rollout keeps the one it has, or begins switched off.
type Declaration struct {
	Suite      Suite
	Products   []Product
	Tenants    []Tenant
	Connectors []ConnectorSpec
	Clients    []Client
	Instances  []Instance
}
