"""One question to an HTTP server that may be slow, broken or hostile.

Tried again where that may help, redirected where that is allowed, and hung up on when too little
comes.
"""

import contextlib
import functools
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.util import Retry

from ecnet.errors import InputError, UnreachableError
from ecnet.fetch import redirects

_BLOCK = 1 << 16
_REDIRECTS = 5
_PASSING = (429, 500, 502, 503, 504)
"""What a server answers that may answer otherwise a little later."""
_MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for, in seconds.

    connect: for a connection. silence: between two bytes. grace: until the headers are there, and
    until `least`, in bytes a second, counts. tries: how often to ask. pause: before the second
    try; it doubles. longest: how long a pause a server may ask for.
    """

    connect: float = 10
    silence: float = 60
    grace: float = 60
    least: float = 10_000
    tries: int = 5
    pause: float = 1
    longest: float = 120

    def allowed(self, received: int) -> float:
        """Return the seconds in which so many bytes must have come."""
        return self.grace + received / self.least


PATIENCE = Patience()


class Answer:
    """What came back: status and headers, and a body that must keep coming."""

    def __init__(self, response: requests.Response, line: "_Line") -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response, self._line = response, line

    @property
    def length(self) -> int | None:
        """The length of the body in bytes, as the server states it; None if it does not."""
        stated = self.headers.get("Content-Length", "")
        return int(stated) if re.fullmatch(r"[0-9]{1,18}", stated) else None

    def blocks(self) -> Iterator[bytes]:
        """Yield the body as it comes, in the bytes of the file itself."""
        while block := self._response.raw.read1(_BLOCK, decode_content=False):
            self._line.received += len(block)
            yield block


@contextlib.contextmanager
def ask(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    accept: Collection[int] = (200,),
    patience: Patience = PATIENCE,
) -> Iterator[Answer]:
    """Yield the answer of a server, whose status is one of `accept`.

    Raises:
        UnreachableError: nothing comes, or not all, or too slowly, or the server is out of order.
        InputError: it answers something else, or sends us where we do not go.
    """
    written, sent = url, {"Accept-Encoding": "identity", **(headers or {})}
    for _ in range(_REDIRECTS + 1):
        with _tried(written, url, method, sent, patience) as answer:
            if answer.status not in _MOVED:
                _check(written, answer, accept, method)
                yield answer
                return
            url = redirects.target(written, url, answer.headers.get("Location", ""))
    raise InputError(f"{written}: redirects more than {_REDIRECTS} times")


@contextlib.contextmanager
def _tried(
    written: str, url: str, method: str, headers: Mapping[str, str], patience: Patience
) -> Iterator[Answer]:
    """Yield the answer of one address, asked again as long as that may help."""
    public, given = not redirects.is_trusted(written, url), False
    for attempt in range(patience.tries):
        last, wait = attempt == patience.tries - 1, ""
        try:
            with (
                _Line(written, patience) as line,
                _session(line, public=public) as session,
                _sent(session, url, method, headers, patience) as response,
            ):
                answer = Answer(response, line)
                if last or answer.status not in _PASSING:
                    given = True
                    yield answer
                    return
                wait = answer.headers.get("Retry-After", "")
        except UnreachableError:
            if last or given or line.late:
                raise
        time.sleep(max(patience.pause * 2**attempt, _asked_for(written, wait, patience)))


@contextlib.contextmanager
def _sent(
    session: requests.Session, url: str, method: str, headers: Mapping[str, str], wait: Patience
) -> Iterator[requests.Response]:
    timeout = (wait.connect, wait.silence)
    with session.request(
        method, url, headers=headers, stream=True, timeout=timeout, allow_redirects=False
    ) as response:
        yield response


def _check(written: str, answer: Answer, accept: Collection[int], method: str) -> None:
    """Stop if an answer is not what was asked for."""
    if answer.status not in accept:
        kind = UnreachableError if answer.status in _PASSING else InputError
        raise kind(f"{written}: cannot be read (its server answers {answer.status})")
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    # Some servers say of a packed file that it is packed: it is the file all the same.
    packed = urllib.parse.urlsplit(written).path.endswith(".gz") and coding in ("gzip", "x-gzip")
    if method == "GET" and coding not in ("", "identity") and not packed:
        raise InputError(
            f"{written}: cannot be read (its server sends it as {coding[:40]!r}, which nobody "
            "asked for)"
        )


def _asked_for(written: str, header: str, patience: Patience) -> float:
    """Return the seconds that a server asks us to wait, within reason; 0 if it does not."""
    try:
        asked = Retry(retry_after_max=10**9).parse_retry_after(header)
    except (InvalidHeader, ValueError, OverflowError):
        return 0
    if asked > patience.longest:
        raise UnreachableError(f"{written}: cannot be read (its server asks to wait {asked:.0f} s)")
    return asked


class _Line:
    """What is connected to a server; hangs up when too little comes.

    Turns what goes wrong on the way into the one error that a user is meant to read.
    """

    def __init__(self, written: str, patience: Patience) -> None:
        self.received, self.late = 0, False
        self._written, self._patience = written, patience
        self._sockets: list[socket.socket] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def add(self, connected: socket.socket) -> None:
        """Watch a socket too."""
        self._sockets.append(connected.dup())  # the connection wraps its own, for TLS

    def __enter__(self) -> "_Line":
        self._thread.start()
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._over.set()
        self._thread.join()
        for connected in self._sockets:
            connected.close()
        if isinstance(error, requests.RequestException | HTTPError):
            why = self._slow() if self.late else _why(error)
            raise UnreachableError(f"{self._written}: cannot be read ({why})") from error
        if error is None and self.late:
            raise UnreachableError(f"{self._written}: cannot be read ({self._slow()})")

    def _slow(self) -> str:
        if not self.received:
            return f"too slow: no answer in {self._patience.grace:g} s"
        return f"too slow: less than {self._patience.least:.0f} bytes a second"

    def _watch(self) -> None:
        start, tick = time.monotonic(), min(1, self._patience.grace / 4)
        while not self._over.wait(tick):
            if self.late or time.monotonic() - start > self._patience.allowed(self.received):
                self.late = True
                for connected in tuple(self._sockets):
                    with contextlib.suppress(OSError):  # it has ended by itself
                        connected.shutdown(socket.SHUT_RDWR)


def _why(error: BaseException) -> str:
    """Return in one line what went wrong at the bottom, without places in memory."""
    while error.args and isinstance(error.args[-1], Exception):
        error = getattr(error.args[-1], "reason", None) or error.args[-1]
    text = " ".join(str(error).split())
    return re.sub(r"^.*(object at 0x\w+>|port=\d+\)): ", "", text)[:300]


class _Connecting:
    """A connection that goes on the line, and to a public address if it must."""

    def __init__(self, *arguments: Any, line: _Line, public: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._line, self._public = line, public

    def _new_conn(self) -> socket.socket:
        host, port = self.host, self.port  # type: ignore[attr-defined]
        if self._public:
            with contextlib.suppress(OSError, UnicodeError):  # said when connecting
                redirects.refuse_private(host, redirects.resolved(host, port))
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]
        if self._public:  # a name may have had another address a moment ago
            redirects.refuse_private(host, [connected.getpeername()[0]])
        self._line.add(connected)
        return connected


class _Plain(_Connecting, HTTPConnection):
    pass


class _Secure(_Connecting, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    def __init__(self, line: _Line, *, public: bool) -> None:
        super().__init__(max_retries=0)
        self._line, self._public = line, public

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        """Return a pool whose connections go on the line; a proxy is what the user has set."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        kind = _Secure if pool.scheme == "https" else _Plain
        public = self._public and pool.proxy is None
        pool.ConnectionCls = functools.partial(kind, line=self._line, public=public)
        return pool


class _Session(requests.Session):
    def get_redirect_target(self, _: requests.Response) -> None:
        """Find no redirect: it is followed here, and else its body would be read to the end."""


def _session(line: _Line, *, public: bool) -> requests.Session:
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(line, public=public))
    return session
