"""A Switchboard client in plain Python. The password, or a device token (sbt_...), is in SWITCHBOARD_PASSWORD.
usage: python3 client.py HOST:PORT USER SHA256:FINGERPRINT|plain  ls [FOLDER] | put LOCAL REMOTE | get REMOTE LOCAL"""
import base64, hmac, json, os, socket, ssl, struct, sys, unicodedata, uuid
from hashlib import pbkdf2_hmac, sha256

def b64(data): return base64.b64encode(data).decode()
def mac(key, text): return hmac.digest(key, text.encode(), "sha256")
def send(header, payload=b""):          # a frame: the header's length, the header in JSON, `size` bytes of payload
    head = json.dumps(header | ({"size": len(payload)} if payload else {})).encode()
    line.write(struct.pack(">I", len(head)) + head + payload)
def exactly(size): return data if len(data := line.read(size)) == size else sys.exit("no_connection: run it again.")
def receive():
    line.flush()
    header = json.loads(exactly(struct.unpack(">I", exactly(4))[0]))
    if header["type"] in ("error", "closing"): sys.exit(f"{header['code']}: {header.get('message')}")
    return header, exactly(header.get("size", 0))
def ask(header, payload=b""): return send(header, payload) or receive()[0]

def public_key(der):                    # part 7 of part 1 of a certificate in DER, where a part is: tag, length, content
    def inside(at): return at + 2 + (long := max(0, der[at + 1] - 128)), long   # where its content begins
    def after(at): return (start := inside(at))[0] + int.from_bytes(der[start[0] - max(1, start[1]):start[0]], "big")
    at = inside(inside(0)[0])[0]
    for _ in range(6): at = after(at)   # version, serial number, algorithm, issuer, validity, subject
    return der[at:after(at)]
def connect(host, port, fingerprint):   # no authority vouches for the server: its key is compared instead
    tcp = socket.create_connection((host.strip("[]"), port))
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if fingerprint == "plain": return tcp.makefile("rwb"), b""
    tls = ssl._create_unverified_context().wrap_socket(tcp)
    certificate = tls.getpeercert(binary_form=True)
    known = "SHA256:" + b64(sha256(public_key(certificate)).digest()).rstrip("=") == fingerprint
    return (tls.makefile("rwb"), certificate) if known else sys.exit("server_untrusted: its key is another one.")
def login(user, secret, certificate):   # SCRAM-SHA-256, under TLS bound to the certificate
    token, secret = secret.split("_", 2)[1:] if secret.startswith("sbt_") else (None, unicodedata.normalize("NFC", secret))
    flag, mechanism = ("p=tls-server-end-point,,", "SCRAM-SHA-256-PLUS") if certificate else ("n,,", "SCRAM-SHA-256")
    bare = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + (nonce := b64(os.urandom(18)))
    ask({"type": "hello", "version": 1, "client": "client.py", "device": f"py-{uuid.getnode():x}"})
    first = ask({"type": "auth", "mechanism": mechanism, "token": token, "data": flag + bare})["data"]
    given = dict(field.split("=", 1) for field in first.split(","))
    if not given["r"].startswith(nonce) or not (1 if token else 4096) <= int(given["i"]) <= 2_000_000: sys.exit("unfit challenge")
    salted = pbkdf2_hmac("sha256", secret.encode(), base64.b64decode(given["s"]), int(given["i"]))
    final = "c=" + b64(flag.encode() + (certificate and sha256(certificate).digest())) + ",r=" + given["r"]
    key, signed = mac(salted, "Client Key"), f"{bare},{first},{final}"
    proof = bytes(a ^ b for a, b in zip(key, mac(sha256(key).digest(), signed)))
    answer = ask({"type": "auth", "data": f"{final},p={b64(proof)}"})["data"]
    if not hmac.compare_digest(answer, "v=" + b64(mac(mac(salted, "Server Key"), signed))): sys.exit("server_untrusted")

def ls(folder="/"):
    send({"type": "list", "path": folder})
    while (part := receive())[0]["type"] == "items":
        for entry in map(json.loads, part[1].splitlines()): print(entry["type"], entry["size"], repr(entry["path"]))
def put(local, remote):
    with open(local, "rb") as file:
        about, digest, kept = {"path": remote, "modified": os.stat(local).st_mtime_ns // 1000}, sha256(), b""
        if (total := os.path.getsize(local)) <= 256 << 10:   # small: one frame
            return print(ask(about | {"type": "put", "sha256": sha256(data := file.read()).hexdigest()}, data)["sha256"])
        ready = ask(about | {"type": "upload", "total": total})
        while len(kept) < -(-ready["offset"] // ready["leaf"]) * 32: kept += receive()[1]   # proof of what was kept
        for at in range(0, total, ready["leaf"]):
            digest.update(leaf := file.read(ready["leaf"]))
            kept_part = leaf[:max(0, ready["offset"] - at)]
            good = len(kept_part) if sha256(kept_part).digest() == kept[at // ready["leaf"] * 32:][:32] else 0
            if leaf[good:]: send({"type": "data", "offset": at + good}, leaf[good:])
        print(ask({"type": "commit", "total": total, "sha256": digest.hexdigest()})["sha256"])
def get(remote, local):
    digest, told = sha256(), None
    with open(local + ".part", "wb") as file:
        send({"type": "get", "path": remote})
        while (part := receive())[0]["type"] != "ok":        # file, data ..., digest, ok
            told = part[0].get("sha256") or told
            digest.update(part[1])
            file.write(part[1])
    os.replace(local + ".part", local) if digest.hexdigest() == told else sys.exit("digest_mismatch: run it again.")
    print(told)

address, user, fingerprint, command, *arguments = sys.argv[1:] if len(sys.argv) > 4 else sys.exit(__doc__)
line, certificate = connect(*address.rsplit(":", 1), fingerprint)
login(user, os.environ["SWITCHBOARD_PASSWORD"], certificate)
{"ls": ls, "put": put, "get": get}[command](*arguments)
