"""A browser without a screen, driven over a pipe by the Chrome DevTools Protocol."""

import base64
import contextlib
import functools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PROGRAMS = ("chromium", "google-chrome", "chromium-browser")
_QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
# No name has an address: what the page asks of a network fails, and is among its requests.
_OFFLINE = ("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND")


@functools.cache
def program() -> str | None:
    """Return the browser that is installed."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


@contextlib.contextmanager
def opened(page: Path, folder: Path) -> Iterator["Tab"]:
    """Open a page in a browser of its own, whose profile is in `folder`; it ends with its pipe."""
    found = program()
    assert found is not None
    reads, ours = os.pipe()
    theirs, writes = os.pipe()
    # A browser reads commands from descriptor 3 and writes answers to 4.
    shell = ["bash", "-c", f'exec "$@" 3<&{reads} 4>&{writes}', "bash", found]
    own = (f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe", "about:blank")
    with (
        subprocess.Popen(
            [*shell, *_QUIET, *_OFFLINE, *own], pass_fds=(reads, writes), stderr=subprocess.DEVNULL
        ),
        os.fdopen(ours, "wb", buffering=0) as commands,
        os.fdopen(theirs, "rb") as answers,
    ):
        os.close(reads)
        os.close(writes)
        tab = Tab(commands, answers)
        tab.open(page)
        yield tab


class Tab:
    """A tab of a browser. requests: what its page asked for. errors: what its scripts threw."""

    def __init__(self, commands: Any, answers: Any) -> None:
        self._commands, self._answers = commands, answers
        self._read, self._last, self._session = b"", 0, ""
        self.requests: list[str] = []
        self.errors: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; what happens meanwhile is noted."""
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        own = {"sessionId": self._session} if self._session else {}
        self._commands.write(json.dumps(command | own).encode() + b"\0")
        while (message := self._message()).get("id") != self._last:
            pass
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    def open(self, page: Path) -> None:
        """Open a page and wait until all of it is there."""
        self.call("Page.navigate", url=page.as_uri())
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            some = self._answers.read1()
            assert some, "the browser ended"
            self._read += some
        text, _, self._read = self._read.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        held = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(held["request"]["url"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(held["exceptionDetails"]))
        if message.get("method") == "Log.entryAdded" and held["entry"]["level"] == "error":
            self.errors.append(held["entry"]["text"])
        return message

    def run(self, expression: str) -> Any:
        """Return the value of an expression in JavaScript; of a promise, what it becomes."""
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def faults(self) -> tuple[list[list[str]], set[str]]:
        """Return the faults that axe-core finds, as rule and element, and the rules that hold."""
        self.run(Path(os.environ["ECNET_AXE"]).read_text(encoding="utf-8") + "; true")
        faults, passed = self.run(
            "axe.run().then(({ violations, passes }) => [violations.flatMap(one =>"
            " one.nodes.map(node => [one.id, node.html])), passes.map(one => one.id)])"
        )
        return faults, {*passed}

    def show(self, width: int, *, scheme: str = "light", height: int = 1600) -> None:
        """Show the page at a width, in pixels, to a reader who prefers a scheme of colours."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        preferred = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media="", features=[preferred])

    def press(self, key: str) -> None:
        """Press a key, by its name."""
        code = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowRight": 39}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for event in ("keyDown", "keyUp"):
            own = {"type": event, "key": key, "code": key, "windowsVirtualKeyCode": code}
            self.call("Input.dispatchKeyEvent", **own, **(text if event == "keyDown" else {}))

    def point(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path: Path) -> Path:
        """Write what is in sight as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))
        return path

    def printed(self, path: Path) -> Path:
        """Write the page as it is printed, as PDF."""
        content = self.call("Page.printToPDF", preferCSSPageSize=True)["data"]
        path.write_bytes(base64.b64decode(content))
        return path
