package restconn

import "strings"

// Check tells everything that is wrong with what the operator wrote, by key, what to do about it, and asks nobody.
func (o Options) Check(report func(key, problem, fix string)) {
	d, ok := dialects()[o.Preset]
	switch {
	case o.Preset == "":
		report("preset", "is missing", "write preset: "+strings.Join(Presets(), " or "))
	case !ok:
		report("preset", "is none that is known", "write "+strings.Join(Presets(), " or "))
	}
	switch _, err := parseBase(o.URL, o.AllowPrivate); {
	case o.URL == "":
		report("url", "is missing", "add url: https://HOST, where the product is")
	case err != nil:
		report("url", "is "+err.Error(), "write https, host and path alone; http is for allow_private: true, in your own network")
	}
	switch {
	case !ok:
	case d.client && o.ClientID == "":
		report("client_id", "is missing", "add the client id of a connection of the product")
	case d.client && strings.ContainsAny(o.ClientID, ": \t\r\n"):
		report("client_id", "has a sign that no client id has", "copy it from the product's connection")
	case d.client && len(o.Secret) == 0:
		report("secret", "is missing", "add secret_file or secret_env, with the secret of that connection")
	case !d.client && len(o.Secret) > 0:
		report("secret", "is not asked for by this product", "remove it")
	case !d.client && o.ClientID != "":
		report("client_id", "is not asked for by this product", "remove it")
	}
	if ok && d.client && o.TokenName != "" {
		report("token_name", "is not asked for by this product", "remove it")
	}
	if len(o.TokenName) > 64 {
		report("token_name", "is longer than 64 bytes", "write a short name, or remove it for ligature")
	}
}
