"""A local HTTP server that misbehaves on purpose, differently for each path."""

import contextlib
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

CONTENT = b"content of a file, " * 50
ETAG = '"first"'
_DRIP = 0.05


class Handler(http.server.BaseHTTPRequestHandler):
    """Does what the server's `ways` say for a path, and records the request."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Misbehave."""
        self.close_connection = True
        self.server.asked.append((self.path, self.headers.get("Range")))
        with contextlib.suppress(OSError):  # the client hangs up, as it should
            self.server.ways[self.path](self)

    def do_HEAD(self) -> None:
        """Misbehave in the same way."""
        self.do_GET()

    def answer(self, status: int = 200, *headers: tuple[str, str], body: bytes = b"") -> None:
        """Send a status, headers and a body, as they are."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def rest(self) -> int | None:
        """Return the first byte of the requested range; None without a range."""
        asked = self.headers.get("Range", "")
        return int(asked.removeprefix("bytes=").rstrip("-")) if asked else None


class Server(http.server.ThreadingHTTPServer):
    """ways: path -> what to do there. asked: the requested paths and ranges."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ways: dict[str, Callable[[Handler], None]] = {}
        self.asked: list[tuple[str, str | None]] = []

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.server_port}{path}"

    def way(self, does: Callable[[Handler], None]) -> str:
        """Return an address that misbehaves in this way."""
        path = f"/{len(self.ways)}/file.csv"
        self.ways[path] = does
        return self.url(path)


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Yield a running server."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def answers(status: int, *headers: tuple[str, str], body: bytes = b"") -> Callable[[Handler], None]:
    """Return the way to always answer with a status, headers and a body."""
    return lambda handler: handler.answer(status, *headers, body=body)


def length(size: int) -> tuple[str, str]:
    """Return the header Content-Length."""
    return "Content-Length", str(size)


def well(handler: Handler) -> None:
    """Serve the content, or the requested rest of it."""
    start = handler.rest()
    if start is None or handler.headers.get("If-Range", ETAG) != ETAG:
        handler.answer(200, length(len(CONTENT)), ("ETag", ETAG), body=CONTENT)
        return
    size = len(CONTENT)
    place = ("Content-Range", f"bytes {start}-{size - 1}/{size}")
    handler.answer(206, length(size - start), place, ("ETag", ETAG), body=CONTENT[start:])


def first_then(
    first: Callable[[Handler], None], then: Callable[[Handler], None]
) -> Callable[[Handler], None]:
    """Return the way to do one thing for the first request, and another for all later ones."""
    left = [first]
    return lambda handler: (left.pop() if left else then)(handler)


def cut_off(handler: Handler) -> None:
    """Promise the whole content, and send its first bytes."""
    handler.answer(200, length(len(CONTENT)), ("ETag", ETAG), body=CONTENT[:100])


def drips(handler: Handler) -> None:
    """Send one byte at a time, forever."""
    handler.answer(200, length(10**6))
    _forever(handler, b"x", _DRIP)


def drips_headers(handler: Handler) -> None:
    """Send headers one byte at a time, forever."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _forever(handler, b"x", _DRIP)


def drips_chunk_sizes(handler: Handler) -> None:
    """Send the size of a chunk one digit at a time, forever."""
    handler.answer(200, ("Transfer-Encoding", "chunked"))
    _forever(handler, b"0", _DRIP)


def says_nothing(handler: Handler) -> None:
    """Accept the request, and never answer."""
    handler.connection.recv(1)


def pours(handler: Handler) -> None:
    """Send endless bytes, fast, without a Content-Length."""
    handler.answer(200)
    _forever(handler, b"x" * (1 << 20), 0)


def huge_header(handler: Handler) -> None:
    """Send a header of ten megabytes."""
    handler.answer(200, ("X-Long", "x" * 10**7), length(0))


def many_headers(handler: Handler) -> None:
    """Send ten thousand headers."""
    handler.answer(200, *((f"X-{number}", "x") for number in range(10_000)), length(0))


def _forever(handler: Handler, block: bytes, pause: float) -> None:
    while True:
        handler.wfile.write(block)
        time.sleep(pause)
