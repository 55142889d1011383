# /usr/bin/python3 with_werkzeug.py > werkzeug.jsonl      (Debian 12: python3-werkzeug 2.2.2)
# Its scrypt came with 2.3: that is hashlib.scrypt with the salt's own bytes, 64 bytes long, in hexadecimal
# (werkzeug/security.py, _hash_internal). Those called "published" were made by a Werkzeug that has it, at its own default, and stand
# in public repositories with the easy passwords beside them: a script that fills a database (it says that generate_password_hash made
# it), the test of a port to Rust, and a script that tries check_password_hash.
import hashlib
from common import PASSWORDS, vector
from werkzeug.security import generate_password_hash

for name, password in PASSWORDS:
    for digest in ("sha1", "sha256", "sha512"):
        vector(f"pbkdf2 {digest} {name}", "werkzeug-pbkdf2", generate_password_hash(password, f"pbkdf2:{digest}:2000"), password)
    raw = hashlib.scrypt(password.encode(), salt=b"Zc3vPqwErTy1", n=1024, r=8, p=1, maxmem=132 * 1024 * 8 * 1, dklen=64)
    vector(f"scrypt {name}", "werkzeug-scrypt", f"scrypt:1024:8:1$Zc3vPqwErTy1${raw.hex()}", password)
for password, rest in (
    ("test", "MMdMj7CfCsuRiOsy$ac8422c683df7e721941670850b95fa0885842d41ccef2ea8cbfa00d6d2a8485e19262a21c470c6e8aa3bc7f0054ea93f7961e0feaa28793ac988d6d248c2167"),
    ("testpass123", "N50ZCQSW6AvqH9ra$c1f158d18766f1991f34ac71071c66c2aec70440aadb9286d88086491645fc1da71a2bb4de3cde87bb4eaaf50fb89f537a97176b2541d5f29369f6d7d926754c"),
    ("123456", "yvEVXgVQfLiMO5Ft$fd7571ea830ceaad17d20e23fbc3e618d69d1059a66335bdd75e2e67b6db38d6b18f919a2e5992772b554197bf49fc687254b3ccdb463e4d70df4eecccd80a05"),
):
    vector("scrypt published", "werkzeug-scrypt", f"scrypt:32768:8:1${rest}", password)
vector("pbkdf2 of its default rounds", "werkzeug-pbkdf2", generate_password_hash("correct horse"), "correct horse")
