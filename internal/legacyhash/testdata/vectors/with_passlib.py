# /usr/bin/python3 with_passlib.py > passlib.jsonl      (Debian 12: python3-passlib 1.7.4, python3-bcrypt, python3-argon2)
from common import PASSWORDS, vector
from passlib import hash as h

for name, password in PASSWORDS:
    for hasher in (h.pbkdf2_sha1, h.pbkdf2_sha256, h.pbkdf2_sha512):
        vector(f"{hasher.name} {name}", "passlib-pbkdf2", hasher.using(rounds=1500).hash(password), password)
    vector(f"scrypt {name}", "passlib-scrypt", h.scrypt.using(rounds=10, block_size=8, parallelism=2).hash(password), password)
    vector(f"bcrypt sha256 v2 {name}", "passlib-bcrypt-sha256", h.bcrypt_sha256.using(rounds=4).hash(password), password)
    vector(f"bcrypt sha256 v1 {name}", "passlib-bcrypt-sha256", h.bcrypt_sha256.using(rounds=5, version=1).hash(password), password)
    for hasher in (h.ldap_pbkdf2_sha1, h.ldap_pbkdf2_sha256, h.ldap_pbkdf2_sha512):
        vector(f"{hasher.name} {name}", "ldap", hasher.using(rounds=1500).hash(password), password)
    for hasher in (h.ldap_salted_sha1, h.ldap_salted_sha256, h.ldap_salted_sha512, h.ldap_salted_md5, h.ldap_sha1, h.ldap_md5):
        vector(f"{hasher.name} {name}", "ldap", hasher.hash(password), password, weak=True)
    vector(f"ldap_sha512_crypt {name}", "ldap", h.ldap_sha512_crypt.using(rounds=1000).hash(password), password)
    vector(f"ldap_bcrypt {name}", "ldap", h.ldap_bcrypt.using(rounds=4).hash(password), password, **({"cuts": 72} if name == "long" else {}))
    vector(f"atlassian_pbkdf2_sha1 {name}", "ldap", h.atlassian_pbkdf2_sha1.hash(password), password)
    vector(f"sha512_crypt {name}", "sha512-crypt", h.sha512_crypt.using(rounds=1234).hash(password), password)
    vector(f"sha256_crypt {name}", "sha256-crypt", h.sha256_crypt.using(rounds=1234).hash(password), password)
    vector(f"sha512_crypt without salt {name}", "sha512-crypt", h.sha512_crypt.using(rounds=5000, salt="").hash(password), password)
    vector(f"md5_crypt {name}", "md5-crypt", h.md5_crypt.hash(password), password, weak=True)
    vector(f"apr_md5_crypt {name}", "md5-crypt", h.apr_md5_crypt.hash(password), password, weak=True)
    vector(f"phpass {name}", "phpass", h.phpass.using(rounds=11).hash(password), password)
vector("sha512_crypt of its default rounds", "sha512-crypt", h.sha512_crypt.hash("correct horse"), "correct horse")
