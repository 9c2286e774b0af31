"""An answer to the exercise "command" of docs/lab.md. It runs whatever it is told: on loopback only."""
import subprocess

from blocks import block, read_block
from serve import serve


def handle(connection):
    while True:
        command = read_block(connection).decode()
        # run() reads both outputs at the same time; reading one to its end first would stop when the other fills.
        done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, capture_output=True)
        connection.sendall(block(done.stdout) + block(done.stderr))


if __name__ == "__main__":
    serve(handle)
