#!/usr/bin/env python3
"""Runs the same commands with Switchboard and with OpenSSH, in one run, and prints ratios.

    bench/commands_side_by_side.py                          every measure, on tmpfs; as root
    bench/commands_side_by_side.py cold rtt --runs 20       some of them
    bench/commands_side_by_side.py stdout --where /var/tmp  on a disk instead
    bench/commands_side_by_side.py --only ssh               without one side

Everything runs on 127.0.0.1 with its own keys and configuration below --where, and is removed at the end. Needs python3, the .NET SDK, and
openssh-server, openssh-client and bubblewrap; whoever is not installed sits out and is named. Root is needed for control groups, which tell what a
server's processes cost that have ended; the server gives root up, so --where must be a folder that everybody can reach. All take turns, results
are checked, and the figure is the median. Only ratios inside one table mean something; above 1 is better than the one they are to.
"""
import collections, contextlib, math, os, shutil, statistics, subprocess, sys, time
from rig import (HOME, MIB, PASSWORD, Rig, arguments, bounded, built_program, measure, parsed, random_file, rates, ratio, relayed, rotated, same, spread,
                 table, wait_for)

BLOCKS, WARMING = 10, 3
LIFTED, STOCK, SWITCHBOARD = "ssh, limits lifted", "ssh, stock limits", "switchboard"
# Of each way to use ssh: which sshd, and which host of ssh_config.
SSH = {"ssh": ("sshd", "b"), "ssh curve25519": ("sshd", "curve"), "ssh aes128-gcm": ("sshd", "gcm"), LIFTED: ("sshd", "b"), STOCK: (STOCK, "b")}

Client = collections.namedtuple("Client", "server command env")


class Bench(Rig):
    grouped = True

    def set_up(self):
        self.big = random_file(self.dir / "big.bin", self.args.mib)
        if any(map(self.wanted, SSH)):
            self.start_sshd()
            self.start_sshd(STOCK, limits=())
        if self.wanted(SWITCHBOARD):
            if shutil.which("bwrap"):
                self.start_switchboard(built_program(), "--allow", "files,run")
                self.on_switchboard("put", "--quiet", self.big, "/big.bin")
            else:
                self.missing.append("bubblewrap (and so Switchboard)")
        self.tell_versions()

    def wanted(self, name):
        return not self.args.only or any(part in name for part in self.args.only)

    def tell_versions(self):
        said = lambda *command: subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.split("\n")[0]
        peers = [said("ssh", "-V")] if "sshd" in self.procs else []
        peers += [said(self.program, "version"), said("bwrap", "--version")] if SWITCHBOARD in self.procs else []
        print("; ".join([*peers, f"Linux {os.uname().release}", f"{os.cpu_count()} cores", f"load {os.getloadavg()[0]:.1f}"]))

    # ---------- the ways to a server ----------
    def clients(self, *names, port_of=lambda port: port):
        """Those of the names that are wanted and there: what a command's words are put behind."""
        found = {}
        for name in filter(self.wanted, names):
            server, host = SSH.get(name, (SWITCHBOARD, None))
            if server in self.procs:
                port = port_of(self.ports[server])
                found[name] = (Client(server, ["ssh", "-F", self.ssh_config(port), host], None) if host else
                               Client(server, [self.program, "run", "--profile", "bench", "--"], self.profile(port)))
        return found

    def profile(self, port):
        """The environment of a device that logged in once: its profile holds a token."""
        config = self.dir / f"config-{port}"
        env = self.environment() | {"XDG_CONFIG_HOME": str(config)}
        if not config.exists():
            subprocess.run([self.program, "login", f"127.0.0.1:{port}", "--user", "bench", "--as", "bench", "--password-stdin", "--fingerprint", self.fingerprint],
                           input=PASSWORD + "\n", env=env, text=True, stdout=subprocess.DEVNULL, check=True)
        return env

    def on_switchboard(self, *command):
        subprocess.run([self.program, *command], env=self.sb_env(self.ports[SWITCHBOARD]), check=True)

    @contextlib.contextmanager
    def master(self, client):
        """The same way to ssh over one connection that is held open."""
        path = self.dir / "master"
        shared = Client(client.server, [*client.command[:-1], "-S", path, client.command[-1]], None)
        held = self.start([*shared.command, "-M", "-N"])
        try:
            if not wait_for(path.exists):
                raise SystemExit(f"no ControlMaster: {self.complaint()}")
            yield shared
        finally:
            held.terminate()
            held.wait()

    @contextlib.contextmanager
    def library(self, count):
        """The client library with one open connection: a function that runs `true` so often and tells how long each took."""
        project = HOME / "bench" / "Switchboard.Bench"
        dotnet = shutil.which("dotnet") or os.path.join(os.environ["DOTNET_ROOT"], "dotnet")
        subprocess.run([dotnet, "build", project, "-c", "Release", "--nologo", "-v", "quiet", "--disable-build-servers"], check=True, stdout=sys.stderr)
        program = HOME / "artifacts" / "bin" / project.name / "release" / project.name
        port = self.ports[SWITCHBOARD]
        child = self.start([program, "warm-run", f"127.0.0.1:{port}", "bench", self.fingerprint, count],
                           env=self.sb_env(port), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def answer():
            with bounded(120):
                lines = [child.stdout.readline() for _ in range(count)]
            return [float(line) / 1e6 for line in lines] if all(lines) else sys.exit(f"warm-run ended: {self.complaint()}")

        def block():
            child.stdin.write("\n")
            child.stdin.flush()
            return answer()
        try:
            answer()                                               # it does not wait to be asked for the first block
            yield block
        finally:
            child.kill()
            child.communicate()

    def rounds(self, count, turns, sample):
        """One uncounted round, which warms caches and code, and then so many; who begins moves on."""
        got = {name: [] for name in turns}
        for r in range(count + 1):
            for name in rotated(turns, r):
                taken = sample(name, turns[name])
                print(f"  {name:34} {taken[0]:9.4f} s", file=sys.stderr)
                if r:
                    got[name].append(taken)
        return got

    # ---------- measures ----------
    def cold(self):
        self.latency("`true`, cold client, login included", self.args.runs, "ssh", self.clients("ssh", "ssh curve25519", SWITCHBOARD))

    def rtt(self):
        with relayed(self.args.rtt) as port_of:
            self.latency(f"`true`, cold client, {self.args.rtt:g} ms round trip", max(2, self.args.runs // 5), "ssh curve25519",
                         self.clients("ssh", "ssh curve25519", SWITCHBOARD, port_of=port_of))

    def latency(self, title, runs, base, clients):
        got = self.rounds(runs, clients, lambda _, c: self.run([*c.command, "true"], c.server, seconds=60, env=c.env))
        times(f"{title}, {runs} runs", {name: [s[0] for s in samples] for name, samples in got.items()}, base, {
            f"{side} CPU ms": {name: f"{1e3 * statistics.median(s[i] for s in samples):.1f}" for name, samples in got.items()}
            for i, side in ((1, "client"), (2, "server"))})

    def warm(self):
        count, blocks = self.args.runs, {}
        whole, start, rest = "ssh through a ControlMaster, its client's start included", "`ssh -V`: that start", "ssh less that start"
        each = lambda command: lambda: [self.run(command, seconds=60)[0] for _ in range(count)]
        with contextlib.ExitStack() as held:
            for client in self.clients("ssh").values():
                blocks[whole] = each([*held.enter_context(self.master(client)).command, "true"])
                blocks[start] = each(["ssh", "-V"])
            if SWITCHBOARD in self.procs:
                blocks["switchboard, client library"] = held.enter_context(self.library(count))
            got = {name: [] for name in blocks}
            for r in range(WARMING + BLOCKS):
                for name in rotated(blocks, r):
                    taken = blocks[name]()
                    print(f"  {name:56} {1e3 * statistics.median(taken):9.3f} ms", file=sys.stderr)
                    if r >= WARMING:
                        got[name] += taken
        if whole in got:
            got[rest] = [statistics.median(got[whole]) - statistics.median(got[start])]
        times(f"`true` over an open connection, {BLOCKS} blocks of {count} runs", got, rest)

    def at_once(self):
        count = self.args.at_once

        def sample(name, client):
            self.said.truncate(0)
            s0, t0, used = self.server_cpu(client.server), time.perf_counter(), 0.0
            children = [self.start([*client.command, "true"], env=client.env) for _ in range(count)]
            try:
                with bounded(300), contextlib.suppress(TimeoutError):
                    for child in children:
                        used += self.ended(child)
                wall = time.perf_counter() - t0
            finally:
                for child in children:
                    if child.returncode is None:
                        child.kill()
                        child.wait()
            time.sleep(1)
            return wall, used, self.server_cpu(client.server) - s0, sum(child.returncode != 0 for child in children), self.complaint().splitlines()
        clients = self.clients(LIFTED, STOCK, SWITCHBOARD)
        with contextlib.ExitStack() as held:
            if LIFTED in clients:
                clients["ssh through a ControlMaster, limits lifted"] = held.enter_context(self.master(clients[LIFTED]))
            got = self.rounds(self.args.rounds, clients, sample)
        speed = {name: 1 / statistics.median(s[0] for s in samples) for name, samples in got.items()}
        table(f"{count} x `true` at once", ("client", "s until all had ended min / median / max", f"ratio to {LIFTED}", "failed", "client CPU s", "server CPU s"),
              [(name, spread([s[0] for s in samples], 2), ratio(speed, name, LIFTED), f"{sum(s[3] for s in samples)} of {count * len(samples)}",
                *(f"{statistics.median(s[i] for s in samples):.2f}" for i in (1, 2))) for name, samples in got.items()])
        for name, samples in got.items():
            for line, often in collections.Counter(line for s in samples for line in s[4]).most_common(2):
                print(f"\n{name} said {often} times: {line}")

    def stdout(self):
        self.bulk("of stdout to a file", lambda far: ["cat", far], os.devnull, lambda arrived: same(self.big, arrived))

    def stdin(self):
        self.bulk("of stdin into `wc -c`", lambda _: ["wc", "-c"], self.big, lambda arrived: arrived.read_text().strip() == str(self.args.mib * MIB))

    def bulk(self, title, words, source, is_right):
        arrived = self.dir / "arrived"

        def sample(name, client):
            arrived.unlink(missing_ok=True)
            command = [*client.command, *words("big.bin" if name == SWITCHBOARD else self.big)]
            with open(source, "rb") as given, open(arrived, "wb") as taken:
                cost = self.run(command, client.server, env=client.env, stdin=given, stdout=taken)
            return cost if is_right(arrived) else sys.exit(f"{name}: something else arrived")
        got = self.rounds(self.args.rounds, self.clients("ssh aes128-gcm", "ssh", SWITCHBOARD), sample)
        rates(f"{self.args.mib} MiB {title}", got, self.args.mib * MIB / 1e6, "MB/s", "ssh aes128-gcm", per=self.args.mib / 1024, cost="CPU s/GiB")


def times(title, got, base, more=None):
    """Of seconds. The 99th percentile is by nearest rank: of less than 100 the greatest."""
    more = more or {}
    speed = {name: 1 / statistics.median(values) for name, values in got.items()}
    rows = []
    for name, values in got.items():
        p99 = f"{1e3 * sorted(values)[math.ceil(0.99 * len(values)) - 1]:.2f}" if len(values) > 1 else ""
        rows.append((name, f"{1e3 / speed[name]:.2f}", p99, ratio(speed, name, base), *(column[name] for column in more.values())))
    table(title, ("client", "ms median", "p99", f"ratio to {base}", *more), rows)


MEASURES = {
    "cold": Bench.cold,
    "warm": Bench.warm,
    "at-once": Bench.at_once,
    "stdout": Bench.stdout,
    "stdin": Bench.stdin,
    "rtt": Bench.rtt,
}


def main():
    a = arguments(__doc__, MEASURES)
    a.add_argument("--runs", type=int, default=50, help="of cold; the length of each block of warm; five times those of rtt")
    a.add_argument("--at-once", type=int, default=100, metavar="N")
    a.add_argument("--rtt", type=float, default=20, help="milliseconds")
    a.add_argument("--only", action="append", default=[], help="only clients whose name contains this (repeatable)")
    args = parsed(a, MEASURES)
    if os.geteuid():
        a.error("control groups need root")
    measure(Bench(args), MEASURES)


if __name__ == "__main__":
    main()
