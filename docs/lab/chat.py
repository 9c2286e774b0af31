"""An answer to the exercise "chat" of docs/lab.md."""
import threading

from serve import serve

LONGEST = 65536
people = {}
gate = threading.Lock()


def tell_others(me, line):
    with gate:
        others = [one for one in people if one is not me]
    for one in others:
        try:
            one.sendall(line)
        except OSError:
            pass  # that one is leaving; its own thread notices


def handle(connection):
    lines = connection.makefile("rb")
    name = lines.readline(LONGEST).strip()
    with gate:
        people[connection] = name
    try:
        connection.sendall(b"* welcome, " + name + b"\n")
        tell_others(connection, b"* " + name + b" is here\n")
        while line := lines.readline(LONGEST):
            text = line.strip()
            if text == b"q":
                break
            if text:
                tell_others(connection, name + b": " + text + b"\n")
    finally:
        with gate:
            del people[connection]
        lines.close()
        tell_others(connection, b"* " + name + b" has left\n")


if __name__ == "__main__":
    serve(handle)
