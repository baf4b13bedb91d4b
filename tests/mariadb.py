"""A private MariaDB server for one test or bench run: own directory, socket only, gone at the end."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pymysql

INSTALL = "apt-get install -y --no-install-recommends mariadb-server"
BINARIES = ("/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/local/libexec/mariadbd")


def binary() -> str | None:
    """The server's program, if it is installed."""
    return shutil.which("mariadbd") or next((path for path in BINARIES if Path(path).exists()), None)


@contextmanager
def private_server(*, buffer_pool_mb: int = 256) -> Iterator[str]:
    """Run a server with durable settings; gives the URL of its address, to which a database's name is added.

    :raises RuntimeError: the server does not come up
    """
    home = Path(tempfile.mkdtemp(prefix="olltv-mariadb-"))
    user = ["--user=root"] if os.geteuid() == 0 else []
    (home / "tmp").mkdir()
    # A server that starts deletes temporary tables from its directory for them: each has one of its own.
    common = ["--no-defaults", f"--datadir={home / 'data'}", f"--tmpdir={home / 'tmp'}", *user]
    install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    options = ["--skip-networking", f"--socket={home / 'sock'}", f"--innodb-buffer-pool-size={buffer_pool_mb}M"]
    options += ["--innodb-log-file-size=256M", "--max-connections=400", f"--pid-file={home / 'pid'}"]
    server = subprocess.Popen([binary() or "mariadbd", *common, *options], stderr=(home / "log").open("w"))
    try:
        _wait(str(home / "sock"), server, home / "log")
        yield f"mysql+pymysql://root@localhost/{{name}}?unix_socket={quote(str(home / 'sock'))}"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _wait(socket: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            pymysql.connect(unix_socket=socket, user="root").close()
        except pymysql.err.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"MariaDB did not start: {log.read_text()[-2000:]}")


def create_database(url: str, name: str) -> str:
    """Make an empty database on the server of `url`; gives its full URL."""
    socket = url.rpartition("unix_socket=")[2].replace("%2F", "/")
    with pymysql.connect(unix_socket=socket, user="root") as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
    return url.format(name=name)
