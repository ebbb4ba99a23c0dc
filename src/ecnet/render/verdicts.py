"""How verdicts look, in tables, figures and the report; and the file that holds them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.evaluate.interval import FEWEST, says_something
from ecnet.evaluate.measures import BY_KEY
from ecnet.render.sources import object_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Look:
    """How a verdict is shown: in colour, and by a sign or shape for who does not see it.

    sign: before its words. marker: in figures, as matplotlib names it. light, dark: the colour on
    a light and on a dark ground; both can be read as text there.
    """

    sign: str
    marker: str
    light: str
    dark: str


LOOKS = {
    "holds": Look("\N{CHECK MARK}", "o", "#136c3f", "#3fc380"),
    "holds by less": Look("<", "^", "#1b7a86", "#5ad1dd"),
    "practically equal": Look("\N{ALMOST EQUAL TO}", "s", "#0b5fa5", "#6db3f2"),
    "margin refuted": Look("\N{MUCH LESS-THAN}", "v", "#a84b00", "#f0a050"),
    "reversed": Look("\N{RIGHTWARDS ARROW OVER LEFTWARDS ARROW}", "<", "#8a2f7a", "#e08ad0"),
    "fails": Look("\N{BALLOT X}", "X", "#a8201a", "#ff8a80"),
    "cannot be told": Look("?", "x", "#59636e", "#9ba5af"),
}
"""Each verdict, in the order in which they are listed: what holds first."""

WIDEST = 200
"""Points between the least and the largest difference of two shares."""
_BY_SPLITS = "corrected-t"
"""The method whose intervals need several splits: it knows no other variance than theirs."""

_KEYS = ("alpha", "confidence", "equivalence", "interval", "sources", "papers", "claims")


def read(path: Path | None) -> dict[str, Any]:
    """Return what the step `claims` wrote.

    Raises:
        InputError: there is no file, it is something else, or it holds an unknown verdict.
    """
    found = object_of(path, "claims", *_KEYS)
    try:
        for claim in found["claims"]:
            for row in (claim, *claim["comparisons"]):
                if row["verdict"] not in LOOKS:
                    raise ValueError(f"{claim['id']}: {row['verdict']!r} is not a verdict")
    except KeyError as error:
        raise InputError(f"{path}: lacks the key {error}; run the claims step again") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}; run the claims step again") from error
    return found


def bounded(row: Row, method: str, widest: float = WIDEST) -> bool:
    """Tell whether a row has an interval that says anything.

    row: `low`, `high` and `splits`. method: of the intervals, as `ecnet claims` names it. widest:
    the width of all values that there can be.
    """
    low, high, splits = row["low"], row["high"], row["splits"]
    if low is None or high is None:
        return False
    return says_something(low, high, splits if method == _BY_SPLITS else FEWEST, widest)


def unit(points: float) -> str:
    """Return the word after a number of points."""
    return "point" if points == 1 else "points"


def whole(comparisons: Iterable[Row]) -> list[Row]:
    """Return the comparisons that are not about a single class."""
    return [row for row in comparisons if row["metric"] in BY_KEY]
