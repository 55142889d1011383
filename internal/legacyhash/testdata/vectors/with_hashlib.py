# /usr/bin/python3 with_hashlib.py > hashlib.jsonl      (Python 3.11, python3-argon2)
# Of products that Debian has not, by what their sources do: ASP.NET Core's PasswordHasher.cs, Keycloak's
# Pbkdf2PasswordHashProvider.java and Argon2PasswordHashProvider.java. The ones called "own test" are ASP.NET Core's
# (src/Identity/test/Identity.Test/PasswordHasherTest.cs), "my password" each. Those called "published" were made by a
# Keycloak and stand in public repositories, with easy passwords: a realm of solo.io's examples, and two exports. Of those called
# "argon2 published", Keycloak's default since 25, one is in the tests of espoon-voltti/evaka (PasswordTest.kt), which names the rows of
# Keycloak's database that it came from; one in a script that fills that table; one in a Go test of an import, made by Keycloak 26.
import base64, hashlib, json, struct
import argon2
from common import PASSWORDS, vector

SALT = bytes(range(3, 19))


def b64(raw):
    return base64.b64encode(raw).decode()


for stored, weak in (
    ("ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A==", False),
    ("AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", False),
    ("AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw", True),
    ("AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==", True),
    ("AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M", True),
    ("AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ=", False),
):
    vector("aspnet own test", "aspnet-identity", stored, "my password", weak=weak)

for password, value, salt in (
    ("password", "JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=", "P5rtFkGtPfoaryJ6PizUJw=="),
    ("user1", "gI7lGJLNUQfn6xcMUtLp0XnOIF3JdaoAj8IogosYZsDg4Q5cFxG5JkJrKZpR7mIG5MxlH346ikZKsiZovvFKDQ==", "H1Yjwf5UUIip/deJSkNJ+Q=="),
    ("admin", "F4ZWxBJMUPwWmJvFj5E2gDgW3B7ov4zCKftOIcYnLUk=", "SXjNXUAHuADNgWa4WG5yUA=="),
):
    secret = '{"value":"%s","salt":"%s","additionalParameters":{}}' % (value, salt)
    vector("keycloak published", "keycloak", secret, password, salt='{"hashIterations":27500,"algorithm":"pbkdf2-sha256","additionalParameters":{}}')

for password, value, salt in (
    ("testpassword", "O7vS90g14jWr4ESbUpJ3KX5y1NMZcMgjuqPHrZ4Eq8U=", "LgSKeCa5qZH6Dh0PE17AwQ=="),
    ("manager", "EnDApHjOOFUBdPCpGIuC6IadN4J96U5dfWp/4iap5w0=", "hIO6r09/QlCLPsBNdVEr9A=="),
    ("secret", "xKjWvB9+0sSP6wTqI1JoEI7w+iA0x9VDhPgmrOHRG80=", "LRScGShC7shkdoU5B1UgUQ=="),
):
    secret = '{"value":"%s","salt":"%s","additionalParameters":{}}' % (value, salt)
    vector("keycloak argon2 published", "keycloak", secret, password, salt='{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["7168"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}')

for name, password in PASSWORDS:
    p = password.encode()
    raw = b"\0" + SALT + hashlib.pbkdf2_hmac("sha1", p, SALT, 1000, 32)
    vector(f"aspnet 2 {name}", "aspnet-identity", b64(raw), password)
    raw = b"\1" + struct.pack(">III", 2, 10000, 16) + SALT + hashlib.pbkdf2_hmac("sha512", p, SALT, 10000, 32)
    vector(f"aspnet 3 {name}", "aspnet-identity", b64(raw), password)
    for algorithm, digest, size in (("pbkdf2-sha256", "sha256", 64), ("pbkdf2-sha512", "sha512", 64), ("pbkdf2", "sha1", 20)):
        secret = {"value": b64(hashlib.pbkdf2_hmac(digest, p, SALT, 2750, size)), "salt": b64(SALT), "additionalParameters": {}}
        data = {"hashIterations": 2750, "algorithm": algorithm, "additionalParameters": {}}
        vector(f"keycloak {algorithm} {name}", "keycloak", json.dumps(secret, separators=(",", ":")), password, salt=json.dumps(data, separators=(",", ":")))
    raw = argon2.low_level.hash_secret_raw(p, SALT, 5, 1024, 1, 32, argon2.Type.ID)
    secret = {"value": b64(raw), "salt": b64(SALT), "additionalParameters": {}}
    data = {"hashIterations": 5, "algorithm": "argon2", "additionalParameters": {"hashLength": ["32"], "memory": ["1024"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}}
    whole = {"type": "password", "createdDate": 1611230538676, "secretData": json.dumps(secret), "credentialData": json.dumps(data)}
    vector(f"keycloak export argon2 {name}", "keycloak", json.dumps(whole), password)
