#!/usr/bin/env python3
"""Rooms beside redis pub/sub, nats-server, ngircd and inspircd: what a million deliveries of 100 bytes cost the server, each server fresh, all in one run.

    apt-get install gcc libssl-dev redis-server nats-server ngircd inspircd
    bench/chat_side_by_side.py [-r ROUNDS] [-s SCENARIO;…] [-p PEER,…]

Members only listen; a publisher keeps 256 messages on their way to the average member (ten publishers 64 for each room). Everything that slows a
flood down is off: flood limits, DNS, ident. Counted is for 3 s, after 4 s of the same load: a .NET server compiles what is hot in its first seconds.

The load is bench/chat/load.c; that over UDP is `Switchboard.Bench chat-load` (dotnet build -c release bench/Switchboard.Bench).
IDLE is the number of idle members (9,000), BENCH_DIR where the servers keep what they keep, SWITCHBOARD_BIN another build.
"""
import argparse, json, os, resource, statistics, subprocess, tempfile
from pathlib import Path
import rig

SCENARIOS = {
    "one room of 10": dict(members=10),
    "one room of 100": dict(members=100),
    "one room of 1,000": dict(members=1000),
    "1,000 in 100 rooms, 10 publishers": dict(members=1000, rooms=100, publishers=10, window=64),
    "slow reader among 100": dict(members=100, mode="slow", milliseconds=10000),
    "idle members": dict(members=int(os.environ.get("IDLE", "9000")), rooms=1, mode="idle"),
}
PEERS = ["redis", "nats", "ngircd", "inspircd", "switchboard", "switchboard-tls", "switchboard-udp"]
WARM, COUNTED = 4000, 3000
NGIRCD_AT_ONCE = 8                                                 # its backlog is 10; whoever does not fit into it comes a second later
OVER_UDP = rig.HOME / "artifacts/bin/Switchboard.Bench/release/Switchboard.Bench"


def redis(work, port):
    return ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxclients", "15000", "--tcp-backlog", "4096", "--dir", str(work)], "redis"


def nats(work, port):
    return ["nats-server", "-a", "127.0.0.1", "-p", str(port)], "nats"


def ngircd(work, port):
    conf = work / "ngircd.conf"
    conf.write_text(f"[Global]\nName = bench.example\nInfo = bench\nListen = 127.0.0.1\nPorts = {port}\nServerUID = root\nServerGID = root\n"
                    "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 3600\n[Options]\nDNS = no\nIdent = no\nPAM = no\nDefaultUserModes =\n")
    return ["ngircd", "-n", "-f", str(conf)], "irc"


def inspircd(work, port):
    conf = work / "inspircd.conf"
    conf.write_text(f"""<server name="bench.example" description="bench" network="bench"><admin name="a" nick="a" email="a@b.example">
<bind address="127.0.0.1" port="{port}" type="clients"><power diepass="x" restartpass="x">
<connect allow="*" timeout="60" pingfreq="3600" hardsendq="64M" softsendq="64M" recvq="64M" threshold="1000000" commandrate="1000000000" fakelag="no" localmax="20000" globalmax="20000" limit="20000" resolvehostnames="no" useident="no" maxchans="1000">
<performance netbuffersize="10240" somaxconn="4096" softlimit="20000" clonesonconnect="no" quietbursts="yes"><security runasuser="" runasgroup="">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{work}/inspircd.log"><dns server="127.0.0.1" timeout="1">
""")
    return ["inspircd", "--nofork", "--runasroot", f"--config={conf}"], "irc"


class Switchboard:
    """A server with history on, one account, and nothing that slows down."""

    def __init__(self, work, port):
        program = rig.built_program()
        data, settings = work / "data", work / "conf"
        settings.write_text("chat.rate = 10000000\nchat.burst = 10000000\nmax-connections = 20000\nmax-connections-per-address = 20000\ninsecure = yes\nfind = no\n")
        self.log = open(work / "log", "wb")
        self.process = subprocess.Popen(
            [program, "serve", "--data", data, "--listen", f"127.0.0.1:{port}", "--udp", f"127.0.0.1:{port}", "--ftp", "off", "--config", settings],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        ready = self.process.stdout.readline()
        self.fingerprint = ready.split("fingerprint=")[1].strip()
        run = lambda *line, **more: subprocess.run([program, *line, "--data", data], check=True, text=True, stdout=subprocess.PIPE, **more).stdout.strip()
        run("account", "add", "ann", "--allow", "chat,admin", "--password-stdin", input=rig.PASSWORD + "\n")
        self.token = run("token", "add", "ann")
        environment = os.environ | {"SWITCHBOARD_SERVER": f"127.0.0.1:{port}", "SWITCHBOARD_USER": "ann", "SWITCHBOARD_TOKEN": self.token, "SWITCHBOARD_FINGERPRINT": self.fingerprint}
        for room in range(100):
            subprocess.run([program, "room", "add", f"room{room}"], env=environment, check=True, stdout=subprocess.DEVNULL) if self.wants_rooms else None

    wants_rooms = False


def why_not(peer, scenario):
    """What a peer, or the load there is for it, cannot do."""
    if peer == "switchboard-udp" and scenario.get("mode") == "slow":
        return "the load over UDP knows no slow reader"
    if peer == "switchboard-udp" and scenario["members"] > 256:
        return "one account has at most 256 sessions over UDP"
    if peer == "ngircd" and scenario["members"] > 1000:
        return "with 9,000 in one room it is not done introducing them to each other after four minutes"


def compiled(folder):
    load = Path(folder) / "load"
    source = rig.HOME / "bench/chat"
    subprocess.run(["gcc", "-O2", "-o", load, source / "load.c", source / "login.c", "-lssl", "-lcrypto"], check=True)
    return load


def measure(load, peer, work, scenario):
    port, extra = rig.free_port(), {}
    if peer.startswith("switchboard"):
        Switchboard.wants_rooms = scenario.get("rooms", 1) > 1
        server = Switchboard(work, port)
        process, protocol = server.process, peer
        extra = dict(user="ann", token=server.token, fingerprint=server.fingerprint)
    else:
        command, protocol = globals()[peer](work, port)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)
    if peer == "ngircd":
        extra = dict(at=NGIRCD_AT_ONCE)
    try:
        if not rig.wait_for(lambda: rig.listening(port)):
            raise RuntimeError(f"{peer} did not start")
        keys = dict(protocol=protocol, port=port, server=process.pid, warm=WARM, milliseconds=COUNTED) | scenario | extra
        command = [OVER_UDP, "chat-load"] if peer == "switchboard-udp" else [load]
        done = subprocess.run([*command, *(f"{key}={value}" for key, value in keys.items())], capture_output=True, text=True, timeout=240)
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-500:])
        return json.loads(done.stdout)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-r", "--rounds", type=int, default=3)
    parser.add_argument("-s", "--scenarios", default=";".join(SCENARIOS))
    parser.add_argument("-p", "--peers", default=",".join(PEERS))
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = {}
    built = tempfile.TemporaryDirectory(prefix="chat-load")
    load = compiled(built.name)
    names = given.scenarios.split(";")
    for name in names:
        for turn in range(given.rounds):
            peers = given.peers.split(",")
            for peer in rig.rotated(peers, turn):
                if why := why_not(peer, SCENARIOS[name]):
                    print(f"# {name}, {peer}: sits out, {why}", flush=True)
                    continue
                with tempfile.TemporaryDirectory(prefix="chat", dir=os.environ.get("BENCH_DIR")) as folder:
                    os.chmod(folder, 0o755)
                    try:
                        figures = measure(load, peer, Path(folder), SCENARIOS[name])
                    except Exception as e:
                        print(f"# {name}, {peer}: {e}", flush=True)
                        continue
                print(f"# {name}, {peer}: {figures}", flush=True)
                for key, value in figures.items():
                    rows.setdefault((name, peer), {}).setdefault(key, []).append(value)
    for (name, peer), figures in rows.items():
        print(f"{name:36} {peer:18}", "  ".join(f"{key} {statistics.median(values):g}" for key, values in figures.items()))


if __name__ == "__main__":
    main()
