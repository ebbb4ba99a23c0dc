"""Servers, lists of checksums and sizes that are made to break fetching."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import misbehaving
from hostile import Case
from misbehaving import CONTENT, Handler, answers, length

from ecnet.errors import InputError
from ecnet.fetch import download, quota
from ecnet.fetch import listing as mirrored
from ecnet.fetch.http import DEFAULT_POLICY, RetryPolicy

_BRIEF = RetryPolicy(connect=1, read=1, grace=1, attempts=2, backoff=0.01, max_wait=1)
_LIMITS = {"max_bytes": 10**6, "max_total_bytes": 10**6}
_DIGEST = "0" * 64


def fetching(way: Callable[[Handler], None], folder: Path) -> None:
    """Download from a server that behaves in this way, without waiting for the real timeout.

    The message gets the real timeout, and loses the port, which varies.
    """
    output = folder / "raw/nsl-kdd/file.csv"
    with misbehaving.serving() as server:
        try:
            download.download(
                server.way(way), output, lambda size: quota.check(size, output, _LIMITS), _BRIEF
            )
        except InputError as error:
            message = str(error).replace(f":{server.server_port}", "")
            real = message.replace(f"in {_BRIEF.grace:g} s", f"in {DEFAULT_POLICY.grace:g} s")
            raise InputError(real) from error


def listing(line: bytes, folder: Path) -> None:
    """List a mirror with this line in SHA256SUMS."""
    (folder / "mirror").mkdir()
    (folder / "mirror/SHA256SUMS").write_bytes(line)
    mirrored.read(str(folder / "mirror"))


def naming(mirror: str, _: Path) -> None:
    """List the mirror at this address."""
    mirrored.read(mirror)


def moved(to: str) -> Callable[[Handler], None]:
    """Return the way to redirect to an address."""
    return answers(302, ("Location", to), length(0))


_SERVERS: dict[str, Callable[[Handler], None]] = {
    "sends one byte at a time": misbehaving.drips,
    "sends its headers one byte at a time": misbehaving.drips_headers,
    "accepts the request and sends nothing": misbehaving.says_nothing,
    "states more bytes than it sends": misbehaving.cut_off,
    "states a petabyte, with data.max_bytes: 1000000": answers(200, length(10**15), body=CONTENT),
    "states two lengths": answers(200, length(900), length(7), body=CONTENT),
    "sends endless bytes, with data.max_bytes: 1000000": misbehaving.pours,
    "does not have the file": answers(404, length(0)),
    "has an internal error": answers(500, length(0)),
    "asks to wait for a day": answers(429, ("Retry-After", "86400"), length(0)),
    "uses an encoding that was not requested": answers(
        200, ("Content-Encoding", "gzip"), length(0)
    ),
    "sends a range that was not requested": answers(206, length(5), body=b"hello"),
    "sends a header of ten megabytes": misbehaving.huge_header,
    "sends ten thousand headers": misbehaving.many_headers,
    "redirects in a circle": moved("file.csv"),
    "redirects to a file": moved("file:///etc/passwd"),
    "redirects to this machine": moved("http://localhost:22/"),
    "redirects to the metadata of a cloud": moved("http://169.254.169.254/latest/meta-data"),
    "redirects to a private address in disguise": moved("http://[::ffff:10.0.0.1]/"),
}
_LISTS = {
    "a path out of the mirror": f"{_DIGEST}  nsl-kdd/../../.ssh/authorized_keys".encode(),
    "an absolute path": f"{_DIGEST}  /etc/passwd".encode(),
    "a name that clears the screen": f"{_DIGEST}  nsl-kdd/\x1b[2J".encode(),
    "a line of zeros": bytes(70),
    "bytes that are not UTF-8": b"\xff\xfe",
}
CASES = [
    *(Case("server", given, partial(fetching, way)) for given, way in _SERVERS.items()),
    *(Case("SHA256SUMS", given, partial(listing, line)) for given, line in _LISTS.items()),
    Case("mirror", "a password in its address", partial(naming, "http://me:secret@mirror.org/")),
    Case("mirror", "a folder that does not exist", partial(naming, "/nowhere")),
]
