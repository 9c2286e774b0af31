"""An answer to the exercise "upper-udp" of docs/lab.md."""
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", port))
print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)
while True:
    data, client = server.recvfrom(65535)
    # Decoded first: the bytes of an encoding are not letters.
    server.sendto(data.decode(errors="replace").upper().encode(), client)
