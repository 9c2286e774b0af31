"""An answer to the exercise "hmac" of docs/lab.md. (A file called hmac.py would hide the library of that name.)"""
import hashlib
import hmac
import os

from blocks import read_exactly
from serve import serve

SECRET = b"switchboard-lab"


def handle(connection):
    challenge = os.urandom(32)
    connection.sendall(challenge)
    answer = read_exactly(connection, 32)
    right = hmac.new(SECRET, challenge, hashlib.sha256).digest()
    connection.sendall(b"OK\n" if hmac.compare_digest(answer, right) else b"NO\n")


if __name__ == "__main__":
    serve(handle)
