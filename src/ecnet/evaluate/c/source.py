"""Values as C source: literals, names, constant arrays, and the templates that hold them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, FileSystemLoader, StrictUndefined

Numbers = npt.NDArray[Any]

_TYPES = {"float32": "float", "float64": "double"}
_WIDTH = 100
_RESERVED = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while asm bool true false NULL NAN INFINITY
class delete export friend namespace new operator private protected public template this using
"""
"""What no field may be called in C, and some of what none may be called in C++."""


@dataclass(frozen=True)
class Table:
    """A constant array of C. values: of any shape, written row after row."""

    name: str
    values: Numbers
    comment: str = ""

    @property
    def type(self) -> str:
        """The type of an element."""
        name = self.values.dtype.name
        return _TYPES.get(name, f"{name}_t")

    @property
    def scales(self) -> Numbers:
        """What a row of `quantised` is multiplied by, (rows,) float32."""
        scales: Numbers = (np.abs(self.values).max(axis=1, initial=0) / 127).astype(np.float32)
        return scales

    @property
    def quantised(self) -> Numbers:
        """A matrix by whole numbers from -127 to 127, int8; its largest in a row is 127 or -127."""
        steps = np.where(self.scales > 0, self.scales, 1)[:, None]
        return np.rint(self.values / steps).clip(-127, 127).astype(np.int8)


@dataclass(frozen=True)
class Reads:
    """What a model reads of a record.

    numbers, categories: places in the fitted encoder. cuts: None if the numbers are scaled; for a
    model of trees, by the place of a number, the thresholds of its scaled values, ascending and
    distinct: the model reads how many a number exceeds.
    precise: whether numbers are scaled in double before they are rounded to float.
    """

    numbers: Sequence[int] = ()
    categories: Sequence[int] = ()
    cuts: Mapping[int, Numbers] | None = None
    precise: bool = False


@dataclass(frozen=True)
class Part:
    """The C of a family.

    template: of model.c, in templates/families. arrays: constant numbers. matrices: constant
    float32 matrices, which --weights int8 quantises. values: what else the template prints.
    """

    template: str
    reads: Reads
    arrays: Sequence[Table] = ()
    matrices: Sequence[Table] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""


def environment() -> Environment:
    """Return what reads the templates of this package."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # noqa: S701 - C, whose strings and comments have filters of their own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {
        "comment": comment,
        "initialiser": initialiser,
        "markdown": markdown,
        "string_literal": string,
    }
    return found


def comment(text: str) -> str:
    """Return text that cannot end a comment of C, in ASCII."""
    return re.sub(r"[^ -~]", "?", text).replace("*/", "* /").replace("/*", "/ *")


def markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", " ".join(text.split()))


def string(text: str) -> str:
    """Return a string literal of the UTF-8 of a text."""
    escaped = (
        f"\\{byte:03o}" if chr(byte) in '"\\?' or not 32 <= byte < 127 else chr(byte)
        for byte in text.encode("utf-8", "surrogatepass")
    )
    return f'"{"".join(escaped)}"'


def number(value: Any) -> str:
    """Return a literal from which C reads the same number: float32 with an f, float64, or whole."""
    if not isinstance(value, np.floating | float):
        return str(int(value))
    if not np.isfinite(value):
        return "NAN" if np.isnan(value) else "-INFINITY" if value < 0 else "INFINITY"
    text = str(value)
    text = text if "." in text or "e" in text else f"{text}.0"
    return f"{text}f" if isinstance(value, np.float32) else text


def initialiser(values: Numbers | Sequence[str]) -> str:
    """Return the elements of an array of C, some on each line."""
    literal = number if isinstance(values, np.ndarray) else string
    flat: Iterable[Any] = values.ravel() if isinstance(values, np.ndarray) else values
    lines, line = [], "   "
    for text in map(literal, flat):
        if len(line) + len(text) + 2 > _WIDTH:
            lines.append(line)
            line = "   "
        line += f" {text},"
    return "\n".join([*lines, line])


def identifiers(names: Sequence[str]) -> dict[str, str]:
    """Return for each name an identifier of C that is its own."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not plain or plain[0].isdigit() or plain in _RESERVED.split():
            plain = f"field_{plain}"
        while plain in found.values():
            plain += "_"
        found[name] = plain
    return found
