package seal

import (
	"crypto"
	"time"
)

// SignES256 is the signature that a JWS carries.
func SignES256(private crypto.Signer, digest []byte) ([]byte, error) {
	return signDigest(signing{private: private, es256: true}, digest)
}

// Computed tells the hasher that a computation took so long.
func Computed(h *Hasher, took time.Duration) { h.pace.computed(took, h.lanes) }
