"""An answer to the exercise "upload" of docs/lab.md."""
import hashlib
import os
import tempfile

from blocks import header, read_exactly, read_header
from serve import serve

FOLDER = tempfile.mkdtemp(prefix="upload-")


def handle(connection):
    while True:
        wanted = read_header(connection)
        digest = hashlib.md5()
        name = wanted["name"]
        allowed = name == os.path.basename(name) and name not in ("", ".", "..")
        target = os.path.join(FOLDER, name if allowed else ".refused")
        with open(target + ".part", "wb") as file:
            left = wanted["size"]
            while left > 0:
                piece = read_exactly(connection, min(left, 65536))
                file.write(piece)
                digest.update(piece)
                left -= len(piece)
        if allowed and digest.hexdigest() == wanted["md5"]:
            os.replace(target + ".part", target)
            connection.sendall(header(ok=True, md5=digest.hexdigest()))
        else:
            os.remove(target + ".part")
            connection.sendall(header(ok=False))


if __name__ == "__main__":
    serve(handle)
