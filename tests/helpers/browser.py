"""A browser without a screen, and what it makes of a page."""

import functools
import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

_PROGRAMS = ("chromium", "google-chrome", "chromium-browser")
_QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
# No name has an address: what the page asks of a network fails, and is among its resources.
_OFFLINE = ("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND")

_MEASURE = """<script>
addEventListener("load", () => {
  const box = selector => document.querySelector(selector).getBoundingClientRect();
  const measured = {
    width: innerWidth,
    scrolled: document.documentElement.scrollWidth,
    fetched: performance.getEntriesByType("resource").map(entry => entry.name),
    broken: [...document.images].filter(image => !image.naturalWidth).length,
    images: document.images.length,
    verdicts: [...document.querySelectorAll(".seal .badge")].map(badge => ({
      text: badge.innerText,
      visible: badge.checkVisibility() && badge.getBoundingClientRect().width > 0,
    })),
    claims: box("#claims").top,
    results: box("#results").top,
    wide: box("#results .scroll table").width,
    frame: box("#results .scroll").width,
  };
  parent.postMessage(JSON.stringify(measured), "*");
});
</script>"""

# No window of a browser is as narrow as a phone; a frame can be.
_FRAME = """<!DOCTYPE html><script>
addEventListener("message", event => { document.body.dataset.measured = event.data; });
</script><body><iframe src="measured.html" width="{width}" height="1600"></iframe></body>"""


@functools.cache
def program() -> str | None:
    """Return the browser that is installed."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def measured(page: Path, width: int, folder: Path) -> dict[str, Any]:
    """Open a page and return what a script found in it, once all of it was there.

    The page is opened without the policy that forbids it to run a script or to fetch a thing, so
    that it has to do without by itself.
    """
    text, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    assert count == 1
    copy = folder / "measured.html"
    copy.write_text(text.replace("</body>", f"{_MEASURE}</body>"))
    frame = folder / "frame.html"
    frame.write_text(_FRAME.replace("{width}", str(width)))
    dumped = _run(folder, width, "--dump-dom", "--virtual-time-budget=5000", frame.as_uri()).stdout
    found = re.search(r'data-measured="([^"]*)"', dumped)
    assert found, dumped[:500]
    result: dict[str, Any] = json.loads(unescape(found[1]))
    return result


def picture(page: Path, width: int, folder: Path) -> Path:
    """Return a picture of the upper part of a page."""
    path = folder / "picture.png"
    _run(folder, width, f"--screenshot={path}", page.as_uri())
    return path


def _run(folder: Path, width: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    found = program()
    assert found is not None
    own = (f"--user-data-dir={folder / 'profile'}", f"--window-size={width},1600")
    return subprocess.run(
        [found, *_QUIET, *_OFFLINE, *own, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
