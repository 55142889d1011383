package op_test

import (
	"encoding/json"
	"testing"
	"time"

	"ligature/internal/op"
)

func TestLogoutClaims(t *testing.T) {
	l := op.Logout{Session: "se_1", Client: "pim", Subject: "sub_1", Attempt: 1}
	payload, err := op.LogoutClaims(l, issuer, "j", noon)
	said := map[string]any{}
	if err != nil || json.Unmarshal(payload, &said) != nil {
		t.Fatal(err)
	}
	events, _ := said["events"].(map[string]any)
	event, ok := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any)
	if len(events) != 1 || !ok || len(event) != 0 || said["sid"] != op.SID("se_1", "pim") || said["sub"] != "sub_1" || said["aud"] != "pim" ||
		said["iss"] != issuer || said["nonce"] != nil || said["exp"].(float64)-said["iat"].(float64) != 120 {
		t.Errorf("%s", payload)
	}
	tries := 0
	for at, ok := l.TellAgain(noon); ok; at, ok = l.TellAgain(noon) {
		if !at.After(noon) || at.After(noon.Add(time.Hour)) {
			t.Error(at)
		}
		l.Attempt++
		tries++
	}
	if tries != 5 {
		t.Errorf("%d tries", tries)
	}
}
