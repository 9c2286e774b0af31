"""What the answers over TCP share: accept, a thread for each client, and who breaks off harms nobody."""
import socket
import sys
import threading


def serve(handle):
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    listener = socket.create_server(("127.0.0.1", port))
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, address = listener.accept()
        threading.Thread(target=guarded, args=(handle, connection), daemon=True).start()


def guarded(handle, connection):
    with connection:
        try:
            handle(connection)
        except (OSError, EOFError, ValueError):
            pass  # the client left, or sent what is no message: its connection ends, no other
