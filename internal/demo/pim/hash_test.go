package pim_test

import (
	"testing"

	"ligature/internal/demo/pim"
)

// The vectors come from another implementation:
//
//	python3 -c 'import hashlib,base64
//	def h(p,s):
//	    x=(p+"{"+s+"}").encode(); d=hashlib.sha512(x).digest()
//	    for _ in range(4999): d=hashlib.sha512(d+x).digest()
//	    return base64.b64encode(d).decode()
//	print(h("correct horse battery","3o1k9x0a2b4c6d8e0f1g3h5i7j9k1l3")); print(h("pässwörd","abc"))'
func TestHashIsSymfonys(t *testing.T) {
	for _, test := range []struct{ password, salt, want string }{
		{"correct horse battery", "3o1k9x0a2b4c6d8e0f1g3h5i7j9k1l3", "J6DQW4XD9abCFANCi2rY9e11ujAtrKEG4tPrxRXeD7Ok6Q+p6C7IPK9/6C4HvoPA5fmEUA1Jy4xBSl2wfo0aZg=="},
		{"pässwörd", "abc", "v4k4AzPb3Q43Gu8dldIcp02U2RdrB2Sq02mFpFQlZ+hEK2Z779vC0/sxrNI+L24mvyhIMpqtYx/gtFirkHHZpQ=="},
	} {
		if got := pim.Hash(test.password, test.salt); got != test.want {
			t.Errorf("Hash(%q) = %s, want %s", test.password, got, test.want)
		}
	}
}
