package preset

import "strings"

// dialect is what the statements of a product say differently in each database.
type dialect struct {
	// number is a parameter as a whole number, 0 when it is the empty text: asking for one that is none must not fail.
	number func(parameter string) string
	// join puts texts together; no part may be NULL.
	join func(texts ...string) string
	// email compares a column with :email, which is in lower case: in any case of letters, and of no other mailbox.
	email func(column string) string
	// quoted is a name as it is written, with capitals, or one that the database uses itself.
	quoted func(name string) string
	// text is a column as text, whatever its type.
	text func(column string) string
	// now is the current instant in UTC, to compare with one that the product stored.
	now string
	// minutesAgo is the instant so many minutes before.
	minutesAgo func(minutes string) string
	// capitals says that names in SQL of the product's own are in capitals, and that this makes a difference.
	capitals bool
}

// dialects are those of the drivers of sqlconn, by their names.
func dialects() map[string]dialect {
	bars := func(texts ...string) string { return strings.Join(texts, " || ") }
	standard := func(name string) string { return `"` + name + `"` }
	return map[string]dialect{
		"sqlite": {
			number: func(p string) string { return "CAST(" + p + " AS INTEGER)" },
			join:   bars, quoted: standard,
			email:      func(c string) string { return "lower(" + c + ") = :email" },
			text:       func(c string) string { return c },
			now:        "strftime('%Y-%m-%d %H:%M:%S', 'now')",
			minutesAgo: func(m string) string { return "strftime('%Y-%m-%d %H:%M:%S', 'now', '-" + m + " minutes')" },
		},
		"mysql": {
			number: func(p string) string { return "CAST(" + p + " AS UNSIGNED)" },
			join:   func(texts ...string) string { return "CONCAT(" + strings.Join(texts, ", ") + ")" },
			quoted: func(name string) string { return "`" + name + "`" },
			// The first half may use an index; the second keeps é from being e.
			email: func(c string) string {
				return c + " = :email AND LOWER(" + c + ") = CONVERT(:email USING utf8mb4) COLLATE utf8mb4_bin"
			},
			text: func(c string) string { return "CAST(" + c + " AS CHAR)" },
			now:  "UTC_TIMESTAMP()", capitals: true,
			minutesAgo: func(m string) string { return "UTC_TIMESTAMP() - INTERVAL " + m + " MINUTE" },
		},
		"postgres": {
			// The driver asks the server what the parameter is compared with.
			number: func(p string) string { return p },
			join:   bars, quoted: standard,
			email:      func(c string) string { return "lower(" + c + ") = :email" },
			text:       func(c string) string { return "CAST(" + c + " AS text)" },
			now:        "CURRENT_TIMESTAMP",
			minutesAgo: func(m string) string { return "CURRENT_TIMESTAMP - INTERVAL '" + m + " minutes'" },
		},
	}
}
