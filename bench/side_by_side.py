#!/usr/bin/env python3
"""Moves the same files with Switchboard and with the tools people use today, in one run, and prints ratios.

    bench/side_by_side.py                       every measure, on tmpfs
    bench/side_by_side.py up down --rounds 5    some of them
    bench/side_by_side.py up --where /var/tmp   on a disk instead

Everything runs on 127.0.0.1 with its own keys and configuration below --where, and is removed at the end. Needs python3, and for the
peers openssh-server, rsync, tar and netcat-openbsd; a peer that is not installed sits out and is named. Each tool takes its turn in each
round, every copy is compared with its source, and the figure is the median. Only ratios inside one table mean something.
"""
import getpass, os, random, re, shutil, subprocess, sys, time
from pathlib import Path
from rig import HOME, MIB, Relay, Rig, arguments, free_port, measure, parsed, random_file, rates, relayed, remove, rotated, same, table


class Bench(Rig):
    def set_up(self):
        for name in ("source", "stored", "fetched"):
            (self.dir / name).mkdir()
        self.make_sources()
        self.start_sshd()
        self.start_rsyncd()
        self.start_switchboard(os.environ.get("SWITCHBOARD_BIN") or HOME / "switchboard", max_connections_per_address=5000, max_users=5000)

    # ---------- what is moved ----------
    def make_sources(self):
        self.big = random_file(self.dir / "source" / "big.bin", self.args.mib)
        self.medium = random_file(self.dir / "source" / "medium.bin", min(256, self.args.mib))
        self.tree = self.make_tree("tree", 50, self.args.files // 50)
        self.few = self.make_tree("few", 5, 20)

    def make_tree(self, name, folders, each):
        top = self.dir / "source" / name
        for d in range(folders):
            (top / f"d{d:02}").mkdir(parents=True)
            for f in range(each):
                (top / f"d{d:02}" / f"f{f:03}.bin").write_bytes(os.urandom(4096))
        return top

    def start_rsyncd(self):
        if not shutil.which("rsync"):
            return self.missing.append("rsync")
        port = free_port()
        conf = self.dir / "rsyncd.conf"
        who = getpass.getuser()
        conf.write_text(f"use chroot = no\nuid = {who}\ngid = {who}\nlog file = /dev/null\n[w]\n path = {self.dir}\n read only = no\n")
        self.spawn("rsyncd", ["rsync", "--daemon", "--no-detach", f"--config={conf}", "--address=127.0.0.1", f"--port={port}"], port)

    # ---------- who competes ----------
    def tools(self, port_of=lambda port: port):
        """name -> (server, put file, get file, put tree, get tree); each a function of (local, name in the store)."""
        out = {}
        if "sshd" in self.procs:
            cfg = self.ssh_config(port_of(self.ports["sshd"]))
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
            url = f"rsync://127.0.0.1:{port_of(self.ports['rsyncd'])}/w/stored"
            out["rsync daemon (plain)"] = ("rsyncd", lambda l, r: ["rsync", l, f"{url}/{r}"], lambda l, r: ["rsync", f"{url}/{r}", l],
                                           lambda l, r: ["rsync", "-r", f"{l}/", f"{url}/{r}"], lambda l, r: ["rsync", "-r", f"{url}/{r}/", l])
        port_of(self.ports["switchboard"])
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
        env = self.sb_env(port_of(self.ports["switchboard"]))
        got = {n: [] for n in tools}
        if not up:
            for n in tools:
                self.place(n, source, rel, env)
        for r in range(rounds + 1):                                # the first round warms caches and code, and is not counted
            for n in rotated(tools, r):
                target = self.far(n, rel) if up else self.dir / "fetched" / rel
                remove(target)
                sample = self.run(tools[n][column](source if up else target, rel), tools[n][0], env=env if n == "switchboard" else None)
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
            subprocess.run([self.program, "put", "--quiet", source, f"/{rel}"], env=self.sb_env(self.ports["switchboard"]), check=True)
        elif not target.exists():
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)

    # ---------- measures ----------
    def bulk(self, which):
        got = self.copy(which, self.big, self.args.rounds)
        rates(f"{self.args.mib} MiB {'to' if which == 'put' else 'from'} the server", got, self.args.mib * MIB / 1e6, "MB/s",
              "scp aes128-gcm" if which == "put" else "sftp aes128-gcm", per=self.args.mib / 1024, cost="CPU s/GiB")

    def trees(self, which):
        count = self.args.files // 50 * 50
        got = self.copy(which, self.tree, self.args.rounds)
        rates(f"{count} files of 4 KiB {'to' if which == 'puttree' else 'from'} the server", got, count, "files/s", "tar | ssh")

    def rtt(self, which, source, amount, unit, base, title):
        with relayed(self.args.rtt) as through:
            got = self.copy(which, source, max(2, self.args.rounds - 1), through)
        rates(f"{title}, {self.args.rtt} ms round trip", got, amount, unit, base)

    def resume(self):
        """Kills the client at a random point of an upload, counts what the second attempt sends, and damages a kept byte every other round."""
        relay = Relay(self.ports["switchboard"], 0)
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
            rows.append((f"{kept / MIB:.0f}", f"{(relay.sent - before - (size - kept)) / MIB:.2f}", f"{took:.2f}", "damaged byte" if hurt else "clean",
                         "equal" if good else "DIFFERENT"))
        relay.close()
        table("resume of an upload after kill -9 of the client", ("kept MiB", "sent beyond the missing MiB", "s", "kept part", "result"), rows)

    def log_in(self):
        """A logged-in connection of the plain Python client, left open."""
        if not hasattr(self, "plain"):                             # its functions; below its last "def" the page runs a command
            self.plain = {}
            exec(re.split(r"^if __name__|^address", (HOME / "docs" / "client.py").read_text(), flags=re.M)[0], self.plain)
        line, certificate = self.plain["connect"]("127.0.0.1", self.ports["switchboard"], self.fingerprint)
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
    a = arguments(__doc__, MEASURES)
    a.add_argument("--files", type=int, default=5000)
    a.add_argument("--rtt", type=float, default=20, help="milliseconds")
    a.add_argument("--only", action="append", default=[], help="only peers whose name contains this (repeatable); switchboard always runs")
    measure(Bench(parsed(a, MEASURES)), MEASURES)


if __name__ == "__main__":
    main()
