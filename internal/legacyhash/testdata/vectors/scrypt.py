# /usr/bin/python3 scrypt.py > scrypt.jsonl      (Python 3.11)
# Django's came with 4.0, after Debian 12's: hashlib.scrypt with the salt's own bytes, 64 bytes long, in Base64
# (django/contrib/auth/hashers.py, ScryptPasswordHasher). The first vector is Django's own test's
# (tests/auth_tests/test_hashers.py, test_scrypt).
import base64, hashlib
from common import PASSWORDS, vector

vector("django's own test", "django-scrypt",
       "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==", "lètmein")
for name, password in PASSWORDS:
    raw = hashlib.scrypt(password.encode(), salt=b"abcdefghijkl", n=1024, r=8, p=5, maxmem=1 << 26, dklen=64)
    vector(name, "django-scrypt", "scrypt$1024$abcdefghijkl$8$5$" + base64.b64encode(raw).decode(), password)
