"""Sends a tree with Python's ftplib and fetches it again: ftplib_tree.py HOST PORT plain|CERTIFICATE passive|active USER PASSWORD TREE BACK FOLDER"""
import ftplib
import os
import ssl
import sys

host, port, certificate, way, user, password, tree, back, target = sys.argv[1:]


def connect():
    if certificate == "plain":
        ftp = ftplib.FTP(timeout=60)
    else:
        # The server's own certificate is the only one trusted, and the address has to be in it.
        ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=certificate), timeout=60)
    ftp.connect(host, int(port))
    ftp.login(user, password)
    if certificate != "plain":
        ftp.prot_p()
    ftp.set_pasv(way == "passive")
    return ftp


def send(ftp, folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            ftp.mkd(name)
            ftp.cwd(name)
            send(ftp, path)
            ftp.cwd("..")
        else:
            with open(path, "rb") as source:
                ftp.storbinary("STOR " + name, source)
            if ftp.size(name) != os.path.getsize(path):
                sys.exit(f"SIZE of {name!r} is {ftp.size(name)}")


def fetch(ftp, folder):
    os.mkdir(folder)
    for name, facts in list(ftp.mlsd(facts=["type", "size"])):
        path = os.path.join(folder, name)
        if facts["type"] == "dir":
            ftp.cwd(name)
            fetch(ftp, path)
            ftp.cwd("..")
        elif facts["type"] == "file":
            with open(path, "wb") as copy:
                ftp.retrbinary("RETR " + name, copy.write)
                if copy.tell() != int(facts["size"]):
                    sys.exit(f"{name!r} is listed with {facts['size']} bytes and came with {copy.tell()}")


with connect() as session:
    session.mkd("/" + target)
    session.cwd("/" + target)
    send(session, tree)
    fetch(session, back)
    listed = {line.rsplit("/", 1)[-1] for line in session.nlst()}
    missing = set(os.listdir(tree)) - listed
    if missing:
        sys.exit(f"NLST lacks {sorted(missing)}")
    session.rename("empty.bin", "renamed 名.bin")
    session.sendcmd("MDTM renamed 名.bin")
    session.delete("renamed 名.bin")
