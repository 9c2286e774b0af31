"""An answer to the exercise "login" of docs/lab.md."""
import os
import tempfile

from blocks import header, read_exactly, read_header
from serve import serve

PASSWORDS = {"ann": "secret"}
LARGEST = 64 << 20
FOLDER = tempfile.mkdtemp(prefix="login-")


def path_of(name):
    """Only a bare name: nothing leads out of the folder."""
    bare = os.path.basename(name)
    return os.path.join(FOLDER, bare) if bare == name and name not in ("", ".", "..") else None


def handle(connection):
    user = None  # of this connection, and of no other
    while True:
        wanted = read_header(connection)
        size = wanted.get("size", 0)
        if size > LARGEST:
            raise ValueError("too large")
        # Taken in any case, also when it will be refused: what stays would be read as the next header.
        payload = read_exactly(connection, size)
        if wanted["op"] == "login":
            user = wanted["user"] if PASSWORDS.get(wanted["user"]) == wanted["password"] else None
            connection.sendall(header(ok=user is not None))
            continue
        path = path_of(wanted["name"])
        if user is None or path is None:
            connection.sendall(header(ok=False))
        elif wanted["op"] == "put":
            with open(path, "wb") as file:
                file.write(payload)
            connection.sendall(header(ok=True))
        elif wanted["op"] == "get" and os.path.isfile(path):
            with open(path, "rb") as file:
                content = file.read()
            connection.sendall(header(ok=True, size=len(content)) + content)
        else:
            connection.sendall(header(ok=False))


if __name__ == "__main__":
    serve(handle)
