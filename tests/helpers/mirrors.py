"""A small mirror of one dataset, and a local HTTP server of it."""

import hashlib
import http.server
from pathlib import Path
from typing import Any

CHANGED = "Thu, 01 Jan 1970 00:00:00 GMT"
FILES = ("KDDTrain+_20Percent.txt", "KDDTest+.txt")


def write(mirror: Path, *names: str) -> None:
    folder = mirror / "nsl-kdd"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(f"content of {name}")


def state_sums(mirror: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(mirror)}\n"
        for path in sorted(mirror.glob("*/*"))
    ]
    (mirror / "SHA256SUMS").write_text("".join(lines))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and ranges of them, without logging."""

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer a range request with the rest of the file."""
        start = self.headers.get("Range", "").removeprefix("bytes=").rstrip("-")
        if not start:
            super().do_GET()
            return
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        content = content[int(start) :]
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def break_off(self) -> None:
        """State the length of the whole file and send its first word."""
        self.send_response(200)
        self.send_header("Content-Length", "23")
        self.send_header("Last-Modified", CHANGED)
        self.end_headers()
        self.wfile.write(b"content")
