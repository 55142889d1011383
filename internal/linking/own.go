package linking

import (
	"context"

	"ligature/internal/ident"
)

// OwnPassword reports whether it is the password of the account whose hash is stored, for steps outside of a sign-in. The
// limits are those of signing in: attempts are taken before the check, from the network and from the account, and given
// back when the password is right. Without a stored hash it is wrong, at the same cost.
func (s *Service) OwnPassword(ctx context.Context, id ident.AccountID, stored, network, password string) (bool, error) {
	check := &passwordCheck{Service: s, network: network, password: password}
	if err := check.own(ctx, AccountKey(id), AccountAttempts()); err != nil {
		return false, err
	}
	if stored == "" {
		return false, s.Passwords.Dummy(ctx, password)
	}
	right, _, err := s.Passwords.Verify(ctx, stored, password)
	if err == nil && right {
		check.giveBack(ctx)
	}
	return right, err
}

// NobodysPassword counts and spends what OwnPassword does, for an identifier that belongs to nobody, and together with the
// attempts to sign in with it.
func (s *Service) NobodysPassword(ctx context.Context, id ident.Identifier, network, password string) error {
	check := &passwordCheck{Service: s, network: network, password: password}
	if err := check.own(ctx, nobodysKey(id), UnknownAttempts()); err != nil {
		return err
	}
	return s.Passwords.Dummy(ctx, password)
}

// own refuses what cannot be a password and takes the attempts.
func (c *passwordCheck) own(ctx context.Context, key string, policy AttemptPolicy) error {
	if err := plausible(c.password); err != nil {
		return err
	}
	return c.reserveUser(ctx, key, policy, nil)
}

// ChosenPassword is the hash of a password that somebody chose for an account, or why it will not do: "empty", "too_long", or
// what Passwords.Weakness says. words are names that it must not be made of, beside those of the suite.
func (s *Service) ChosenPassword(ctx context.Context, typed string, words ...string) (hash, weakness string, err error) {
	switch {
	case typed == "":
		return "", "empty", nil
	case len(typed) > MaxPasswordBytes:
		return "", "too_long", nil
	}
	setting, err := s.Store.Setting(ctx, "", "")
	if err != nil {
		return "", "", err
	}
	words = append(words, setting.Suite.Brand.Account, setting.Suite.Brand.Company)
	if weakness := s.Passwords.Weakness(typed, SetFloor, words...); weakness != "" {
		return "", weakness, nil
	}
	hash, err = s.Passwords.Hash(ctx, typed)
	return hash, "", err
}
