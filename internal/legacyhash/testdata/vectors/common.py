# What the generators in Python share: the passwords, and how a vector is written.
import json

USUAL, UNICODE, LONG = "correct horse", "Grüße, Привет 🎨", "x" * 200
PASSWORDS = (("usual", USUAL), ("unicode", UNICODE), ("long", LONG))


def vector(name, format, stored, password, **more):
    print(json.dumps(dict(name=name, format=format, stored=stored, password=password, **more), ensure_ascii=False))
