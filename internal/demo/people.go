package demo

import (
	"time"

	"ligature/internal/demo/pim"
	"ligature/internal/demo/sdm"
)

// Person is one seeded person at one product's login, as the tour and --json show them.
type Person struct {
	// Case says what the person is there to show.
	Case string `json:"case"`
	// Product is the product's id, and ProductName its name, as the list of products has both.
	Product     string `json:"product_id"`
	ProductName string `json:"product"`
	// Identifier is what the person types.
	Identifier string `json:"identifier"`
	Password   string `json:"password"`
	// Email is the mailbox the person reads.
	Email string `json:"email"`
	// Story is a sentence for the tour.
	Story string `json:"story"`
}

// The products' names, as in the seed page.
const (
	pimName = "Akeneo PIM"
	sdmName = "Supplier Data Manager"
	// accountName is what the one account is called.
	accountName = "Akeneo Product Cloud"
)

// people are the seeded people by product account.
func people() []Person {
	return []Person{
		{"one_account", "pim", pimName, "dana@acme.example", "Corner-Lamp-42-Dusk", "dana@acme.example", "Dana has one account, in the PIM. Her first sign-in is the shortest story."},
		{"username", "pim", pimName, "dpark", "Quiet-Harbor-77-Tide", "d.park@acme.example", "Dominic signs in with a username; his mailbox is known to the PIM."},
		{"same_email", "pim", pimName, "sam@acme.example", "Maple-River-19-Stone", "sam@acme.example", "Sam has an account in both products under one address."},
		{"same_email", "sdm", sdmName, "sam@acme.example", "Maple_River-2019!", "sam@acme.example", "Sam again, in the second product, with another password."},
		{"different_login", "pim", pimName, "rita", "Velvet-Anchor-58-Fern", "rita.moreau@acme.example", "Rita has a username here and another address in the second product."},
		{"different_login", "sdm", sdmName, "rita.m@suppliers.example", "Velvet_Anchor-58!", "rita.m@suppliers.example", "Rita in the second product."},
		{"forgot", "pim", pimName, "omar.haddad@acme.example", "Copper-Window-31-Rain", "omar.haddad@acme.example", "Omar remembers his account and, for the story, not his PIM password."},
		{"forgot", "sdm", sdmName, "omar@acme.example", "Copper_Window-31!", "omar@acme.example", "Omar in the second product, with another mailbox."},
		{"shared_address", "pim", pimName, "li", "Amber-Candle-64-Moss", "li.wang@acme.example", "Li and Lin are two people."},
		{"shared_address", "sdm", sdmName, "li.wang@acme.example", "Amber_Candle-64!", "li.wang@acme.example", "Lin uses Li's address in the second product."},
		{"never_started", "pim", pimName, "vera@acme.example", "Silver-Meadow-83-Oak", "vera@acme.example", "Vera never started anything; somebody types her address."},
		{"accents", "pim", pimName, "zoé", "Crème-Brûlée-Étoile-9", "zoe@acme.example", "Zoé has accents in her username and in her password."},
		{"disabled", "pim", pimName, "ines@acme.example", "Orange-Ladder-12-Snow", "ines@acme.example", "Ines was switched off in the PIM."},
		{"short_password", "pim", pimName, "kevin", "kevin", "kevin@acme.example", "Kevin's old password breaks every newer rule: he sets one."},
		{"shared_account", "pim", pimName, "warehouse", "Pallet-Forklift-55-Dock", "warehouse@acme.example", "Several people use this account; its password is not carried on."},
		{"name_clash", "pim", pimName, "sales@acme.example", "Harvest-Beacon-27-Pine", "clash@acme.example", "A username that is somebody else's address."},
		{"two_accounts", "pim", pimName, "nadia", "Lantern-Orchard-36-Wave", "nadia@acme.example", "Nadia has two users in the PIM, one of them for orders."},
		{"two_accounts", "pim", pimName, "nadia.orders", "Meadow-Signal-71-Brick", "orders@acme.example", "Nadia's second user in the PIM: she is asked which one to open."},
		{"sdm_only", "sdm", sdmName, "noor@suppliers.example", "Lantern_Bridge-46!", "noor@suppliers.example", "Noor has one account, in Supplier Data Manager."},
		{"administrator", "pim", pimName, "julia", "Granite-Feather-90-Sky", "julia@acme.example", "Julia administers the PIM."},
		{"excluded", "pim", pimName, "sysbot", "Machine-Account-00-Key", "sysbot@acme.example", "A connection's user; nobody signs in as it."},
	}
}

// password is the person's password at the product.
func password(product, identifier string) string {
	for _, p := range people() {
		if p.Product == product && p.Identifier == identifier {
			return p.Password
		}
	}
	return ""
}

// pimPeople are the PIM's users with what must survive a link: roles, preferences, history.
func pimPeople(now time.Time) []pim.Person {
	user := func(identifier, username, email, first, last string, roles ...string) pim.Person {
		return pim.Person{
			Username: username, Email: email, FirstName: first, LastName: last, Password: password("pim", identifier), Roles: roles,
			Groups: []string{"Redactor"}, Views: []string{"Missing pictures", "Ready for print"}, DefaultView: "Missing pictures",
			Notifications: []string{"Your export “Spring range” has finished."}, EmailNotifications: true, Logins: 37,
			LastLoginAt: now.AddDate(0, 0, -1),
			History: []pim.Edit{
				{Product: "oak-shelf", Field: "name", Value: "Oak shelf, " + last, At: now.AddDate(0, -2, 0)},
				{Product: "copper-lamp", Field: "description", Value: "Reviewed by " + first, At: now.AddDate(0, 0, -9)},
			},
		}
	}
	dana := user("dana@acme.example", "dpetrov", "dana@acme.example", "Dana", "Petrov", "ROLE_CATALOG_MANAGER")
	dana.UILocale, dana.CatalogLocale, dana.Channel, dana.Timezone = "fr_FR", "fr_FR", "mobile", "Europe/Paris"
	zoe := user("zoé", "zoé", "zoe@acme.example", "Zoé", "Lefèvre-Désirée", "ROLE_USER")
	zoe.UILocale, zoe.CatalogLocale = "fr_FR", "fr_FR"
	ines := user("ines@acme.example", "ines", "ines@acme.example", "Ines", "Costa", "ROLE_USER")
	ines.Disabled = true
	shared := user("warehouse", "warehouse", "warehouse@acme.example", "Ware", "House", "ROLE_USER")
	shared.Shared = true
	bot := user("sysbot", "sysbot", "sysbot@acme.example", "Sys", "Bot", "ROLE_USER")
	bot.Type = "api"
	return []pim.Person{
		dana, zoe, ines, shared, bot,
		user("dpark", "dpark", "d.park@acme.example", "Dominic", "Park", "ROLE_USER"),
		user("sam@acme.example", "sam", "sam@acme.example", "Sam", "Okafor", "ROLE_CATALOG_MANAGER"),
		user("rita", "rita", "rita.moreau@acme.example", "Rita", "Moreau", "ROLE_ASSET_MANAGER"),
		user("omar.haddad@acme.example", "omar", "omar.haddad@acme.example", "Omar", "Haddad", "ROLE_USER"),
		user("li", "li", "li.wang@acme.example", "Li", "Wang", "ROLE_USER"),
		user("vera@acme.example", "vera", "vera@acme.example", "Vera", "Lind", "ROLE_USER"),
		user("kevin", "kevin", "kevin@acme.example", "Kevin", "Michel", "ROLE_TRAINEE"),
		user("sales@acme.example", "sales@acme.example", "clash@acme.example", "Clara", "Ash", "ROLE_USER"),
		user("nadia", "nadia", "nadia@acme.example", "Nadia", "Osman", "ROLE_CATALOG_MANAGER"),
		user("nadia.orders", "nadia.orders", "orders@acme.example", "Nadia", "Osman (orders)", "ROLE_USER"),
		user("julia", "julia", "julia@acme.example", "Julia", "Stark", "ROLE_ADMINISTRATOR"),
	}
}

// guests reports that the PIM's users are somebody's own.
func (w *World) guests() bool { return w.options.PIMStore != "" && !w.options.PIMCopied }

// pimPeople are the people that the PIM begins with.
func (w *World) pimPeople() []pim.Person {
	if w.guests() {
		return nil
	}
	return pimPeople(w.clock.Now())
}

// sdmPeople are Supplier Data Manager's users.
func sdmPeople(now time.Time) []sdm.Person {
	user := func(email, first, last string) sdm.Person {
		return sdm.Person{
			Email: email, FirstName: first, LastName: last, Password: password("sdm", email), Company: "Acme",
			Language: "fr", Mails: sdm.Mails{FTPFailure: true, LongJob: true, LongJobMinutes: 90}, Logins: 12,
			LastLoginAt: now.AddDate(0, 0, -3),
			Jobs:        []sdm.Job{{Project: "Autumn range", Name: "Import 2,140 rows", Status: "done", At: now.AddDate(0, 0, -4)}},
			Activity:    []sdm.Activity{{Text: "Mapped 14 columns of Autumn range", At: now.AddDate(0, 0, -5)}},
		}
	}
	noor := user("noor@suppliers.example", "Noor", "Aziz")
	noor.Administrator = true
	return []sdm.Person{
		noor,
		user("sam@acme.example", "Sam", "Okafor"),
		user("rita.m@suppliers.example", "Rita", "Moreau"),
		user("omar@acme.example", "Omar", "Haddad"),
		user("li.wang@acme.example", "Lin", "Wong"),
	}
}
