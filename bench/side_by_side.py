#!/usr/bin/env python3
"""Moves the same files with Switchboard and with the tools people use today, in one run, and prints ratios.

    bench/side_by_side.py                       every measure, on tmpfs
    bench/side_by_side.py up down --rounds 5    some of them
    bench/side_by_side.py up --where /var/tmp   on a disk instead

Everything runs on 127.0.0.1 with its own keys and configuration below --where, and is removed at the end. Needs python3, and for the
peers openssh-server, rsync, tar and netcat-openbsd; a peer that is not installed sits out and is named. Each tool takes its turn in each
round, every copy is compared with its source, and the figure is the median. Only ratios inside one table mean something.
"""
import argparse, collections, filecmp, getpass, os, queue, random, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, threading, time
from pathlib import Path

MIB = 1 << 20
HOME = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Relay:
    """Passes bytes on after half a round trip each way, without limiting their rate; counts what clients send."""

    def __init__(self, target, rtt):
        self.target, self.half, self.sent = target, rtt / 2, 0
        self.server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.join, args=(client,), daemon=True).start()

    def join(self, client):
        time.sleep(self.half * 2)                                  # the TCP handshake's own round trip
        upstream = socket.create_connection(("127.0.0.1", self.target))
        for a, b, counted in ((client, upstream, True), (upstream, client, False)):
            a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = queue.SimpleQueue()
            threading.Thread(target=self.read, args=(a, line, counted), daemon=True).start()
            threading.Thread(target=self.write, args=(b, line), daemon=True).start()

    def read(self, source, line, counted):
        while True:
            try:
                data = source.recv(MIB)
            except OSError:
                data = b""
            line.put((time.monotonic() + self.half, data))
            if counted:
                self.sent += len(data)
            if not data:
                return

    def write(self, sink, line):
        while True:
            due, data = line.get()
            time.sleep(max(0, due - time.monotonic()))
            try:
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
            except OSError:
                return

    def close(self):
        self.server.close()


class Bench:
    def __init__(self, args):
        self.args = args
        self.dir = Path(tempfile.mkdtemp(prefix="switchboard-bench-", dir=args.where))
        self.dir.chmod(0o755)
        self.procs = {}
        self.missing = []
        for name in ("source", "stored", "fetched", "keys"):
            (self.dir / name).mkdir()
        self.make_sources()
        self.start_sshd()
        self.start_rsyncd()
        self.start_switchboard()

    # ---------- what is moved ----------
    def make_sources(self):
        self.big = self.dir / "source" / "big.bin"
        with open(self.big, "wb") as f:
            for _ in range(self.args.mib):
                f.write(os.urandom(MIB))
        self.medium = self.dir / "source" / "medium.bin"
        self.medium.write_bytes(os.urandom(256 * MIB if self.args.mib >= 256 else self.args.mib * MIB))
        self.tree = self.make_tree("tree", 50, self.args.files // 50)
        self.few = self.make_tree("few", 5, 20)

    def make_tree(self, name, folders, each):
        top = self.dir / "source" / name
        for d in range(folders):
            (top / f"d{d:02}").mkdir(parents=True)
            for f in range(each):
                (top / f"d{d:02}" / f"f{f:03}.bin").write_bytes(os.urandom(4096))
        return top

    # ---------- servers ----------
    def spawn(self, name, command, port, **more):
        self.procs[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
        for _ in range(200):
            if listening(port):
                return
            time.sleep(0.05)
        raise SystemExit(f"{name} did not start")

    def start_sshd(self):
        sshd = shutil.which("sshd") or "/usr/sbin/sshd"
        if not os.path.exists(sshd):
            return self.missing.append("openssh-server")
        keys = self.dir / "keys"
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / name], check=True)
        self.ssh_port = free_port()
        kind, key = (keys / "host.pub").read_text().split()[:2]
        (keys / "known_hosts").write_text(f"bench {kind} {key}\n")
        # In sshd's favour: no PAM, no DNS, no limits on starts.
        (self.dir / "sshd_config").write_text("\n".join([
            f"Port {self.ssh_port}", "ListenAddress 127.0.0.1", f"HostKey {keys}/host", "PidFile none", f"AuthorizedKeysFile {keys}/user.pub",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "StrictModes no", "UsePAM no",
            "UseDNS no", "MaxStartups 1000", "MaxSessions 1000", "Subsystem sftp internal-sftp", ""]))
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.spawn("sshd", [sshd, "-D", "-e", "-f", self.dir / "sshd_config"], self.ssh_port)

    def ssh_config(self, port):
        path = self.dir / f"ssh_config_{port}"
        path.write_text("\n".join([
            "Host *", " HostName 127.0.0.1", f" Port {port}", f" User {getpass.getuser()}", f" IdentityFile {self.dir}/keys/user", " IdentitiesOnly yes",
            " IdentityAgent none", f" UserKnownHostsFile {self.dir}/keys/known_hosts", " GlobalKnownHostsFile none", " StrictHostKeyChecking yes",
            " HostKeyAlias bench", " BatchMode yes", " LogLevel ERROR", "Host gcm", " Ciphers aes128-gcm@openssh.com", ""]))
        return path

    def start_rsyncd(self):
        if not shutil.which("rsync"):
            return self.missing.append("rsync")
        self.rsync_port = free_port()
        conf = self.dir / "rsyncd.conf"
        who = getpass.getuser()
        conf.write_text(f"use chroot = no\nuid = {who}\ngid = {who}\nlog file = /dev/null\n[w]\n path = {self.dir}\n read only = no\n")
        self.spawn("rsyncd", ["rsync", "--daemon", "--no-detach", f"--config={conf}", "--address=127.0.0.1", f"--port={self.rsync_port}"], self.rsync_port)

    def start_switchboard(self):
        self.program = os.environ.get("SWITCHBOARD_BIN") or HOME / "switchboard"
        self.data = self.dir / "data"
        self.sb_port = free_port()
        log = open(self.dir / "switchboard.log", "w")
        p = subprocess.Popen([self.program, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.sb_port}", "--ftp", "off", "--udp", "off"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                             env=dict(os.environ, SWITCHBOARD_MAX_CONNECTIONS_PER_ADDRESS="5000", SWITCHBOARD_MAX_USERS="5000"))
        self.procs["switchboard"] = p
        ready = p.stdout.readline()
        self.fingerprint = re.search(r"fingerprint=(\S+)", ready).group(1)
        self.admin("account", "add", "bench", "--password-stdin", stdin="a password for the benchmark\n")
        self.token = re.search(r"sbt_\S+", self.admin("token", "add", "bench")).group(0)
        self.home = self.data / "homes" / "bench"

    def admin(self, *command, stdin=None):
        return subprocess.run([self.program, *command, "--data", self.data], input=stdin, capture_output=True, text=True, check=True).stdout

    def sb_env(self, port):
        return dict(os.environ, SWITCHBOARD_SERVER=f"127.0.0.1:{port}", SWITCHBOARD_USER="bench", SWITCHBOARD_TOKEN=self.token,
                    SWITCHBOARD_FINGERPRINT=self.fingerprint, XDG_CONFIG_HOME=str(self.dir / "config"), LANG="C")

    # ---------- cost ----------
    def server_cpu(self, name):
        """CPU of a server and of those of its children that have ended and been waited for."""
        if name not in self.procs:
            return 0.0
        fields = Path(f"/proc/{self.procs[name].pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(x) for x in fields[11:15]) / TICK

    def run(self, command, server=None, env=None, cwd=None):
        """Wall time, CPU of the client with its children, CPU of the server."""
        words = [str(c) for c in command]
        s0 = self.server_cpu(server)
        t0 = time.perf_counter()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, cwd=cwd)
        err = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - t0
        if child.returncode:
            raise RuntimeError(f"{words[0]}: {err.decode(errors='replace')[-300:]}")
        time.sleep(0.15)
        return wall, usage.ru_utime + usage.ru_stime, self.server_cpu(server) - s0

    # ---------- who competes ----------
    def tools(self, port_of=lambda port: port):
        """name -> (server, put file, get file, put tree, get tree); each a function of (local, name in the store)."""
        out = {}
        if "sshd" in self.procs:
            cfg = self.ssh_config(port_of(self.ssh_port))
            far = self.dir / "stored"
            sh = lambda text: ["sh", "-c", text]
            out["scp"] = ("sshd", lambda l, r: ["scp", "-qF", cfg, l, f"b:{far}/{r}"], lambda l, r: ["scp", "-qF", cfg, f"b:{far}/{r}", l], None, None)
            out["scp aes128-gcm"] = ("sshd", lambda l, r: ["scp", "-OqF", cfg, l, f"gcm:{far}/{r}"], lambda l, r: ["scp", "-OqF", cfg, f"gcm:{far}/{r}", l], None, None)
            out["sftp aes128-gcm"] = ("sshd", lambda l, r: sh(f"echo put {l} {far}/{r} | sftp -qF {cfg} -b - gcm"),
                                      lambda l, r: sh(f"echo get {far}/{r} {l} | sftp -qF {cfg} -b - gcm"), None, None)
            out["sftp"] = ("sshd", lambda l, r: sh(f"echo put {l} {far}/{r} | sftp -qF {cfg} -b - b"), lambda l, r: sh(f"echo get {far}/{r} {l} | sftp -qF {cfg} -b - b"),
                           lambda l, r: sh(f"echo put -r {l} {far}/{r} | sftp -qF {cfg} -b - b"), lambda l, r: sh(f"echo get -r {far}/{r} {l} | sftp -qF {cfg} -b - b"))
            out["tar | ssh"] = ("sshd", None, None,
                                lambda l, r: sh(f"tar -C {l} -cf - . | ssh -F {cfg} b 'mkdir -p {far}/{r} && tar -C {far}/{r} -xf -'"),
                                lambda l, r: sh(f"mkdir -p {l} && ssh -F {cfg} b tar -C {far}/{r} -cf - . | tar -C {l} -xf -"))
            if "rsyncd" in self.procs:
                e = f"ssh -F {cfg}"
                out["rsync over ssh"] = ("sshd", lambda l, r: ["rsync", "-e", e, l, f"b:{far}/{r}"], lambda l, r: ["rsync", "-e", e, f"b:{far}/{r}", l],
                                         lambda l, r: ["rsync", "-re", e, f"{l}/", f"b:{far}/{r}"], lambda l, r: ["rsync", "-re", e, f"b:{far}/{r}/", l])
        if "rsyncd" in self.procs:
            url = f"rsync://127.0.0.1:{port_of(self.rsync_port)}/w/stored"
            out["rsync daemon (plain)"] = ("rsyncd", lambda l, r: ["rsync", l, f"{url}/{r}"], lambda l, r: ["rsync", f"{url}/{r}", l],
                                           lambda l, r: ["rsync", "-r", f"{l}/", f"{url}/{r}"], lambda l, r: ["rsync", "-r", f"{url}/{r}/", l])
        port_of(self.sb_port)
        program = self.program
        out["switchboard"] = ("switchboard", lambda l, r: [program, "put", "--quiet", l, f"/{r}"], lambda l, r: [program, "get", "--quiet", f"/{r}", l],
                              lambda l, r: [program, "put", "--quiet", l, f"/{r}"], lambda l, r: [program, "get", "--quiet", f"/{r}", l])
        return {n: t for n, t in out.items() if not self.args.only or any(o in n for o in self.args.only) or n == "switchboard"}

    def far(self, name, rel):
        return (self.home if name == "switchboard" else self.dir / "stored") / rel

    def copy(self, which, source, rounds, port_of=lambda p: p):
        """One measure: which of put, get, puttree, gettree; `source` is what is moved."""
        column = {"put": 1, "get": 2, "puttree": 3, "gettree": 4}[which]
        up = which.startswith("put")
        rel = source.name
        tools = {n: t for n, t in self.tools(port_of).items() if t[column]}
        env = self.sb_env(port_of(self.sb_port))
        got = {n: [] for n in tools}
        if not up:
            for n in tools:
                self.place(n, source, rel, env)
        for r in range(rounds + 1):                                # the first round warms caches and code, and is not counted
            names = list(tools)
            for n in names[r % len(names):] + names[:r % len(names)]:
                target = self.far(n, rel) if up else self.dir / "fetched" / rel
                remove(target)
                sample = self.run(tools[n][column](source if up else target, rel), tools[n][0], env if n == "switchboard" else None)
                if not same(source, target):
                    raise SystemExit(f"{n}: {which} made a different copy")
                remove(target) if up and n != "switchboard" or not up else None
                if r:
                    got[n].append(sample)
                print(f"  {which:8} {n:22} {sample[0]:7.3f} s", file=sys.stderr)
        for n in tools:
            remove(self.far(n, rel))
        return got

    def place(self, name, source, rel, env):
        """Puts the source where this tool's server will find it; ours goes in through the door, as it would in life."""
        target = self.far(name, rel)
        if name == "switchboard":
            subprocess.run([self.program, "put", "--quiet", source, f"/{rel}"], env=self.sb_env(self.sb_port), check=True)
        elif not target.exists():
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)

    # ---------- measures ----------
    def bulk(self, which):
        got = self.copy(which, self.big, self.args.rounds)
        table(f"{self.args.mib} MiB {'to' if which == 'put' else 'from'} the server", got, self.args.mib * MIB / 1e6, "MB/s",
              "scp aes128-gcm" if which == "put" else "sftp aes128-gcm", per=self.args.mib / 1024)

    def trees(self, which):
        count = self.args.files // 50 * 50
        got = self.copy(which, self.tree, self.args.rounds)
        table(f"{count} files of 4 KiB {'to' if which == 'puttree' else 'from'} the server", got, count, "files/s", "tar | ssh")

    def rtt(self, which, source, amount, unit, base, title):
        relays = {}
        def through(port):
            if port not in relays:
                relays[port] = Relay(port, self.args.rtt / 1000)
            return relays[port].port
        got = self.copy(which, source, max(2, self.args.rounds - 1), through)
        for relay in relays.values():
            relay.close()
        table(f"{title}, {self.args.rtt} ms round trip", got, amount, unit, base)

    def resume(self):
        """Kills the client at a random point of an upload, counts what the second attempt sends, and damages a kept byte every other round."""
        relay = Relay(self.sb_port, 0)
        env, rows, size = self.sb_env(relay.port), [], self.big.stat().st_size
        rnd = random.Random(7)
        for r in range(max(4, self.args.rounds)):
            subprocess.run([self.program, "rm", "/big.bin"], env=env, capture_output=True)
            cut, before = rnd.uniform(0.3, 0.7) * size, relay.sent
            first = subprocess.Popen([self.program, "put", "--quiet", self.big, "/big.bin"], env=env)
            while relay.sent - before < cut and first.poll() is None:
                time.sleep(0.001)
            first.kill()
            first.wait()
            time.sleep(0.5)
            kept_file = max((self.data / "partials").rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else -1)
            kept, hurt = kept_file.stat().st_size, r % 2 == 1
            if hurt:
                with open(kept_file, "r+b") as f:
                    f.seek(kept // 2)
                    b = f.read(1)
                    f.seek(kept // 2)
                    f.write(bytes([b[0] ^ 255]))
            before = relay.sent
            t0 = time.perf_counter()
            subprocess.run([self.program, "put", "--quiet", self.big, "/big.bin"], env=env, check=True)
            took = time.perf_counter() - t0
            good = same(self.big, self.home / "big.bin")
            rows.append((kept / MIB, (relay.sent - before - (size - kept)) / MIB, took, "damaged byte" if hurt else "clean", "equal" if good else "DIFFERENT"))
        relay.close()
        print("\n### resume of an upload after kill -9 of the client\n\n| kept MiB | sent beyond the missing MiB | s | kept part | result |\n|---|---|---|---|---|")
        for row in rows:
            print(f"| {row[0]:.0f} | {row[1]:.2f} | {row[2]:.2f} | {row[3]} | {row[4]} |")

    def log_in(self):
        """A logged-in connection of the plain Python client, left open."""
        if not hasattr(self, "plain"):                             # its functions; below its last "def" the page runs a command
            self.plain = {}
            exec(re.split(r"^if __name__|^address", (HOME / "docs" / "client.py").read_text(), flags=re.M)[0], self.plain)
        line, certificate = self.plain["connect"]("127.0.0.1", self.sb_port, self.fingerprint)
        self.plain["line"] = line
        self.plain["login"]("bench", self.token, certificate)
        return line

    def idle(self, count=1000):
        """Resident memory of the server per logged-in connection that does nothing (the login is docs/client.py's)."""
        pid = self.procs["switchboard"].pid
        pss = lambda: int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1))
        warm = [self.log_in() for _ in range(200)]
        time.sleep(2)
        before = pss()
        held = [self.log_in() for _ in range(count)]
        time.sleep(2)
        print(f"\n### idle logged-in connections, TLS\n\n{(pss() - before) / count:.1f} KiB each at {count} (proportional set size of the server)")
        del warm, held

    def logins(self, count=1000):
        """Logins one after another with a device token, each on a connection of its own, by docs/client.py (so the client's share is Python's)."""
        one = lambda: self.log_in().close()
        for _ in range(50):
            one()
        s0, c0, t0 = self.server_cpu("switchboard"), time.process_time(), time.perf_counter()
        for _ in range(count):
            one()
        wall, server, client = time.perf_counter() - t0, self.server_cpu("switchboard") - s0, time.process_time() - c0
        print(f"\n### {count} logins in a row with a device token, TLS handshake included\n\n{count / wall:,.0f} logins/s; "
              f"{1000 * server / count:.2f} ms CPU of the server each, {1000 * client / count:.2f} ms of the Python client")

    def close(self):
        for p in self.procs.values():
            p.terminate()
        for p in self.procs.values():
            p.wait()
        if self.args.keep:
            print(f"kept: {self.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def same(a, b):
    if a.is_file():
        return b.is_file() and filecmp.cmp(a, b, shallow=False)
    return subprocess.run(["diff", "-rq", a, b], stdout=subprocess.DEVNULL).returncode == 0


def table(title, got, amount, unit, base, per=1.0):
    median = lambda values: statistics.median(values)
    base_rate = amount / median([s[0] for s in got[base]]) if base in got else None
    print(f"\n### {title}\n\n| tool | {unit} min / median / max | ratio to {base} | client CPU s | server CPU s | both |\n|---|---|---|---|---|---|")
    for name, samples in got.items():
        rates = sorted(amount / s[0] for s in samples)
        client, server = median([s[1] for s in samples]) / per, median([s[2] for s in samples]) / per
        ratio = f"{median(rates) / base_rate:.2f}x" if base_rate else ""
        print(f"| {name.replace('|', chr(92) + '|')} | {rates[0]:,.0f} / {median(rates):,.0f} / {rates[-1]:,.0f} | {ratio} | {client:.2f} | {server:.2f} | {client + server:.2f} |")
    sys.stdout.flush()


MEASURES = {
    "up": lambda b: b.bulk("put"),
    "down": lambda b: b.bulk("get"),
    "tree-up": lambda b: b.trees("puttree"),
    "tree-down": lambda b: b.trees("gettree"),
    "rtt-up": lambda b: b.rtt("put", b.medium, b.medium.stat().st_size / 1e6, "MB/s", "scp", "256 MiB to the server"),
    "rtt-down": lambda b: b.rtt("get", b.medium, b.medium.stat().st_size / 1e6, "MB/s", "scp", "256 MiB from the server"),
    "rtt-few-up": lambda b: b.rtt("puttree", b.few, 100, "files/s", "tar | ssh", "100 files of 4 KiB to the server"),
    "rtt-few-down": lambda b: b.rtt("gettree", b.few, 100, "files/s", "tar | ssh", "100 files of 4 KiB from the server"),
    "resume": lambda b: b.resume(),
    "idle": lambda b: b.idle(),
    "logins": lambda b: b.logins(),
}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--where", default="/dev/shm", help="a folder on the file system to measure (default: tmpfs)")
    a.add_argument("--mib", type=int, default=1024, help="size of the big file")
    a.add_argument("--files", type=int, default=5000)
    a.add_argument("--rtt", type=float, default=20, help="milliseconds")
    a.add_argument("--only", action="append", default=[], help="only peers whose name contains this (repeatable); switchboard always runs")
    a.add_argument("--keep", action="store_true", help="do not remove the working folder")
    args = a.parse_args()
    for m in args.measures:
        if m not in MEASURES:
            a.error(f"no measure '{m}'")
    bench = Bench(args)
    try:
        if bench.missing:
            print("not installed, sitting out: " + ", ".join(bench.missing))
        for m in args.measures or MEASURES:
            MEASURES[m](bench)
    finally:
        bench.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
