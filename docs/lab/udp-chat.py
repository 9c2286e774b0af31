"""An answer to the exercise "udp-chat" of docs/lab.md."""
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", port))
print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)
people = {}


def tell_others(me, text):
    for one in people:
        if one != me:
            server.sendto(text, one)


while True:
    try:
        data, client = server.recvfrom(65535)
    except ConnectionError:
        continue
    if data.startswith(b"join "):
        people[client] = data[5:]
        server.sendto(b"* welcome, " + people[client], client)
        tell_others(client, b"* " + people[client] + b" is here")
    elif client not in people:
        server.sendto(b"* join first", client)
    elif data == b"q":
        name = people.pop(client)
        server.sendto(b"* bye", client)
        tell_others(client, b"* " + name + b" has left")
    elif data:
        tell_others(client, people[client] + b": " + data)
