package directory

// Declaration is everything an operator declares, whole: what is not in it is withdrawn. Versions are the store's and
// are not looked at. A tenant without a Rollout keeps the one it has and its Pilot, or begins switched off; an instance
// keeps its own the same way, or begins switched on, which leaves it to the tenant.
type Declaration struct {
	Suite      Suite
	Products   []Product
	Tenants    []Tenant
	Connectors []ConnectorSpec
	Clients    []Client
	Instances  []Instance
}
