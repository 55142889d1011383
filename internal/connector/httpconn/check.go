package httpconn

// Check tells everything that is wrong with what the operator wrote, by key, what to do about it, and asks nobody. The
// secret is looked at where there is one.
func (o Options) Check(report func(key, problem, fix string)) {
	switch _, err := parseBase(o.URL, o.AllowPrivate); {
	case o.URL == "":
		report("url", "is missing", "add url: https://HOST/PATH, below which the product answers")
	case err != nil:
		report("url", "is "+err.Error(), "write https, host and path alone; http is for allow_private: true, in your own network")
	}
	if len(o.Secret) > 0 && len(o.Secret) < minSecretBytes {
		report("secret", "has fewer than 16 bytes", "make one with: openssl rand -base64 32")
	}
	o.checkTLS(report)
}
