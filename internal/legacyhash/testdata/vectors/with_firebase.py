# /usr/bin/python3 with_firebase.py > firebase.jsonl      (Python 3.11, openssl)
# The first vector is that of github.com/firebase/scrypt, README.md; the second that of the Admin SDK's own test
# (firebase-admin-go, integration/auth/user_mgt_test.go). The others are what that README describes.
import base64, hashlib, subprocess
from common import PASSWORDS, vector

SIGNER = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
PROJECT = {"signer": SIGNER, "separator": "Bw==", "rounds": 8, "memory": 14}
SALT = "42xEC+ixf3L2lw=="

vector("readme", "firebase-scrypt", "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==", "user1password", salt=SALT, firebase=PROJECT)
vector("admin sdk", "firebase-scrypt", "V358E8LdWJXAO7muq0CufVpEOXaj8aFiC7T/rcaGieN04q/ZPJ08WhJEHGjj9lz/2TT+/86N5VjVoc5DdBhBiw==", "password", salt=base64.b64encode(b"NaCl").decode(), firebase=PROJECT)
for name, password in PASSWORDS:
    key = hashlib.scrypt(password.encode(), salt=base64.b64decode(SALT) + b"\7", n=1 << 11, r=4, p=1, dklen=32)
    raw = subprocess.run(["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", "00" * 16], input=base64.b64decode(SIGNER), capture_output=True, check=True).stdout
    vector(name, "firebase-scrypt", base64.urlsafe_b64encode(raw).decode(), password, salt=SALT, firebase={"signer": SIGNER, "separator": "Bw==", "rounds": 4, "memory": 11})
