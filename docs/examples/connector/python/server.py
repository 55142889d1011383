"""A server of the connector contract in Python 3.9 or newer, with the standard library alone.

The users are in memory; yours are not: replace find_users, right and send_reset_mail.

    CONNECTOR_SECRET=... PROBE_PASSWORD=... PORT=9100 python3 server.py
"""
import hashlib
import hmac
import json
import os
import re
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Two while the secret is changed.
SECRETS = [s.encode() for s in (os.environ.get(n, "") for n in ("CONNECTOR_SECRET", "CONNECTOR_SECRET_OLD")) if len(s) >= 16]
LIMIT = 64 * 1024


def hashed(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1, dklen=32)


def user(id, username, email, name, password, **state):
    salt = secrets.token_bytes(16)
    account = {"id": id, "username": username, "email": email, "name": name, "disabled": False, "locked": False, "must_reset": False}
    return {"account": {**account, **state}, "salt": salt, "hash": hashed(password, salt)}


PASSWORD = os.environ["PROBE_PASSWORD"]
USERS = [
    user("7", "ada", "ada@acme.example", "Ada Ito", PASSWORD),
    user("8", "dan", "dan@acme.example", "Dan Off", PASSWORD, disabled=True),
    user("9", "lea", "lea@acme.example", "Lea Lock", PASSWORD, locked=True),
    user("10", "ron", "ron@acme.example", "Ron New", PASSWORD, must_reset=True),
]
NOBODY = user("", "", "", "", secrets.token_hex())  # who is checked when there is no user


def find_users(by, value):
    return [u for u in USERS if (u["account"][by].lower() if by == "email" else u["account"][by]) == value]


def right(who, password):
    return hmac.compare_digest(hashed(password, who["salt"]), who["hash"])


def send_reset_mail(identifier):
    """Queues the mail you send for a forgotten password: the answer does not wait for it."""


seen = {}  # nonces of the last ten minutes; use your cache when you have several processes
seen_lock = threading.Lock()


def signed(headers, method, path, body):
    """True for a request that Ligature signed, less than five minutes ago, and never before."""
    timestamp, nonce = headers.get("Ligature-Timestamp", ""), headers.get("Ligature-Nonce", "")
    now = time.time()
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > 300 or not re.fullmatch(r"[A-Za-z0-9_-]{22}", nonce):
        return False
    text = "\n".join([timestamp, nonce, method, path.split("?")[0], hashlib.sha256(body).hexdigest()]).encode()
    got = headers.get("Ligature-Signature", "").encode("latin-1", "replace")
    if not any([hmac.compare_digest(b"v1=" + hmac.new(s, text, "sha256").hexdigest().encode(), got) for s in SECRETS]):
        return False
    with seen_lock:
        for old in [n for n, at in seen.items() if now - at > 600]:
            del seen[old]
        if nonce in seen:
            return False
        seen[nonce] = now
    return True


def find(q):
    if q["by"] not in ("email", "username", "id"):
        return 400, {}
    return 200, {"accounts": [u["account"] for u in find_users(q["by"], q["value"])]}


def verify(q):
    # With an id that user is checked, and nobody else.
    by, value = ("id", q["id"]) if q["id"] else ("email" if "@" in q["identifier"] else "username", q["identifier"])
    found = find_users(by, value)
    who = found[0] if len(found) == 1 else NOBODY
    matches = right(who, q["password"])
    if who is NOBODY:
        return 200, {"outcome": "not_found", "account": None}
    account = who["account"]
    if account["locked"]:  # whatever was typed
        return 200, {"outcome": "locked", "account": None}
    if not matches:
        return 200, {"outcome": "wrong_password", "account": None}
    # Said to the right password alone.
    outcome = "disabled" if account["disabled"] else "must_reset" if account["must_reset"] else "match"
    return 200, {"outcome": outcome, "account": account}


def reset(q):
    send_reset_mail(q["identifier"])  # the same answer, whether there is such a user or not
    return 202, {}


VERBS = {  # with the members that a question has; all are texts
    "/ligature/v1/find": (find, ("by", "value")),
    "/ligature/v1/verify": (verify, ("id", "identifier", "password")),
    "/ligature/v1/reset": (reset, ("identifier",)),
}


class Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_POST(self):
        try:
            status, said = self.answer()
        except Exception:  # an outage to Ligature, and never "no such user"
            status, said = 503, {}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def answer(self):
        if self.command != "POST" or self.path not in VERBS:
            return 404, {}
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LIMIT:
            return 413, {}
        body = self.rfile.read(int(length))
        if not signed(self.headers, "POST", self.path, body):
            return 401, {}
        verb, members = VERBS[self.path]
        try:
            question = json.loads(body)
        except ValueError:
            return 400, {}
        if not isinstance(question, dict) or not all(isinstance(question.get(m), str) for m in members):
            return 400, {}
        return verb(question)

    def log_message(self, *args):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9100"))), Handler).serve_forever()
