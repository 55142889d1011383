# /usr/bin/python3 with_django.py > django.jsonl      (Debian 12: python3-django 3.2, python3-argon2, python3-bcrypt)
from common import PASSWORDS, vector
from django.conf import settings

settings.configure()
from django.contrib.auth import hashers as h


class Argon2(h.Argon2PasswordHasher):
    memory_cost, time_cost, parallelism = 1024, 2, 8


class BcryptSHA256(h.BCryptSHA256PasswordHasher):
    rounds = 4


class Bcrypt(h.BCryptPasswordHasher):
    rounds = 4


for name, password in PASSWORDS:
    vector("pbkdf2 " + name, "django-pbkdf2-sha256", h.PBKDF2PasswordHasher().encode(password, "abcdefghijkl", 2600), password)
    vector("pbkdf2 sha1 " + name, "django-pbkdf2-sha1", h.PBKDF2SHA1PasswordHasher().encode(password, "abcdefghijkl", 2600), password)
    vector("argon2 " + name, "django-argon2", Argon2().encode(password, "abcdefghijkl"), password)
    vector("bcrypt sha256 " + name, "django-bcrypt-sha256", BcryptSHA256().encode(password, BcryptSHA256().salt()), password)
    vector("bcrypt " + name, "django-bcrypt", Bcrypt().encode(password, Bcrypt().salt()), password, **({"cuts": 72} if name == "long" else {}))
    vector("sha1 " + name, "django-digest", h.SHA1PasswordHasher().encode(password, "seasalt"), password, weak=True)
    vector("md5 " + name, "django-digest", h.MD5PasswordHasher().encode(password, "seasalt"), password, weak=True)
vector("sha1 without salt", "django-digest", h.UnsaltedSHA1PasswordHasher().encode("correct horse", ""), "correct horse", weak=True)
for name, stored in (("pbkdf2_sha256", "pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c="),):
    # Django's own test, tests/auth_tests/test_hashers.py, test_pbkdf2
    vector(name + " of django's own test", "django-pbkdf2-sha256", stored, "lètmein")
