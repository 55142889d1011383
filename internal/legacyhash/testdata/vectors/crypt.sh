#!/bin/sh
# sh crypt.sh > crypt.jsonl      (Debian 12: whois for mkpasswd, apache2-utils for htpasswd, openssl, slapd for slappasswd)
unicode='Grüße, Привет 🎨' long=$(printf 'x%.0s' $(seq 200))
say() { printf '{"name": "%s", "format": "%s", "stored": "%s", "password": "%s"%s}\n' "$1" "$2" "$3" "$4" "$5"; }
for name in usual unicode long; do
  case $name in usual) p='correct horse' ;; unicode) p=$unicode ;; long) p=$long ;; esac
  say "mkpasswd sha512 $name" sha512-crypt "$(printf %s "$p" | mkpasswd -s -m sha-512)" "$p" ''
  say "mkpasswd sha512 rounds $name" sha512-crypt "$(printf %s "$p" | mkpasswd -s -m sha-512 -R 2000 -S short678)" "$p" ''
  say "mkpasswd sha256 $name" sha256-crypt "$(printf %s "$p" | mkpasswd -s -m sha-256)" "$p" ''
  say "mkpasswd md5 $name" md5-crypt "$(printf %s "$p" | mkpasswd -s -m md5crypt)" "$p" ', "weak": true'
  say "htpasswd apr1 $name" md5-crypt "$(printf %s "$p" | htpasswd -nim user | cut -d: -f2 | tr -d '\n')" "$p" ', "weak": true'
  say "htpasswd bcrypt $name" bcrypt "$(printf %s "$p" | htpasswd -niB -C 5 user | cut -d: -f2 | tr -d '\n')" "$p" "$([ $name = long ] && printf ', "cuts": 72')"
  say "htpasswd sha $name" ldap "$(printf %s "$p" | htpasswd -nis user | cut -d: -f2 | tr -d '\n')" "$p" ', "weak": true'
  for scheme in SSHA SHA SMD5 MD5; do
    say "slappasswd $scheme $name" ldap "$(slappasswd -n -h "{$scheme}" -s "$p")" "$p" ', "weak": true'
  done
  say "slappasswd CRYPT $name" ldap "$(slappasswd -n -h '{CRYPT}' -c '$6$%.8s' -s "$p")" "$p" ''
  for scheme in SSHA256 SSHA384 SSHA512 SHA256 SHA384 SHA512; do
    say "slappasswd $scheme $name" ldap "$(slappasswd -n -h "{$scheme}" -o module-load=pw-sha2 -s "$p")" "$p" ', "weak": true'
  done
  say "slappasswd PBKDF2-SHA256 $name" ldap "$(slappasswd -n -h '{PBKDF2-SHA256}' -o module-load=pw-pbkdf2 -s "$p")" "$p" ''
  say "slappasswd ARGON2 $name" ldap "$(slappasswd -n -h '{ARGON2}' -o module-load='argon2 m=1024 t=2 p=1' -s "$p")" "$p" ''
done
