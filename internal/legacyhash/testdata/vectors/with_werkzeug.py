# /usr/bin/python3 with_werkzeug.py > werkzeug.jsonl      (Debian 12: python3-werkzeug 2.2.2)
# Its scrypt came with 2.3: that is hashlib.scrypt with the salt's own bytes, 64 bytes long, in hexadecimal
# (werkzeug/security.py, _hash_internal).
import hashlib
from common import PASSWORDS, vector
from werkzeug.security import generate_password_hash

for name, password in PASSWORDS:
    for digest in ("sha1", "sha256", "sha512"):
        vector(f"pbkdf2 {digest} {name}", "werkzeug-pbkdf2", generate_password_hash(password, f"pbkdf2:{digest}:2000"), password)
    raw = hashlib.scrypt(password.encode(), salt=b"Zc3vPqwErTy1", n=1024, r=8, p=1, maxmem=132 * 1024 * 8 * 1, dklen=64)
    vector(f"scrypt {name}", "werkzeug-scrypt", f"scrypt:1024:8:1$Zc3vPqwErTy1${raw.hex()}", password)
vector("pbkdf2 of its default rounds", "werkzeug-pbkdf2", generate_password_hash("correct horse"), "correct horse")
