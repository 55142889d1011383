//go:build servers

package sqlstore_test

import "testing"

func TestOpenIDOnPostgres(t *testing.T) { runOpenID(t, openPostgres) }
