"""An answer to the exercise "echo" of docs/lab.md."""
from serve import serve


def handle(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


if __name__ == "__main__":
    serve(handle)
