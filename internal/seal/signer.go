package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"ligature/internal/fault"
)

// The signature algorithms (RFC 7518 §3.1).
const (
	ES256 = "ES256"
	RS256 = "RS256"
)

// signingTable and signingColumn say where a private key is stored, so that sealing binds it to its row.
const (
	signingTable  = "signing_key"
	signingColumn = "private"
)

// SigningKey is a private key of the provider. Its ID is the thumbprint of RFC 7638.
type SigningKey struct {
	jwk jose.JSONWebKey
}

// NewSigningKey makes a key for ES256 (P-256) or RS256 (2048 bits). It draws from the operating system, because the
// standard library takes nothing else. Errors: fault.Invalid "signer.algorithm".
func NewSigningKey(algorithm string) (SigningKey, error) {
	var private crypto.Signer
	var err error
	switch algorithm {
	case ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		return SigningKey{}, fault.New(fault.Invalid, "signer.algorithm")
	}
	if err != nil {
		return SigningKey{}, fault.Wrap(fault.Internal, "signer.generate", err)
	}
	jwk := jose.JSONWebKey{Key: private, Algorithm: algorithm, Use: "sig"}
	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return SigningKey{}, fault.Wrap(fault.Internal, "signer.thumbprint", err)
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return SigningKey{jwk: jwk}, nil
}

// ID is the kid.
func (k SigningKey) ID() string { return k.jwk.KeyID }

// Algorithm is ES256 or RS256.
func (k SigningKey) Algorithm() string { return k.jwk.Algorithm }

// String shows the kid alone.
func (k SigningKey) String() string { return "seal.SigningKey(" + k.jwk.KeyID + ")" }

// GoString shows the kid alone.
func (k SigningKey) GoString() string { return k.String() }

// MarshalJSON shows the kid alone; Sealed is the way to store a key.
func (k SigningKey) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// Sealed is the private key as a JWK, sealed to its row in the store.
func (k SigningKey) Sealed(keys *Keys) ([]byte, error) {
	plain, err := k.jwk.MarshalJSON()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "signer.marshal", err)
	}
	return keys.Seal(signingTable, signingColumn, k.ID(), plain), nil
}

// OpenSigningKey reads what Sealed wrote. Errors: fault.Internal "seal.open" and "signer.unmarshal".
func OpenSigningKey(keys *Keys, id string, sealed []byte) (SigningKey, error) {
	plain, err := keys.Open(signingTable, signingColumn, id, sealed)
	if err != nil {
		return SigningKey{}, err
	}
	var key SigningKey
	if err := key.jwk.UnmarshalJSON(plain); err != nil {
		return SigningKey{}, fault.Wrap(fault.Internal, "signer.unmarshal", err)
	}
	if key.jwk.KeyID != id || key.jwk.IsPublic() || !key.jwk.Valid() {
		return SigningKey{}, fault.New(fault.Internal, "signer.unmarshal")
	}
	if private, ok := key.jwk.Key.(*rsa.PrivateKey); ok {
		private.Precompute() // go-jose restores a part of it, and each signature would compute the rest again
	}
	return key, nil
}

// Signer signs with one key per algorithm and publishes more. It never changes and is safe for concurrent use.
type Signer struct {
	active map[string]signing
	public map[string]crypto.PublicKey
	jwks   []byte
}

type signing struct {
	private crypto.Signer
	kid     string
	// es256 selects the signature form: R and S side by side (RFC 7518 §3.4), not ASN.1.
	es256 bool
}

// NewSigner signs with the first of the active keys of each algorithm. The keys in published are only in the key set:
// the ones that will sign soon, and the ones whose signatures are still about.
func NewSigner(active []SigningKey, published ...SigningKey) (*Signer, error) {
	s := &Signer{active: map[string]signing{}, public: map[string]crypto.PublicKey{}}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for i, key := range append(append([]SigningKey{}, active...), published...) {
		private, ok := key.jwk.Key.(crypto.Signer)
		if !ok || (key.Algorithm() != ES256 && key.Algorithm() != RS256) {
			return nil, fault.New(fault.Invalid, "signer.algorithm")
		}
		if _, taken := s.active[key.Algorithm()]; !taken && i < len(active) {
			s.active[key.Algorithm()] = signing{private: private, kid: key.ID(), es256: key.Algorithm() == ES256}
		}
		if _, known := s.public[key.ID()]; known {
			continue
		}
		s.public[key.ID()] = private.Public()
		set.Keys = append(set.Keys, key.jwk.Public())
	}
	var err error
	if s.jwks, err = json.Marshal(set); err != nil {
		return nil, fault.Wrap(fault.Internal, "signer.marshal", err)
	}
	return s, nil
}

// JWKS is the public key set (RFC 7517 §5) as JSON. The caller does not change it.
func (s *Signer) JWKS() []byte { return s.jwks }

// Sign makes a compact JWS (RFC 7515 §7.1) of the claims, which are marshalled as JSON, or taken as they are when they
// are a json.RawMessage. typ is the header's type, like "JWT" or "at+jwt". Errors: fault.Invalid "signer.algorithm".
func (s *Signer) Sign(algorithm, typ string, claims any) (string, error) {
	key, ok := s.active[algorithm]
	if !ok {
		return "", fault.New(fault.Invalid, "signer.algorithm")
	}
	header, err := json.Marshal(jwsHeader{Algorithm: algorithm, KeyID: key.kid, Type: typ})
	if err != nil {
		return "", fault.Wrap(fault.Internal, "signer.marshal", err)
	}
	payload, raw := claims.(json.RawMessage)
	if !raw {
		if payload, err = json.Marshal(claims); err != nil {
			return "", fault.Wrap(fault.Internal, "signer.marshal", err)
		}
	}
	enc := base64.RawURLEncoding
	out := make([]byte, 0, enc.EncodedLen(len(header))+enc.EncodedLen(len(payload))+2+enc.EncodedLen(256))
	out = enc.AppendEncode(out, header)
	out = append(out, '.')
	out = enc.AppendEncode(out, payload)
	digest := sha256.Sum256(out)
	signature, err := signDigest(key, digest[:])
	if err != nil {
		return "", fault.Wrap(fault.Internal, "signer.sign", err)
	}
	out = append(out, '.')
	return string(enc.AppendEncode(out, signature)), nil
}

type jwsHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ,omitempty"`
}

// signDigest signs without randomness: a signature with a number that was drawn badly gives the key away, so it comes from the key
// and the digest (RFC 8725 §3.2, RFC 6979). RSA's needs none (RFC 8017 §8.2).
func signDigest(key signing, digest []byte) ([]byte, error) {
	signature, err := key.private.Sign(nil, digest, crypto.SHA256)
	if err != nil || !key.es256 {
		return signature, err
	}
	input := cryptobyte.String(signature)
	var pair cryptobyte.String
	var r, s []byte
	if !input.ReadASN1(&pair, asn1.SEQUENCE) || !pair.ReadASN1Integer(&r) || !pair.ReadASN1Integer(&s) || len(r) > 32 || len(s) > 32 {
		return nil, fault.New(fault.Internal, "signer.form")
	}
	out := make([]byte, 64)
	copy(out[32-len(r):], r)
	copy(out[64-len(s):], s)
	return out, nil
}

// Payload gives back the claims of a JWS that one of the published keys signed, for id_token_hint. It says nothing about
// expiry, issuer or audience. Errors: fault.Invalid "signer.signature", whatever is wrong.
func (s *Signer) Payload(compact, typ string) (json.RawMessage, error) {
	bad := fault.New(fault.Invalid, "signer.signature")
	if len(compact) > 16<<10 || strings.Count(compact, ".") != 2 {
		return nil, bad
	}
	jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, bad
	}
	header := jws.Signatures[0].Protected
	if got, _ := header.ExtraHeaders[jose.HeaderType].(string); got != typ {
		return nil, bad
	}
	public, ok := s.public[header.KeyID]
	if !ok {
		return nil, bad
	}
	payload, err := jws.Verify(public)
	if err != nil {
		return nil, bad
	}
	return payload, nil
}
