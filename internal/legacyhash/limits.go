package legacyhash

import "strings"

// Limits are the most that a stored hash may ask for. The zero value of a field means its default.
type Limits struct {
	// StoredBytes and SaltBytes bound the texts; default 1024 and 512.
	StoredBytes, SaltBytes int
	// PasswordBytes bounds the password; default 1024.
	PasswordBytes int
	// DigestRounds bounds iterated digests whose rounds the operator declares; default 100,000.
	DigestRounds int
	// CryptRounds bounds iterated digests that store their rounds: crypt(3), phpass, Drupal; default 1,000,000.
	CryptRounds int
	// BcryptCost bounds bcrypt; default 15.
	BcryptCost int
	// Argon2KiB and Argon2Time bound argon2; default 256 MiB and 10 passes.
	Argon2KiB, Argon2Time uint32
	// ScryptKiB and ScryptWork bound scrypt: its memory, default 256 MiB, and N·r·p, default 2²².
	ScryptKiB, ScryptWork int
	// PBKDF2Rounds bounds PBKDF2, counted for each block of its output; default 2,000,000.
	PBKDF2Rounds int
}

func (l Limits) filled() Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.StoredBytes, 1024)
	set(&l.SaltBytes, 512)
	set(&l.PasswordBytes, 1024)
	set(&l.DigestRounds, 100_000)
	set(&l.CryptRounds, 1_000_000)
	set(&l.BcryptCost, 15)
	set(&l.ScryptKiB, 256<<10)
	set(&l.ScryptWork, 1<<22)
	set(&l.PBKDF2Rounds, 2_000_000)
	if l.Argon2KiB == 0 {
		l.Argon2KiB = 256 << 10
	}
	if l.Argon2Time == 0 {
		l.Argon2Time = 10
	}
	return l
}

// strongRounds is from how many digests a guess on a format is no longer called weak.
const strongRounds = 1000

// number reads a decimal number without sign and leading zeros, up to nine digits.
func number(text string) (int, bool) {
	if text == "" || len(text) > 9 || (text[0] == '0' && len(text) > 1) {
		return 0, false
	}
	n := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int(text[i]-'0')
	}
	return n, true
}

// costNumber is number, but says errCostly when there are only too many digits.
func costNumber(text string) (int, error) {
	if n, ok := number(text); ok {
		return n, nil
	}
	if len(text) > 9 && strings.Trim(text, "0123456789") == "" {
		return 0, errCostly
	}
	return 0, errMalformed
}
