"""HTTP requests to servers that may be slow, broken or hostile.

A request is retried after temporary errors, follows redirects that are allowed, and is aborted when
the server is too slow.
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
_TEMPORARY = (429, 500, 502, 503, 504)
"""Statuses of temporary errors, after which a request is retried."""
_MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class RetryPolicy:
    """Timeouts and retries; all times in seconds.

    connect: timeout for a connection. read: timeout between two bytes. grace: time until the
    headers must have arrived and `min_rate` applies. min_rate: bytes per second. attempts: the
    number of requests. backoff: the pause before the second attempt; it doubles for each further
    one. max_wait: the longest pause that a server may ask for.
    """

    connect: float = 10
    read: float = 60
    grace: float = 60
    min_rate: float = 10_000
    attempts: int = 5
    backoff: float = 1
    max_wait: float = 120

    def deadline(self, received: int) -> float:
        """Return the time within which `received` bytes must have arrived."""
        return self.grace + received / self.min_rate


DEFAULT_POLICY = RetryPolicy()


class Response:
    """The status, headers and body of a response."""

    def __init__(self, response: requests.Response, watchdog: "_Watchdog") -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response, self._watchdog = response, watchdog

    @property
    def length(self) -> int | None:
        """The Content-Length in bytes; None if the server states none."""
        stated = self.headers.get("Content-Length", "")
        return int(stated) if re.fullmatch(r"[0-9]{1,18}", stated) else None

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes of the body, without decoding a Content-Encoding."""
        while block := self._response.raw.read1(_BLOCK, decode_content=False):
            self._watchdog.received += len(block)
            yield block


@contextlib.contextmanager
def request(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    accept: Collection[int] = (200,),
    policy: RetryPolicy = DEFAULT_POLICY,
) -> Iterator[Response]:
    """Yield the response of a server, whose status is one of `accept`.

    Raises:
        UnreachableError: there is no response, it is incomplete or too slow, or the server has a
            temporary error.
        InputError: the response has another status or an unexpected encoding, or a redirect is not
            allowed.
    """
    written, sent = url, {"Accept-Encoding": "identity", **(headers or {})}
    for _ in range(_REDIRECTS + 1):
        with _retried(written, url, method, sent, policy) as response:
            if response.status not in _MOVED:
                _check(written, response, accept, method)
                yield response
                return
            url = redirects.target(written, url, response.headers.get("Location", ""))
    raise InputError(f"{written}: redirects more than {_REDIRECTS} times")


@contextlib.contextmanager
def _retried(
    written: str, url: str, method: str, headers: Mapping[str, str], policy: RetryPolicy
) -> Iterator[Response]:
    """Yield the response of one address, after retries if necessary."""
    public, yielded = not redirects.is_trusted(written, url), False
    for attempt in range(policy.attempts):
        last, wait = attempt == policy.attempts - 1, ""
        try:
            with (
                _Watchdog(written, policy) as watchdog,
                _session(watchdog, public=public) as session,
                _send(session, url, method, headers, policy) as raw,
            ):
                response = Response(raw, watchdog)
                if last or response.status not in _TEMPORARY:
                    yielded = True
                    yield response
                    return
                wait = response.headers.get("Retry-After", "")
        except UnreachableError:
            if last or yielded or watchdog.late:
                raise
        time.sleep(max(policy.backoff * 2**attempt, _retry_after(written, wait, policy)))


@contextlib.contextmanager
def _send(
    session: requests.Session,
    url: str,
    method: str,
    headers: Mapping[str, str],
    policy: RetryPolicy,
) -> Iterator[requests.Response]:
    timeout = (policy.connect, policy.read)
    with session.request(
        method, url, headers=headers, stream=True, timeout=timeout, allow_redirects=False
    ) as response:
        yield response


def _check(written: str, response: Response, accept: Collection[int], method: str) -> None:
    """Check the status and the Content-Encoding of a response."""
    if response.status not in accept:
        kind = UnreachableError if response.status in _TEMPORARY else InputError
        raise kind(f"{written}: cannot be fetched (the server answers {response.status})")
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    # Some servers state this encoding for a .gz file, although the body is the file itself.
    gzipped = urllib.parse.urlsplit(written).path.endswith(".gz") and coding in ("gzip", "x-gzip")
    if method == "GET" and coding not in ("", "identity") and not gzipped:
        raise InputError(
            f"{written}: cannot be fetched (the server encodes it as {coding[:40]!r}, which was "
            "not requested)"
        )


def _retry_after(written: str, header: str, policy: RetryPolicy) -> float:
    """Return the seconds that a server asks to wait; 0 if it states none."""
    try:
        asked = Retry(retry_after_max=10**9).parse_retry_after(header)
    except (InvalidHeader, ValueError, OverflowError):
        return 0
    if asked > policy.max_wait:
        raise UnreachableError(
            f"{written}: cannot be fetched (the server asks to wait {asked:.0f} s)"
        )
    return asked


class _Watchdog:
    """Closes the connections to a server that is too slow, and turns errors into one-line messages.

    late: whether it has closed them. received: bytes of the body so far.
    """

    def __init__(self, written: str, policy: RetryPolicy) -> None:
        self.received, self.late = 0, False
        self._written, self._policy = written, policy
        self._sockets: list[socket.socket] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def add(self, connected: socket.socket) -> None:
        """Watch a socket."""
        self._sockets.append(connected.dup())  # a TLS connection wraps the original

    def __enter__(self) -> "_Watchdog":
        self._thread.start()
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._over.set()
        self._thread.join()
        for connected in self._sockets:
            connected.close()
        if isinstance(error, requests.RequestException | HTTPError):
            why = self._slow() if self.late else _why(error)
            raise UnreachableError(f"{self._written}: cannot be fetched ({why})") from error
        if error is None and self.late:
            raise UnreachableError(f"{self._written}: cannot be fetched ({self._slow()})")

    def _slow(self) -> str:
        if not self.received:
            return f"too slow: no answer in {self._policy.grace:g} s"
        return f"too slow: less than {self._policy.min_rate:.0f} bytes per second"

    def _watch(self) -> None:
        start, tick = time.monotonic(), min(1, self._policy.grace / 4)
        while not self._over.wait(tick):
            if self.late or time.monotonic() - start > self._policy.deadline(self.received):
                self.late = True
                for connected in tuple(self._sockets):
                    with contextlib.suppress(OSError):  # it is closed already
                        connected.shutdown(socket.SHUT_RDWR)


def _why(error: BaseException) -> str:
    """Return the innermost cause of an error in one line, without object addresses."""
    while error.args and isinstance(error.args[-1], Exception):
        error = getattr(error.args[-1], "reason", None) or error.args[-1]
    text = " ".join(str(error).split())
    return re.sub(r"^.*(object at 0x\w+>|port=\d+\)): ", "", text)[:300]


class _Connection:
    """A watched connection; with `public`, only to public addresses."""

    def __init__(self, *arguments: Any, watchdog: _Watchdog, public: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._watchdog, self._public = watchdog, public

    def _new_conn(self) -> socket.socket:
        host, port = self.host, self.port  # type: ignore[attr-defined]
        if self._public:
            with contextlib.suppress(OSError, UnicodeError):  # connecting raises it again
                redirects.refuse_private(host, redirects.resolved(host, port))
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]
        if self._public:  # the address of a name may have changed since it was resolved
            redirects.refuse_private(host, [connected.getpeername()[0]])
        self._watchdog.add(connected)
        return connected


class _Plain(_Connection, HTTPConnection):
    pass


class _Secure(_Connection, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    def __init__(self, watchdog: _Watchdog, *, public: bool) -> None:
        super().__init__(max_retries=0)
        self._watchdog, self._public = watchdog, public

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        """Return a pool of watched connections. A proxy may be private: the user has chosen it."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        kind = _Secure if pool.scheme == "https" else _Plain
        public = self._public and pool.proxy is None
        pool.ConnectionCls = functools.partial(kind, watchdog=self._watchdog, public=public)
        return pool


class _Session(requests.Session):
    def get_redirect_target(self, _: requests.Response) -> None:
        """Return None: `request` follows redirects, without reading their bodies."""


def _session(watchdog: _Watchdog, *, public: bool) -> requests.Session:
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(watchdog, public=public))
    return session
