"""The examples of a page of the documentation, run as a reader would.

A comment above each block says what is done with it:

    <!-- run -->                what follows `$ ` is typed; the lines below it are what it prints
    <!-- write: PATH -->        the block is the content of a file
    <!-- not run: REASON -->    nothing
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from projects import Project

_FENCED = re.compile(
    r"(?:^<!-- (?P<do>[^:\n]+?)(?:: (?P<what>[^\n]+))? -->\n)?"
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A block of a page. do: `run`, `write`, `not run` or nothing; what: the text after it."""

    do: str
    what: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order."""
    found = _FENCED.finditer(page.read_text(encoding="utf-8"))
    return [Block(match["do"] or "", match["what"] or "", match["text"]) for match in found]


def follow(page: Path, project: Project) -> None:
    """Do in a project what a page says; what a command prints must be what the page shows."""
    for block in blocks(page):
        if block.do == "write":
            path = project.folder / block.what
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        if block.do == "run":
            for command, shown in commands(block.text):
                printed = project.done("bash", "-euo", "pipefail", "-c", command)
                assert prints(printed, shown), f"{page.name}: {command}\n{printed}"


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console, with the lines that it shows below."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        first, *lines = part.splitlines()
        more = [line for line in lines if line.startswith("> ")]
        command = "\n".join([first, *(line.removeprefix("> ") for line in more)])
        yield command, lines[len(more) :]


def prints(printed: str, shown: list[str]) -> bool:
    """Return whether the lines shown are printed, in their order; `...` stands for any others."""
    rest = iter(printed.splitlines())
    return all(line == "..." or line in rest for line in shown)
