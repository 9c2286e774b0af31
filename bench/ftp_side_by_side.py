#!/usr/bin/env python3
"""Serves the same files by FTP with Switchboard and with the servers people use today, in one run, and prints ratios.

    bench/ftp_side_by_side.py                              every measure, on tmpfs; as root
    bench/ftp_side_by_side.py tls-get tls-put --rounds 7   some of them
    bench/ftp_side_by_side.py small --where /var/tmp       on a disk instead

bench/ftp/README.md tells what it needs and how it measures. Only ratios inside one table mean something.
"""
import argparse, contextlib, fcntl, os, re, resource, shutil, signal, socket, statistics, struct, subprocess, sys, tempfile, time
from pathlib import Path
from rig import GIB, HOME, MIB, TICK, Group, built_program, free_port, rotated

sys.path.insert(0, str(HOME / "bench" / "ftp"))
from peers import ONE_PROCESS, PEERS  # noqa: E402

# What Switchboard is measured as: settings beside the defaults. On tmpfs a sync costs nothing, so durable=no differs on a disk only.
OURS = {"switchboard": {}, "switchboard, no digest": {"ftp-digest": "no"}, "switchboard, not durable": {"durable": "no"}}
ROOMY = {"max-connections": 20000, "max-connections-per-address": 20000, "max-users": 20000, "idle-timeout": "1h", "log-level": "error", "ftp-plain": "loopback"}


class World:
    """The folder of a run: one user, one certificate, and homes with the same files (hard links: the same pages of the cache)."""

    def __init__(self, args):
        self.dir = Path(tempfile.mkdtemp(prefix="switchboard-ftp-", dir=args.where))
        self.dir.chmod(0o755)
        self.args, self.uid, self.user, self.password = args, 64123, "bench", "correct horse 4 bench"
        self.crypted = subprocess.run(["openssl", "passwd", "-5", "-salt", "bench", self.password], capture_output=True, text=True, check=True).stdout.strip()
        self.crypted = subprocess.run(["perl", "-e", "print crypt($ARGV[0], '$5$rounds=1000$bench')", self.password],
                                      capture_output=True, text=True).stdout or self.crypted
        self.pem, self.key, self.load = self.dir / "cert.pem", self.dir / "key.pem", self.dir / "load"
        subprocess.run(["gcc", "-O2", "-o", self.load, HOME / "bench/ftp/load.c", "-lssl", "-lcrypto", "-lpthread"], check=True)
        self.client = Group("client", args.favour)
        self.make_certificate()
        self.big, self.many = self.dir / "big.bin", self.dir / "many"
        subprocess.run([self.load, "fill", self.big, str(args.mib * MIB)], check=True)
        self.many.mkdir()
        for i in range(args.entries):
            (self.many / f"file-{i:05}.dat").write_bytes(b"x" * (i % 100))
        self.home = self.make_home(self.dir / "home")

    def make_certificate(self):
        """P-256, like the one Switchboard makes for itself."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7", "-subj", "/CN=localhost",
                        "-keyout", self.key, "-out", self.pem], check=True, stderr=subprocess.DEVNULL)
        self.pem.write_text(self.pem.read_text() + self.key.read_text())
        for path in (self.pem, self.key):
            path.chmod(0o600)
            os.chown(path, self.uid, self.uid)

    def make_home(self, home):
        home.mkdir(exist_ok=True)
        os.link(self.big, home / "big.bin")
        subprocess.run(["cp", "-al", self.many, home / "many"], check=True)
        subprocess.run(["chown", "-R", f"{self.uid}:{self.uid}", home], check=True)
        return home


class Server:
    def __init__(self, world, name, home, command=None, port=None, environment=None):
        self.world, self.name, self.home, self.group = world, name, home, Group(name, world.args.favour)
        self.log = open(world.dir / f"{self.group.path.name}.log", "wb")
        self.process = subprocess.Popen(self.group.command(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if port is None else self.log, stderr=self.log,
                                        start_new_session=True, env={**os.environ, **(environment or {})})
        self.port = port or self.told()
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as s:
                if s.recv(4).startswith(b"220"):
                    return
            time.sleep(0.05)
        raise SystemExit(f"{name} does not answer; see {self.log.name}")

    def told(self):
        """Switchboard tells its port in the line that says it is ready."""
        for line in self.process.stdout:
            if found := re.search(rb"ftp=\S*:(\d+)", line):
                return int(found.group(1))
        raise SystemExit(f"{self.name} did not start; see {self.log.name}")

    def pss(self):
        return sum(int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1)) for pid in self.group.pids())

    def run(self, job, between=None, **keys):
        """Samples of one run of the load generator, one for each phase: seconds, CPU of the server, figures; and how busy others were."""
        samples = []
        command = [self.world.load, job, str(self.port), self.world.user, self.world.password, *(f"{k}={v}" for k, v in keys.items())]
        with subprocess.Popen(self.world.client.command(command),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
            for line in p.stdout:
                word, *rest = line.split()
                if word == "begin":
                    before = (self.group.cpu(), all_cpu() - self.group.cpu() - own_cpu(self.world.client))
                elif word == "end":
                    used = self.group.cpu() - before[0]
                    foreign = max(0, all_cpu() - self.group.cpu() - own_cpu(self.world.client) - before[1]) / float(rest[0])
                    samples.append((float(rest[0]), used, float(rest[1]) if len(rest) > 1 else 0, foreign))
                    if between:
                        between()
                else:
                    samples.append((word, *rest))
                    continue
                p.stdin.write("\n")
                p.stdin.flush()
            error = p.stderr.read()
        if p.returncode:
            raise RuntimeError(f"{self.name}: {job}: {error.strip()}")
        return samples

    def end(self):
        self.group.end()
        self.process.wait()
        self.log.close()


def all_cpu():
    """CPU seconds of everybody since boot, and what the host took."""
    v = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(v) - v[3] - v[4]) / TICK


def own_cpu(client):
    """Of the load generator and of this driver."""
    t = os.times()
    return client.cpu() + t.user + t.system


def own_network():
    """A network of its own for this process: closed connections keep their ports for a minute, and after some ten thousand small files a
    machine has none left to give (pyftpdlib then fails, others search for milliseconds). Here at most 2,000 are kept."""
    if "SWITCHBOARD_BENCH_NETWORK" not in os.environ:
        os.environ["SWITCHBOARD_BENCH_NETWORK"] = "own"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    siocgifflags, siocsifflags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name, flags = struct.unpack_from("16sh", fcntl.ioctl(s, siocgifflags, struct.pack("16sh14x", b"lo", 0)))
        fcntl.ioctl(s, siocsifflags, struct.pack("16sh14x", name, flags | up))
    Path("/proc/sys/net/ipv4/tcp_max_tw_buckets").write_text("2000")
    Path("/proc/sys/net/core/somaxconn").write_text("4096")


class Bench:
    def __init__(self, args):
        self.args, self.world, self.servers, self.missing = args, World(args), [], []

    def start(self):
        self.binary = built_program()
        for name, how in PEERS.items():
            if self.wanted(name):
                port = free_port()
                command = how(self.world, port)
                if command:
                    self.servers.append(Server(self.world, name, self.world.home, command, port))
                else:
                    self.missing.append(name)
        known = subprocess.run([self.binary, "config", "sample"], capture_output=True, text=True, check=True).stdout
        for name, more in OURS.items():
            if not self.wanted(name):
                continue
            if all(key in known for key in more):
                self.servers.append(self.switchboard(name, more))
            else:
                self.missing.append(name)
        self.check()

    def wanted(self, name):
        return not self.args.only or any(part in name for part in self.args.only)

    def switchboard(self, name, more):
        w, data = self.world, self.world.dir / re.sub("[^a-z]+", "-", name)
        as_user = ["setpriv", f"--reuid={w.uid}", f"--regid={w.uid}", "--clear-groups", "env", f"HOME={w.dir}"]
        data.mkdir()
        os.chown(data, w.uid, w.uid)
        binary = self.reachable()
        subprocess.run([*as_user, binary, "account", "add", w.user, "--password-stdin", "--quiet", "--data", data], input=w.password + "\n", text=True, check=True)
        home = data / "homes" / w.user
        w.make_home(home)
        environment = {f"SWITCHBOARD_{k.upper().replace('-', '_')}": str(v) for k, v in {**ROOMY, **more}.items()}
        return Server(w, name, home, [*as_user, binary, "serve", "--data", data, "--listen", "127.0.0.1:0", "--ftp", "127.0.0.1:0"], environment=environment)

    def reachable(self):
        """A copy: the checkout may lie where only its owner can read."""
        copy = self.world.dir / "program"
        if not copy.exists():
            shutil.copytree(self.binary.parent, copy)
        return copy / self.binary.name

    def check(self):
        """Untimed: every byte of what is stored and fetched is compared, and the pages are in the cache."""
        for s in self.servers:
            for tls in (0, 1):
                s.run("get", name="big.bin", bytes=self.args.mib * MIB, check=1, tls=tls)
                s.run("put", name="checked", bytes=64 * MIB, tls=tls)
                if subprocess.run(["cmp", "-n", str(64 * MIB), s.home / "checked.0", self.world.big]).returncode or (s.home / "checked.0").stat().st_size != 64 * MIB:
                    raise SystemExit(f"{s.name} stored something else")
                (s.home / "checked.0").unlink()

    def rounds(self, sample, servers=None):
        """Takes turns; a sample beside which others used more than a fifth of a core is taken again, and of both the calmer one counts."""
        got = {s.name: [] for s in servers or self.servers}
        for r in range(self.args.rounds + 1):
            for s in rotated(servers or self.servers, r):
                taken = sample(s)
                if taken[3] > 0.2:
                    taken = min(taken, sample(s), key=lambda t: t[3])
                if r:                                          # the first round warms up: code is compiled, pages are found
                    got[s.name].append(taken)
        return got

    # ---------- measures ----------
    def bulk(self, job, streams=1, tls=0, drop=0):
        size = self.args.mib * MIB

        def sample(s):
            names = dict(name="big.bin") if job == "get" else dict(name="stored")
            taken = s.run(job, bytes=size, streams=streams, tls=tls, drop=drop, **names)[0]
            for made in s.home.glob("stored.*"):
                made.unlink()
            return taken
        how = f"{'RETR' if job == 'get' else 'STOR'} {self.args.mib} MiB, {'TLS' if tls else 'plain'}, {'one stream' if streams == 1 else f'{streams} streams at once'}"
        gib = size * streams / GIB
        table(how, self.rounds(sample), "MB/s", lambda t: size * streams / 1e6 / t[0], "server CPU s/GiB", lambda t: t[1] / gib, note="client CPU s/GiB", extra=lambda t: t[2] / gib)

    def small(self, tls=0):
        up, down = {}, {}
        for r in range(self.args.rounds + 1):
            for s in rotated(self.servers, r):
                both = s.run("small", count=self.args.count, bytes=4096, tls=tls)
                for made in s.home.glob("small-*"):
                    made.unlink()
                if r:
                    up.setdefault(s.name, []).append(both[0])
                    down.setdefault(s.name, []).append(both[1])
        for verb, got in (("STOR", up), ("RETR", down)):
            table(f"{verb} {self.args.count} files of 4 KiB, EPSV for each, {'TLS' if tls else 'plain'}", {s.name: got[s.name] for s in self.servers},
                  "files/s", lambda t: self.args.count / t[0], "server CPU us each", lambda t: t[1] * 1e6 / self.args.count)

    def logins(self):
        n = self.args.logins
        table(f"{n} logins, 8 at once, the same password", self.rounds(lambda s: s.run("login", count=n, at=8)[0]), "logins/s", lambda t: n / t[0],
              "server CPU us each", lambda t: t[1] * 1e6 / n, note="refused", extra=lambda t: t[2])

    def listing(self):
        def sample(s):
            five = sorted(s.run("list", name="many", count=5))
            return five[2]
        table(f"MLSD of {self.args.entries} files", self.rounds(sample, [s for s in self.servers if s.name != "vsftpd"]), "a second", lambda t: 1 / t[0],
              "server CPU ms each", lambda t: t[1] * 1e3, note="ms", extra=lambda t: t[0] * 1e3)

    def idle(self):
        print(f"\n### idle sessions, plain\n\n| server | sessions | KiB each (proportional set size) | logged in within s | alive after |\n|---|---|---|---|---|")
        for s in self.servers:
            count = self.args.idle if s.name in ONE_PROCESS or s.name in OURS else min(500, self.args.idle)
            s.run("login", count=200, at=8)
            time.sleep(2)
            before, after = s.pss(), []

            def weigh():
                time.sleep(3)
                after.append(s.pss())
            try:
                taken, alive = s.run("hold", between=weigh, count=count, at=8)
                print(f"| {s.name} | {count - int(taken[2])} | {(after[0] - before) / max(1, count - taken[2]):.1f} | {taken[0]:.1f} | {alive[1]} |", flush=True)
            except RuntimeError as e:
                print(f"| {s.name} | {count} | {e} | | |", flush=True)

    def close(self):
        for s in self.servers:
            s.end()
        self.world.client.end()
        if self.args.keep:
            print(f"kept: {self.world.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.world.dir, ignore_errors=True)


def table(title, got, unit, rate, cost_unit, cost, note=None, extra=None):
    """Ratios are to the best peer, for the rate the fastest and for the cost the cheapest, by medians."""
    middle = {n: (statistics.median(map(rate, t)), statistics.median(map(cost, t))) for n, t in got.items()}
    peers = [middle[n] for n in got if n not in OURS] or list(middle.values())
    fastest, cheapest = max(m[0] for m in peers), min(m[1] for m in peers)
    print(f"\n### {title}\n\n| server | {unit} min / median / max | to the fastest peer | {cost_unit} min / median / max | to the cheapest peer |{f' {note} |' if note else ''} disturbed |")
    print(f"|---|---|---|---|---|---|{'---|' if note else ''}")
    for name, t in got.items():
        digits = 0 if middle[name][1] > 20 else 3
        spread = lambda of, d: " / ".join(f"{v:,.{d}f}" for v in (min(map(of, t)), statistics.median(map(of, t)), max(map(of, t))))
        print(f"| {name} | {spread(rate, 0)} | {middle[name][0] / fastest:.2f}x | {spread(cost, digits)} | {middle[name][1] / cheapest:.2f}x |"
              f"{f' {statistics.median(map(extra, t)):.2f} |' if note else ''} {sum(s[3] > 0.2 for s in t)} of {len(t)} |")
    sys.stdout.flush()


MEASURES = {
    "get": lambda b: b.bulk("get", drop=1),
    "get4": lambda b: b.bulk("get", streams=4, drop=1),
    "put": lambda b: b.bulk("put"),
    "tls-get": lambda b: b.bulk("get", tls=1),
    "tls-put": lambda b: b.bulk("put", tls=1),
    "small": lambda b: b.small(),
    "tls-small": lambda b: b.small(tls=1),
    "logins": lambda b: b.logins(),
    "list": lambda b: b.listing(),
    "idle": lambda b: b.idle(),
}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--where", default="/dev/shm", help="a folder on the file system to measure (default: tmpfs)")
    a.add_argument("--mib", type=int, default=1024, help="size of the big file")
    a.add_argument("--entries", type=int, default=10000, help="of the listed folder")
    a.add_argument("--count", type=int, default=2000, help="small files")
    a.add_argument("--logins", type=int, default=1000)
    a.add_argument("--idle", type=int, default=5000, help="sessions (at most 500 for a server that starts processes for each)")
    a.add_argument("--only", action="append", default=[], help="only servers whose name contains this (repeatable)")
    a.add_argument("--favour", action="store_true", help="servers and load generator go before everybody else on a busy machine")
    a.add_argument("--keep", action="store_true", help="do not remove the working folder")
    args = a.parse_args()
    for m in args.measures:
        if m not in MEASURES:
            a.error(f"no measure '{m}'")
    if os.geteuid():
        a.error("the peers change users and roots: run it as root")
    own_network()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    bench = Bench(args)
    try:
        bench.start()
        print(f"load {os.getloadavg()[0]:.1f} at the start" + (", not there: " + "; ".join(bench.missing) if bench.missing else ""))
        for m in args.measures or MEASURES:
            MEASURES[m](bench)
    finally:
        bench.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
