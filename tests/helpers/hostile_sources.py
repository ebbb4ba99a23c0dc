"""Servers, lists of checksums and sizes that are made to break the fetching of files."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import misbehaving
from hostile import Case
from misbehaving import CONTENT, Handler, answers, length

from ecnet.errors import InputError
from ecnet.fetch import download, quota
from ecnet.fetch import listing as mirrored
from ecnet.fetch.http import Patience

_BRIEF = Patience(connect=1, silence=1, grace=1, least=10**6, tries=2, pause=0.01, longest=1)
_LIMITS = {"max_bytes": 10**6, "max_total_bytes": 10**6}
_DIGEST = "0" * 64


def fetching(way: Callable[[Handler], None], folder: Path) -> None:
    """Download from a server that behaves so; its port, which varies, is left out of the answer."""
    output = folder / "raw/nsl-kdd/file.csv"
    with misbehaving.serving() as server:
        try:
            download.download(
                server.way(way), output, lambda size: quota.check(size, output, _LIMITS), _BRIEF
            )
        except InputError as error:
            raise InputError(str(error).replace(f":{server.server_port}", "")) from error


def listing(line: bytes, folder: Path) -> None:
    """List a mirror whose list of checksums is this."""
    (folder / "mirror").mkdir()
    (folder / "mirror/SHA256SUMS").write_bytes(line)
    mirrored.read(str(folder / "mirror"))


def naming(mirror: str, _: Path) -> None:
    """List a mirror of this address."""
    mirrored.read(mirror)


def moved(to: str) -> Callable[[Handler], None]:
    """Return the way to redirect to an address."""
    return answers(302, ("Location", to), length(0))


_SERVERS: dict[str, Callable[[Handler], None]] = {
    "drips a byte at a time": misbehaving.drips,
    "drips its headers": misbehaving.drips_headers,
    "takes the question and says nothing": misbehaving.says_nothing,
    "promises more bytes than it sends": misbehaving.cut_off,
    "promises a petabyte": answers(200, length(10**15), body=CONTENT),
    "states two lengths": answers(200, length(900), length(7), body=CONTENT),
    "sends without end": misbehaving.pours,
    "has no such file": answers(404, length(0)),
    "is out of order": answers(500, length(0)),
    "asks to wait for a day": answers(429, ("Retry-After", "86400"), length(0)),
    "packs what nobody asked to be packed": answers(200, ("Content-Encoding", "gzip"), length(0)),
    "answers a part of the file": answers(206, length(5), body=b"hello"),
    "sends a header of ten megabytes": misbehaving.huge_header,
    "sends ten thousand headers": misbehaving.many_headers,
    "redirects in a circle": moved("file.csv"),
    "redirects to a file": moved("file:///etc/passwd"),
    "redirects to this machine": moved("http://localhost:22/"),
    "redirects to a cloud's metadata": moved("http://169.254.169.254/latest/meta-data"),
    "redirects to a private address in disguise": moved("http://[::ffff:10.0.0.1]/"),
}
_LISTS = {
    "a path that leads out": f"{_DIGEST}  nsl-kdd/../../.ssh/authorized_keys".encode(),
    "a path from the root": f"{_DIGEST}  /etc/passwd".encode(),
    "a name that clears the screen": f"{_DIGEST}  nsl-kdd/\x1b[2J".encode(),
    "a line of zeros": bytes(70),
    "bytes that are no UTF-8": b"\xff\xfe",
}
CASES = [
    *(Case("server", given, partial(fetching, way)) for given, way in _SERVERS.items()),
    *(Case("SHA256SUMS", given, partial(listing, line)) for given, line in _LISTS.items()),
    Case("mirror", "a password in its address", partial(naming, "http://me:secret@mirror.org/")),
    Case("mirror", "no folder", partial(naming, "/nowhere")),
]
