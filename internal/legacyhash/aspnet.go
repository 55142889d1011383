package legacyhash

import (
	"encoding/base64"
	"encoding/binary"
)

// aspnetScheme is the PasswordHasher of ASP.NET Identity: Base64 of a version byte and what it needs.
func aspnetScheme() scheme {
	return scheme{
		format: ASPNetIdentity, looks: "Base64 beginning with `AQAAAA` (version 3) or 68 letters beginning with `A` (version 2)", made: "ASP.NET Identity and ASP.NET Core Identity",
		marks: func(stored string) bool {
			_, ok := aspnetParts(stored)
			return ok
		},
		parse: parseASPNet,
	}
}

// aspnet is a decoded blob.
type aspnet struct {
	digest     string
	rounds     uint32
	salt, want []byte
}

func parseASPNet(stored, _ string, spec Spec) (job, error) {
	parts, ok := aspnetParts(stored)
	if !ok {
		return job{}, errMalformed
	}
	if parts.rounds > uint32(spec.Limits.PBKDF2Rounds) {
		return job{}, errCostly
	}
	return pbkdf2Job(parts.digest, int(parts.rounds), parts.salt, parts.want, spec.Limits)
}

// aspnetParts reads version 2, {0, 16 bytes of salt, 32 of key}, and version 3, {1, function, rounds, length of the salt,
// salt, key}, its numbers as 32 bits, the highest first.
func aspnetParts(stored string) (aspnet, bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(stored)
	if err != nil || len(raw) < 13+8+16 {
		return aspnet{}, false
	}
	if raw[0] == 0 {
		return aspnet{digest: "sha1", rounds: 1000, salt: raw[1:17], want: raw[17:]}, len(raw) == 49
	}
	function, length := binary.BigEndian.Uint32(raw[1:]), binary.BigEndian.Uint32(raw[9:])
	if raw[0] != 1 || function > 2 || length < 8 || length > 128 || len(raw) < 13+int(length)+16 {
		return aspnet{}, false
	}
	body := raw[13:]
	return aspnet{
		digest: [...]string{"sha1", "sha256", "sha512"}[function], rounds: binary.BigEndian.Uint32(raw[5:]),
		salt: body[:length], want: body[length:],
	}, true
}
