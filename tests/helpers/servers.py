"""Servers on loopback that hold a remote of DVC, and a wire to them that can be cut."""

import contextlib
import math
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LIMIT = 30
"""Seconds that a server may take to start."""


def sshd() -> str | None:
    """Return the path of the SSH server, or None; it runs by its full path alone."""
    return shutil.which("sshd", path=f"/usr/sbin:{os.environ['PATH']}")


@contextlib.contextmanager
def s3(folder: Path) -> Iterator[int]:
    """Serve an S3 that forgets everything when it ends; yield its port."""
    log = folder / "s3.log"
    command = [os.environ["ECNET_MOTO_SERVER"], "-H", LOOPBACK, "-p", "0"]
    with _running(command, log, lambda: _announced(log)) as port:
        yield port


@contextlib.contextmanager
def ssh(folder: Path) -> Iterator[tuple[int, Path]]:
    """Serve the files of this machine by SFTP; yield the port and the key that opens it."""
    host, key = folder / "host_key", folder / "key"
    for path in (host, key):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
        subprocess.run(command, check=True)
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress {LOOPBACK}\n"
        f"Port {port}\n"
        f"HostKey {host}\n"
        f"PidFile {folder / 'sshd.pid'}\n"
        f"AuthorizedKeysFile {key}.pub\n"
        "PasswordAuthentication no\n"
        "PermitRootLogin prohibit-password\n"
        "StrictModes no\n"
        "UsePAM no\n"
        "Subsystem sftp internal-sftp\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = [str(sshd()), "-D", "-e", "-f", str(config)]
    with _running(command, folder / "sshd.log", lambda: _answering(port)):
        yield port, key


@contextlib.contextmanager
def _running(command: list[str], log: Path, port: Callable[[], int | None]) -> Iterator[int]:
    """Run a server; yield its port once there is one."""
    with log.open("wb") as shown, subprocess.Popen(command, stdout=shown, stderr=shown) as server:
        try:
            until = time.monotonic() + _LIMIT
            while (found := port()) is None:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, f"{command[0]} does not answer: {log.read_text()}"
                time.sleep(0.02)
            yield found
        finally:
            server.terminate()


def _announced(log: Path) -> int | None:
    found = re.search(rf"Running on http://{LOOPBACK}:(\d+)", log.read_text())
    return int(found[1]) if found else None


def _answering(port: int) -> int | None:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port)):
        return port
    return None


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as taken:
        return taken.getsockname()[1]


@contextlib.contextmanager
def wire(server: int) -> Iterator["Wire"]:
    """Yield a wire to a server's port."""
    made = Wire(server)
    try:
        yield made
    finally:
        made.close()


class Wire:
    """Passes bytes to a server and back, until it is cut; then it closes what calls."""

    def __init__(self, server: int) -> None:
        self.server = server
        self.left = math.inf
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, size: int) -> None:
        """Cut once so many bytes have passed, in both directions together."""
        self.left = size

    def mend(self) -> None:
        """Let everything pass again."""
        self.left = math.inf

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((LOOPBACK, self.server))
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while (data := source.recv(4096)) and self._spent(len(data)):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _spent(self, size: int) -> bool:
        self.left -= size
        return self.left >= 0
