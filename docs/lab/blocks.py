"""Blocks: four bytes of length, the most significant first, and so many bytes."""
import json
import struct

LONGEST = 16 << 20


def read_exactly(connection, count):
    """All of them, or EOFError: a receive may return fewer than asked for."""
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(count - len(data), 65536))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def read_block(connection):
    length, = struct.unpack("!I", read_exactly(connection, 4))
    if length > LONGEST:
        raise ValueError(f"a block of {length} bytes")
    return read_exactly(connection, length)


def block(content):
    return struct.pack("!I", len(content)) + content


def read_header(connection):
    return json.loads(read_block(connection))


def header(**fields):
    return block(json.dumps(fields).encode())
