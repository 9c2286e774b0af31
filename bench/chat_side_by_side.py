#!/usr/bin/env python3
"""Rooms beside redis pub/sub, nats-server, ngircd and inspircd: what a million deliveries of 100 bytes cost the server, each server fresh, all in one run.

    apt-get install redis-server nats-server ngircd inspircd
    bench/chat_side_by_side.py [-r ROUNDS] [-s SCENARIO;…] [-p PEER,…]

Members only listen; one publisher (or ten) keeps 256 messages on their way. Everything that slows a flood down is off: flood limits, DNS, ident.
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
LOAD = rig.HOME / "artifacts/bin/Switchboard.Bench/release/Switchboard.Bench"


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


def measure(peer, work, scenario):
    port = rig.free_port()
    if peer.startswith("switchboard"):
        Switchboard.wants_rooms = scenario.get("rooms", 1) > 1
        server = Switchboard(work, port)
        process, protocol = server.process, peer
        extra = [f"user=ann", f"token={server.token}", f"fingerprint={server.fingerprint}"]
    else:
        command, protocol = globals()[peer](work, port)
        process, extra = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work), []
    try:
        if not rig.wait_for(lambda: rig.listening(port)):
            raise RuntimeError(f"{peer} did not start")
        words = [f"{key}={value}" for key, value in scenario.items()]
        done = subprocess.run([LOAD, "chat-load", f"protocol={protocol}", f"port={port}", f"server={process.pid}", *words, *extra], stdout=subprocess.PIPE, text=True, timeout=240)
        return json.loads(done.stdout)
    finally:
        process.terminate()
        process.wait(20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-r", "--rounds", type=int, default=3)
    parser.add_argument("-s", "--scenarios", default=";".join(SCENARIOS))
    parser.add_argument("-p", "--peers", default=",".join(PEERS))
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = {}
    names = given.scenarios.split(";")
    for name in names:
        for turn in range(given.rounds):
            peers = given.peers.split(",")
            for peer in peers[turn % len(peers):] + peers[:turn % len(peers)]:
                with tempfile.TemporaryDirectory(prefix="chat", dir=os.environ.get("BENCH_DIR")) as folder:
                    os.chmod(folder, 0o755)
                    try:
                        figures = measure(peer, Path(folder), SCENARIOS[name])
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
