#!/usr/bin/env python3
"""Moves one file over HTTPS with Switchboard's web door and with nginx, by the same client, in one run, and prints ratios.

    bench/web_side_by_side.py                    every measure, on tmpfs
    bench/web_side_by_side.py down --rounds 7    one of them
    bench/web_side_by_side.py small              small requests, with wrk

Everything runs on 127.0.0.1 with its own keys and configuration below --where, and is removed at the end. Needs python3, curl, openssl,
nginx with its dav module, and wrk. curl takes turns between the servers, each copy is compared with its source, and the figure is the
median. Up, ours is a tus upload: a POST, and a PATCH whose SHA-256 the server has when it answers; nginx takes a PUT and verifies nothing.
"""
import os, re, shutil, subprocess, sys, time
from rig import HOME, MIB, Rig, arguments, free_port, measure, parsed, random_file, rates, remove, rotated, same, table

NGINX = """
daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/nginx-error.log; user root;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nodelay on; client_max_body_size 0; client_body_buffer_size 256k; output_buffers 2 256k;
  client_body_temp_path {dir}/nginx-body; proxy_temp_path {dir}/nginx-proxy; fastcgi_temp_path {dir}/nginx-f; uwsgi_temp_path {dir}/nginx-u; scgi_temp_path {dir}/nginx-s;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {dir}/nginx.crt; ssl_certificate_key {dir}/nginx.key; ssl_protocols TLSv1.3; ssl_buffer_size 16k;
    root {dir}/www; dav_methods PUT DELETE; create_full_put_path on; autoindex on; autoindex_format json;
  }}
}}
"""


class Bench(Rig):
    def set_up(self):
        for name in ("source", "fetched", "www", "www/small"):
            (self.dir / name).mkdir()
        self.big = random_file(self.dir / "source" / "big.bin", self.args.mib)
        self.start_nginx()
        self.start_switchboard(os.environ.get("SWITCHBOARD_BIN") or HOME / "switchboard")
        self.urls = {"switchboard": f"https://127.0.0.1:{self.ports['switchboard']}/api/v1"}
        if "nginx" in self.procs:
            self.urls["nginx"] = f"https://127.0.0.1:{self.ports['nginx']}"
        self.auth = ["-H", f"Authorization: Bearer {self.token}"]

    def start_nginx(self):
        if not shutil.which("nginx"):
            return self.missing.append("nginx")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-keyout", self.dir / "nginx.key", "-out", self.dir / "nginx.crt"], check=True, capture_output=True)
        port = free_port()
        conf = self.dir / "nginx.conf"
        conf.write_text(NGINX.format(dir=self.dir, port=port))
        self.spawn("nginx", ["nginx", "-c", conf], port)

    def curl(self, *more):
        return ["curl", "-skf", *more]

    def down(self):
        shutil.copy(self.big, self.dir / "www" / "big.bin")
        subprocess.run(self.curl(*self.auth, "-T", self.big, self.urls["switchboard"] + "/files/big.bin", "-o", "/dev/null"), check=True)
        target, got = self.dir / "fetched" / "big.bin", {name: [] for name in self.urls}
        for r in range(self.args.rounds + 1):
            for name in rotated(self.urls, r):
                remove(target)
                path = "/files/big.bin" if name == "switchboard" else "/big.bin"
                sample = self.run(self.curl(*(self.auth if name == "switchboard" else []), "-o", target, self.urls[name] + path), name)
                self.keep(got, name, sample, r, same(self.big, target))
        rates(f"{self.args.mib} MiB from the server over HTTPS, by curl", got, self.args.mib * MIB / 1e6, "MB/s", "nginx", per=self.args.mib / 1024, cost="CPU s/GiB")

    def up(self):
        got = {name: [] for name in self.urls}
        for r in range(self.args.rounds + 1):
            for name in rotated(self.urls, r):
                target = self.home / "up.bin" if name == "switchboard" else self.dir / "www" / "up.bin"
                if name == "switchboard":
                    subprocess.run(self.curl(*self.auth, "-X", "DELETE", self.urls[name] + "/files/up.bin?forever"), capture_output=True)
                else:
                    remove(target)
                sample = self.run(["sh", "-c", self.put(name)], name)
                self.keep(got, name, sample, r, same(self.big, target))
        rates(f"{self.args.mib} MiB to the server over HTTPS, by curl: tus with us, PUT with nginx", got, self.args.mib * MIB / 1e6, "MB/s", "nginx", per=self.args.mib / 1024, cost="CPU s/GiB")

    def put(self, name):
        if name == "nginx":
            return f"curl -skf -T {self.big} {self.urls[name]}/up.bin"
        head = f"curl -skf -H 'Authorization: Bearer {self.token}' -H 'Tus-Resumable: 1.0.0'"
        length, address = self.big.stat().st_size, self.urls[name].removesuffix("/api/v1")
        return (f"at=$({head} -D - -o /dev/null -X POST -H 'Upload-Length: {length}' -H 'Upload-Metadata: path dXAuYmlu' {self.urls[name]}/tus | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p') && "
                f"{head} -X PATCH -H 'Upload-Offset: 0' -H 'Content-Type: application/offset+octet-stream' -T {self.big} {address}$at")

    def keep(self, got, name, sample, r, good):
        if not good:
            raise SystemExit(f"{name} made a different copy")
        if r:
            got[name].append(sample)
        print(f"  {name:12} {sample[0]:7.3f} s", file=sys.stderr)

    def small(self):
        """A folder of ten files, listed over and over by connections that stay open."""
        if not shutil.which("wrk"):
            return print("not installed, sitting out: wrk")
        for i in range(10):
            (self.dir / "www" / "small" / f"f{i}.txt").write_text("x" * 100)
            subprocess.run(self.curl(*self.auth, "-T", self.dir / "www" / "small" / f"f{i}.txt", f"{self.urls['switchboard']}/files/small/f{i}.txt?parents", "-o", "/dev/null"), check=True)
        rows = []
        for name in self.urls:
            url = self.urls[name] + ("/entries/small" if name == "switchboard" else "/small/")
            command = ["wrk", "-t1", f"-c{self.args.connections}", f"-d{self.args.seconds}s", "--latency", "-H", f"Authorization: Bearer {self.token}", url]
            subprocess.run([*command[:3], "-d2s", *command[4:]], capture_output=True, check=True)
            s0 = self.server_cpu(name)
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            cpu, count = self.server_cpu(name) - s0, int(re.search(r"(\d+) requests in", said).group(1))
            if "Non-2xx" in said:
                raise SystemExit(f"{name}: {said}")
            rows.append((name, f"{count / self.args.seconds:,.0f}", f"{1e6 * cpu / count:.0f}", re.search(r"50%\s+(\S+)", said).group(1), re.search(r"99%\s+(\S+)", said).group(1)))
        table(f"a folder of ten files listed, {self.args.connections} connections", ("server", "requests/s", "server CPU us each", "median", "99 %"), rows)


MEASURES = {"down": Bench.down, "up": Bench.up, "small": Bench.small}


def main():
    a = arguments(__doc__, MEASURES, rounds=5)
    a.add_argument("--connections", type=int, default=16)
    a.add_argument("--seconds", type=int, default=8)
    measure(Bench(parsed(a, MEASURES)), MEASURES)


if __name__ == "__main__":
    main()
