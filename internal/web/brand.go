package web

// Brand is how a deployment shows itself: names, one colour, one radius, two logos, its own links.
type Brand struct {
	// Account is the name of the unified account: {account} in the texts.
	Account string
	// Company is the name of the vendor: {company} in the texts.
	Company string
	// Primary is the colour of the main button as #rrggbb; empty keeps the neutral blue.
	Primary string
	// Radius rounds controls, in CSS pixels from 0 to 16; nil keeps the default of 8.
	Radius *int
	// LogoLight and LogoDark are names of files (see NewAssets); empty LogoLight is a neutral mark, empty LogoDark is LogoLight.
	LogoLight, LogoDark string
	// HomeURL is where the brand in the header leads; empty is "/".
	HomeURL string
	// HelpURL is the page behind "Get help signing in"; empty is "/help".
	HelpURL string
	// SupportURL, PrivacyURL and TermsURL are the company's own pages; empty leaves the link out.
	SupportURL, PrivacyURL, TermsURL string
	// Locale is the suite's language; empty is English.
	Locale string
	// Demo puts the demo's banner on every page.
	Demo bool
}
