"""An answer to the exercise "length-prefix" of docs/lab.md."""
from blocks import block, read_block
from serve import serve


def handle(connection):
    while True:
        connection.sendall(block(read_block(connection)))


if __name__ == "__main__":
    serve(handle)
