"""How each FTP server of the comparison is started: in the foreground, on 127.0.0.1, for one user with a known password and home.

All offer TLS without insisting on it, check the password cheaply, log nothing, and have their limits on sessions and their deliberate
delays off, so that what is measured is the server. A function returns the command, or None when the server is not installed.
"""
import os, shutil, subprocess, sys

ROOT = os.environ.get("FTP_PEERS", "")


def program(name):
    """From the folder of unpacked packages, else from the system."""
    for folder in ("usr/sbin", "usr/bin"):
        if ROOT and os.access(f"{ROOT}/{folder}/{name}", os.X_OK):
            return f"{ROOT}/{folder}/{name}"
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


def settings(path, pairs, join="="):
    path.write_text("".join(f"{key}{join}{value}\n" for key, value in pairs.items()))
    return path


def vsftpd(w, port):
    """It knows the system's users only: so it sees an /etc of its own, in a mount namespace of its own."""
    if not (binary := program("vsftpd")):
        return None
    etc = w.dir / "vsftpd-etc"
    (etc / "pam.d").mkdir(parents=True)
    (w.dir / "vsftpd-empty").mkdir()
    for name in ("ld.so.cache", "localtime"):
        if os.path.exists(f"/etc/{name}"):
            shutil.copy(f"/etc/{name}", etc / name)
    (etc / "passwd").write_text(f"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n{w.user}:x:{w.uid}:{w.uid}::{w.home}:/bin/sh\n")
    (etc / "group").write_text(f"root:x:0:\nnogroup:x:65534:\n{w.user}:x:{w.uid}:\n")
    (etc / "shadow").write_text(f"{w.user}:{w.crypted}:20000::::::\n")
    (etc / "shadow").chmod(0o600)
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    (etc / "pam.d" / "ftp").write_text("auth required pam_unix.so\naccount required pam_permit.so\n")
    conf = settings(w.dir / "vsftpd.conf", {
        "listen": "YES", "listen_address": "127.0.0.1", "listen_port": port, "background": "NO", "anonymous_enable": "NO", "local_enable": "YES",
        "write_enable": "YES", "chroot_local_user": "YES", "allow_writeable_chroot": "YES", "pam_service_name": "ftp",
        "secure_chroot_dir": w.dir / "vsftpd-empty", "max_clients": 0, "max_per_ip": 0, "xferlog_enable": "NO", "delay_failed_login": 0,
        "ssl_enable": "YES", "force_local_data_ssl": "NO", "force_local_logins_ssl": "NO", "require_ssl_reuse": "NO", "ssl_ciphers": "HIGH",
        "rsa_cert_file": w.pem, "rsa_private_key_file": w.pem})
    return ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc && exec "$2" "$3"', "sh", etc, binary, conf]


def pure_ftpd(w, port):
    binary, database = program("pure-ftpd"), program("pure-pw")
    if not binary or not database:
        return None
    users = w.dir / "pure-ftpd.passwd"
    users.write_text(f"{w.user}:{w.crypted}:{w.uid}:{w.uid}::{w.home}/./::::::::::::\n")
    users.chmod(0o600)
    subprocess.run([database, "mkdb", w.dir / "pure-ftpd.pdb", "-f", users], check=True)
    return [binary, "-4", "-S", f"127.0.0.1,{port}", "-l", f"puredb:{w.dir}/pure-ftpd.pdb", "-f", "none", "-g", w.dir / "pure-ftpd.pid",
            "-E", "-A", "-H", "-u", "1", "-c", "9000", "-C", "9000", "-I", "60", "-L", "20000:9", "-Y", "1", "-2", w.pem]


def proftpd(w, port):
    if not (binary := program("proftpd")):
        return None
    users = w.dir / "proftpd.passwd"
    users.write_text(f"{w.user}:{w.crypted}:{w.uid}:{w.uid}::{w.home}:/bin/sh\n")
    users.chmod(0o600)
    modules = f"{ROOT}/usr/lib/proftpd" if binary.startswith(ROOT or "\0") else "/usr/lib/proftpd"
    conf = settings(w.dir / "proftpd.conf", {
        "ServerType": "standalone", "DefaultAddress": "127.0.0.1", "SocketBindTight": "on", "UseIPv6": "off", "Port": port, "User": "nobody", "Group": "nogroup",
        "ModulePath": modules, "LoadModule": "mod_tls.c", "PidFile": w.dir / "proftpd.pid", "ScoreboardFile": w.dir / "proftpd.score", "ControlsEngine": "off",
        "DelayEngine": "off", "AuthOrder": "mod_auth_file.c", "AuthUserFile": users, "RequireValidShell": "off", "UseFtpUsers": "off", "UseReverseDNS": "off",
        "DefaultRoot": "~", "AllowOverwrite": "on", "MaxInstances": "none", "TimeoutIdle": 3600, "TimeoutNoTransfer": 3600, "TransferLog": "none",
        "SystemLog": "none", "WtmpLog": "off", "TLSEngine": "on", "TLSRequired": "off", "TLSLog": "none", "TLSRSACertificateFile": w.pem,
        "TLSRSACertificateKeyFile": w.key, "TLSOptions": "NoSessionReuseRequired"}, join=" ")
    return [binary, "--nodaemon", "--quiet", "--config", conf]


PYFTPDLIB = """
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer
port, home, user, password, pem = sys.argv[1:]
config_logging(level=40)
TLS_FTPHandler.authorizer = DummyAuthorizer()
TLS_FTPHandler.authorizer.add_user(user, password, home, perm="elradfmwMT")
TLS_FTPHandler.certfile = pem
TLS_FTPHandler.timeout = 3600
FTPServer.max_cons = FTPServer.max_cons_per_ip = 0
FTPServer(("127.0.0.1", int(port)), TLS_FTPHandler).serve_forever(handle_exit=False)
"""


def pyftpdlib(w, port):
    python = next((p for p in ("/usr/bin/python3", sys.executable) if os.path.exists(p) and not subprocess.run(
        [p, "-W", "ignore", "-c", "import pyftpdlib.servers, OpenSSL"], stderr=subprocess.DEVNULL).returncode), None)
    if not python:
        return None
    return ["setpriv", f"--reuid={w.uid}", f"--regid={w.uid}", "--clear-groups", python, "-W", "ignore", "-c", PYFTPDLIB, port, w.home, w.user, w.password, w.pem]


PEERS = {"vsftpd": vsftpd, "pure-ftpd": pure_ftpd, "proftpd": proftpd, "pyftpdlib": pyftpdlib}

# The others start a process or two for each session: thousands of them say nothing that hundreds do not.
ONE_PROCESS = {"pyftpdlib"}
