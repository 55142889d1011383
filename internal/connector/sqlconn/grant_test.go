package sqlconn

import "testing"

// An inner test: how MySQL itself, of which the tests have no server, writes what an account may do.

func TestGrantsOfMySQLAreRead(t *testing.T) {
	for line, want := range map[string]string{
		"GRANT USAGE ON *.* TO `reader`@`%`":                                              "",
		"GRANT USAGE ON *.* TO `reader`@`%` REQUIRE SSL":                                  "",
		"GRANT SELECT ON `pim`.* TO `reader`@`%`":                                         "",
		"GRANT SELECT, SHOW VIEW ON `pim`.* TO 'reader'@'10.0.0.0/255.0.0.0'":             "",
		"GRANT SELECT (`id`, `a,b`), SHOW VIEW ON `pim`.`oro_user` TO `reader`@`%`":       "",
		"GRANT SELECT ON `ON x TO y`.* TO `reader`@`%`":                                   "",
		"REVOKE INSERT ON `mysql`.* FROM `reader`@`%`":                                    "",
		"SET DEFAULT ROLE `r` FOR `reader`@`%`":                                           "",
		"GRANT INSERT ON `pim`.* TO `writers`":                                            "", // what a role holds; the role is refused by its own line
		"GRANT ALL PRIVILEGES ON `pim`.* TO `reader`@`%`":                                 "REVOKE ALL PRIVILEGES ON `pim`.* FROM `reader`@`%`",
		"GRANT SELECT, INSERT ON `pim`.* TO `reader`@`%` WITH GRANT OPTION":               "REVOKE INSERT ON `pim`.* FROM `reader`@`%`; REVOKE GRANT OPTION ON `pim`.* FROM `reader`@`%`",
		"GRANT SELECT (`id`), UPDATE (`a`, `b`) ON `pim`.`t` TO `we ``ON`` TO`@`%`":       "REVOKE UPDATE (`a`, `b`) ON `pim`.`t` FROM `we ``ON`` TO`@`%`",
		"GRANT BACKUP_ADMIN,CLONE_ADMIN ON *.* TO `reader`@`%`":                           "REVOKE BACKUP_ADMIN, CLONE_ADMIN ON *.* FROM `reader`@`%`",
		"GRANT `app`@`%`,`writers`@`%` TO `reader`@`%`":                                   "REVOKE `app`@`%`,`writers`@`%` FROM `reader`@`%`, and grant SELECT to the account itself",
		"GRANT PROXY ON ``@`` TO `reader`@`%` WITH GRANT OPTION":                          "REVOKE PROXY ON ``@`` FROM `reader`@`%`; REVOKE GRANT OPTION ON ``@`` FROM `reader`@`%`",
		"GRANT INSERT ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*B690' WITH GRANT OPTION": "REVOKE INSERT ON *.* FROM `r`@`%`; REVOKE GRANT OPTION ON *.* FROM `r`@`%`",
		"GRANT USAGE ON *.* TO `r`@`%` WITH MAX_QUERIES_PER_HOUR 5":                       "",
		"GRANT SELECT ON pim":              notUnderstood,
		"GRANT SELECT ON `pim`.* TO `open": notUnderstood,
		"ALLOW EVERYTHING TO `reader`@`%`": notUnderstood,
		"":                                 notUnderstood,
	} {
		if got := mysqlSurplus(line); got != want {
			t.Errorf("%s\n got %s\nwant %s", line, got, want)
		}
	}
}
