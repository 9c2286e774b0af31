"""What the comparisons share: the folder and the servers of a run, what a command costs, and Markdown tables."""
import argparse, contextlib, filecmp, getpass, os, queue, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, threading, time
from pathlib import Path

MIB, GIB = 1 << 20, 1 << 30
HOME = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
PASSWORD = "a password for the benchmark"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_for(true, seconds=10):
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def built_program():
    """The program itself, built where it has to be, without its launcher; SWITCHBOARD_BIN names another one."""
    if named := os.environ.get("SWITCHBOARD_BIN"):
        return Path(named)
    answer = subprocess.run([HOME / "switchboard"], env=os.environ | {"SWITCHBOARD_LAUNCHER": "path"}, stdout=subprocess.PIPE, text=True, check=True)
    program = Path(answer.stdout.strip())
    os.environ.setdefault("DOTNET_ROOT", (program.parent / "dotnet-root").read_text().strip())
    return program


@contextlib.contextmanager
def bounded(seconds):
    """Breaks whatever the main thread waits for with a TimeoutError. (A wait with a timeout of its own polls, and so rounds the time up.)"""
    def ring(*_):
        raise TimeoutError(f"not done after {seconds} s")
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


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


@contextlib.contextmanager
def relayed(rtt):
    """Gives the function from a server's port to that of a relay to it, `rtt` milliseconds of round trip away."""
    relays = {}

    def port_of(port):
        if port not in relays:
            relays[port] = Relay(port, rtt / 1000)
        return relays[port].port
    try:
        yield port_of
    finally:
        for relay in relays.values():
            relay.close()


class Group:
    """A control group, so that the CPU time of children that already ended counts and none outlives the run (v1 and v2).

    Also a unit of the scheduler, which then shares the machine out between groups, unless `scheduled` is off and the kernel can tell the two apart.
    """

    def __init__(self, name, favoured=False, scheduled=True):
        folder = f"switchboard-bench-{os.getpid()}-{re.sub('[^a-z]+', '-', name)}"
        kinds = ("cpuacct", "cpu") if scheduled else ("cpuacct",)
        bases = [Path("/sys/fs/cgroup", kind) for kind in kinds if os.path.exists(f"/sys/fs/cgroup/{kind}/cgroup.procs")] or [Path("/sys/fs/cgroup")]
        self.paths = list(dict.fromkeys((base / folder).resolve() for base in bases))
        self.path = self.paths[0]
        for path in self.paths:
            path.mkdir()
            for weight, most in (("cpu.shares", "262144"), ("cpu.weight", "10000")):
                if favoured and (path / weight).exists():
                    (path / weight).write_text(most)

    def command(self, command):
        enter = "".join(f"echo $$ > {path}/cgroup.procs; " for path in self.paths)
        return ["sh", "-c", enter + 'exec "$@"', "sh", *map(str, command)]

    def cpu(self):
        if (v1 := self.path / "cpuacct.usage").exists():
            return int(v1.read_text()) / 1e9
        return int(re.search(r"usage_usec (\d+)", (self.path / "cpu.stat").read_text()).group(1)) / 1e6

    def pids(self):
        return [int(p) for p in (self.path / "cgroup.procs").read_text().split()]

    def end(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            for _ in range(40):
                if not (pids := self.pids()):
                    break
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, how)
                time.sleep(0.05)
        for path in self.paths:
            with contextlib.suppress(OSError):
                path.rmdir()


class Rig:
    """A folder of its own, servers on 127.0.0.1 with their keys and settings in it, and the clients' ways to them."""

    grouped = False                                                # servers in control groups: needs root

    def __init__(self, args):
        self.args = args
        self.dir = Path(tempfile.mkdtemp(prefix="switchboard-bench-", dir=args.where))
        self.dir.chmod(0o755)
        self.procs, self.ports, self.groups, self.missing = {}, {}, {}, []
        self.said = open(self.dir / "clients.log", "a+b", buffering=0)

    # ---------- servers ----------
    def spawn(self, name, command, port=None, **more):
        """Starts a server, and waits until it listens; without a port for the line in which it says that it is ready."""
        if self.grouped:
            self.groups[name] = Group(name, scheduled=False)
            command = self.groups[name].command(command)
        log = self.dir / f"{re.sub('[^a-z]+', '-', name)}.log"
        with open(log, "wb") as f:
            p = self.procs[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=f if port else subprocess.PIPE, stderr=f, **more)
        self.ports[name] = port
        ready = wait_for(lambda: listening(port) or p.poll() is not None) and p.poll() is None if port else p.stdout.readline().decode()
        return ready or sys.exit(f"{name} did not start: {log.read_text(errors='replace')[-500:]}")

    def make_keys(self):
        keys = self.dir / "keys"
        if not keys.exists():
            keys.mkdir()
            for name in ("host", "user"):
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / name], check=True)
            kind, key = (keys / "host.pub").read_text().split()[:2]
            (keys / "known_hosts").write_text(f"bench {kind} {key}\n")
        return keys

    def start_sshd(self, name="sshd", limits=("MaxStartups 1000", "MaxSessions 1000")):
        sshd = shutil.which("sshd") or "/usr/sbin/sshd"
        absent = [package for package, there in (("openssh-server", os.path.exists(sshd)), ("openssh-client", shutil.which("ssh"))) if not there]
        if absent:
            return self.missing.extend(p for p in absent if p not in self.missing)
        keys, port = self.make_keys(), free_port()
        # In sshd's favour: no PAM, no DNS, no files of the account to read, and here no limits on starts.
        config = self.dir / f"sshd_config_{port}"
        config.write_text("\n".join([
            f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {keys}/host", "PidFile none", f"AuthorizedKeysFile {keys}/user.pub",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "StrictModes no", "UsePAM no",
            "UseDNS no", "PermitUserRC no", f"SetEnv HOME={self.dir}", *limits, "Subsystem sftp internal-sftp", ""]))
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.spawn(name, [sshd, "-D", "-e", "-f", config], port)

    def ssh_config(self, port):
        path = self.dir / f"ssh_config_{port}"
        path.write_text("\n".join([
            "Host *", " HostName 127.0.0.1", f" Port {port}", f" User {getpass.getuser()}", f" IdentityFile {self.dir}/keys/user", " IdentitiesOnly yes",
            " IdentityAgent none", f" UserKnownHostsFile {self.dir}/keys/known_hosts", " GlobalKnownHostsFile none", " StrictHostKeyChecking yes",
            " HostKeyAlias bench", " BatchMode yes", " LogLevel ERROR", "Host gcm", " Ciphers aes128-gcm@openssh.com",
            "Host curve", " KexAlgorithms curve25519-sha256", ""]))
        return path

    def start_switchboard(self, program, *account, **settings):
        """With an account `bench` and a device token of it. `account` are flags of "account add"; a setting's name has _ for -."""
        self.program, self.data = program, self.dir / "data"
        ready = self.spawn("switchboard", [program, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--ftp", "off"],
                           env=self.environment() | {f"SWITCHBOARD_{name.upper()}": str(value) for name, value in settings.items()})
        self.ports["switchboard"] = int(re.search(r"native=\S+:(\d+)", ready).group(1))
        self.fingerprint = re.search(r"fingerprint=(\S+)", ready).group(1)
        self.admin("account", "add", "bench", "--password-stdin", *account, stdin=PASSWORD + "\n")
        self.token = re.search(r"sbt_\S+", self.admin("token", "add", "bench")).group(0)
        self.home = self.data / "homes" / "bench"

    def admin(self, *command, stdin=None):
        return subprocess.run([self.program, *command, "--data", self.data], env=self.environment(), input=stdin, capture_output=True, text=True, check=True).stdout

    def environment(self):
        """Nothing of the caller's own Switchboard: neither settings nor profiles."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
        return own | {"XDG_CONFIG_HOME": str(self.dir / "config"), "LANG": "C"}

    def sb_env(self, port):
        return self.environment() | {"SWITCHBOARD_SERVER": f"127.0.0.1:{port}", "SWITCHBOARD_USER": "bench", "SWITCHBOARD_TOKEN": self.token,
                                     "SWITCHBOARD_FINGERPRINT": self.fingerprint}

    # ---------- clients and what they cost ----------
    def server_cpu(self, name):
        """CPU of a server: of all its processes with a control group, else of itself and of those children that have ended and been waited for."""
        if name in self.groups:
            return self.groups[name].cpu()
        if name not in self.procs:
            return 0.0
        fields = Path(f"/proc/{self.procs[name].pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(x) for x in fields[11:15]) / TICK

    def start(self, command, **more):
        return subprocess.Popen([str(c) for c in command], **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": self.said} | more)

    def ended(self, child):
        """CPU of a child with its own children, once it has ended. A wait without a timeout returns at once."""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime

    def run(self, command, server=None, seconds=600, **more):
        """Wall time, CPU of the client with its children, CPU of the server."""
        self.said.truncate(0)
        s0 = self.server_cpu(server)
        t0 = time.perf_counter()
        child = self.start(command, **more)
        try:
            with bounded(seconds):
                client = self.ended(child)
        finally:
            if child.returncode is None:
                child.kill()
                child.wait()
        wall = time.perf_counter() - t0
        if child.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {child.returncode}: {self.complaint()[-300:]}")
        if server:
            time.sleep(0.15)                                       # for what it does behind the client's back
        return wall, client, self.server_cpu(server) - s0

    def complaint(self):
        self.said.seek(0)
        return self.said.read().decode(errors="replace").strip()

    def close(self):
        for p in self.procs.values():
            p.terminate()
        for p in self.procs.values():
            try:
                p.wait(15)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        for group in self.groups.values():
            group.end()
        if self.args.keep:
            print(f"kept: {self.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


# ---------- what is moved ----------
def random_file(path, mib):
    with open(path, "wb") as f:
        for _ in range(mib):
            f.write(os.urandom(MIB))
    return path


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def same(a, b):
    if a.is_file():
        return b.is_file() and filecmp.cmp(a, b, shallow=False)
    return subprocess.run(["diff", "-rq", a, b], stdout=subprocess.DEVNULL).returncode == 0


def rotated(turns, r):
    """One place later each round."""
    turns = list(turns)
    at = r % max(1, len(turns))
    return turns[at:] + turns[:at]


# ---------- tables ----------
def spread(values, digits=0):
    return " / ".join(f"{v:,.{digits}f}" for v in (min(values), statistics.median(values), max(values)))


def ratio(figures, name, base):
    return f"{figures[name] / figures[base]:.2f}x" if base in figures else ""


def table(title, head, rows):
    line = lambda cells: "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
    print(f"\n### {title}\n", line(head), "|" + "---|" * len(head), *map(line, rows), sep="\n")
    sys.stdout.flush()


def rates(title, got, amount, unit, base, per=1.0, cost="CPU s"):
    """Of samples as Rig.run returns them; CPU is divided by `per`, and `cost` tells what it then is."""
    rows, middle = [], {name: amount / statistics.median(s[0] for s in samples) for name, samples in got.items()}
    for name, samples in got.items():
        client, server = (statistics.median(s[i] for s in samples) / per for i in (1, 2))
        rows.append((name, spread([amount / s[0] for s in samples]), ratio(middle, name, base), f"{client:.2f}", f"{server:.2f}", f"{client + server:.2f}"))
    table(title, ("tool", f"{unit} min / median / max", f"ratio to {base}", f"client {cost}", f"server {cost}", "both"), rows)


# ---------- the command line ----------
def arguments(doc, measures, rounds=3):
    a = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(measures))
    a.add_argument("--rounds", type=int, default=rounds)
    a.add_argument("--where", default="/dev/shm", help="a folder on the file system to measure (default: tmpfs)")
    a.add_argument("--mib", type=int, default=1024, help="size of the big file")
    a.add_argument("--keep", action="store_true", help="do not remove the working folder")
    return a


def parsed(a, measures):
    args = a.parse_args()
    for m in args.measures:
        if m not in measures:
            a.error(f"no measure '{m}'")
    return args


def measure(bench, measures):
    """Starts the servers, runs what was asked for, and leaves nothing behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        bench.set_up()
        if bench.missing:
            print("not installed, sitting out: " + ", ".join(bench.missing))
        for m in bench.args.measures or measures:
            measures[m](bench)
    finally:
        bench.close()
