//go:build servers

package servers_test

import (
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/testkit/servers"
)

func TestEachCallGivesAnEmptyPartOfADirectory(t *testing.T) {
	one, two := servers.LDAP(t), servers.LDAP(t)
	if one.Base == two.Base {
		t.Fatalf("the same part twice: %s", one.Base)
	}
	one.Add(t, "uid=planted,"+one.Base, map[string][]string{"objectClass": {"inetOrgPerson"}, "cn": {"Planted"}, "sn": {"Planted"}})
	reader, err := ldap.DialURL("ldap://" + two.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := reader.Bind(two.Reader, two.Password); err != nil {
		t.Fatal(err)
	}
	for base, want := range map[string]int{one.Base: 2, two.Base: 1} {
		found, err := reader.Search(&ldap.SearchRequest{BaseDN: base, Scope: ldap.ScopeWholeSubtree, Filter: "(objectClass=*)"})
		if err != nil || len(found.Entries) != want {
			t.Errorf("%s has %d entries, %v; want %d", base, len(found.Entries), err, want)
		}
	}
	if err := reader.Del(ldap.NewDelRequest("uid=planted,"+one.Base, nil)); !ldap.IsErrorWithCode(err, ldap.LDAPResultInsufficientAccessRights) {
		t.Errorf("the reader deletes: %v", err)
	}
}
