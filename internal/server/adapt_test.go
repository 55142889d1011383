package server_test

import (
	"testing"

	"ligature/internal/linking"
	"ligature/internal/seal"
	"ligature/internal/web/signin"
)

// TestPurposesAreOneList: the packages that may not import seal name their secrets' purposes as seal does, so that its list
// is the whole one and no two kinds of secret share a purpose by accident.
func TestPurposesAreOneList(t *testing.T) {
	for said, want := range map[string]seal.Purpose{
		linking.SecretConfirm: seal.ForMailToken,
		linking.SecretNotMe:   seal.ForUndoToken,
		linking.SecretSession: seal.ForSession,
		signin.SecretBrowser:  seal.ForBrowser,

		linking.ToReset.SecretPurpose():        seal.ForResetToken,
		linking.ToConfirmEmail.SecretPurpose(): seal.ForEmailConfirm,
		linking.ToApproveEmail.SecretPurpose(): seal.ForEmailApprove,
		linking.ToStopEmail.SecretPurpose():    seal.ForEmailStop,
	} {
		if said != string(want) {
			t.Errorf("a purpose is called %q, and %q in seal", said, want)
		}
	}
}
