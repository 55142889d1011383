package api

// Operations lists every operation as "METHOD path scope", for the test that holds the description to the handlers.
func Operations() []string {
	var all []string
	for _, o := range operations() {
		all = append(all, o.method+" "+o.path+" "+string(o.scope))
	}
	return all
}
