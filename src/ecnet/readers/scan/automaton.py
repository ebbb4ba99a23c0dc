"""What plain lines are like, as an automaton that reads one byte after the other.

A line is plain where nothing can be wrong with it: it has its number of fields, not all of them
empty, every number and port is written in the usual way, every text is of printable ASCII. Such a
line is a record, whatever a reader makes of it; of any other line nothing is said.

A state tells which field of the line it is in and what it has read of that field. A file without
surprises visits few of them, and bytes that are alike to all share a column of the table: so what
is in use of it stays in the cache next to the processor.
"""

import string
from collections.abc import Hashable, Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

PLAIN, ODD, QUOTE = range(3)
"""The events with which a line ends, and the third after which nothing can be said of lines."""

_BYTES = 256
_TEXT = "".join(set(string.printable) - set(string.whitespace)) + " "
_DIGIT, _LAST_PORT = string.digits, "65535"
_READS: dict[str, dict[str, str]] = {
    "text": {_TEXT: "text"},
    "number": {"-": "minus", _DIGIT: "whole"},
    "minus": {_DIGIT: "whole"},
    "whole": {_DIGIT: "whole", ".": "point", "eE": "e"},
    "point": {_DIGIT: "fraction"},
    "fraction": {_DIGIT: "fraction", "eE": "e"},
    "e": {"+-": "sign", _DIGIT: "power"},
    "sign": {_DIGIT: "power"},
    "power": {_DIGIT: "power"},
    "port": {"-": "none", "0": "zero", "12345": "below 1", "6": "equal 1", "789": "above 1"},
    "none": {},
    "zero": {"x": "x"},
    "x": {string.hexdigits: "hex 1"},
    "hex 1": {string.hexdigits: "hex 2"},
    "hex 2": {string.hexdigits: "hex 3"},
    "hex 3": {string.hexdigits: "hex 4"},
    "hex 4": {},
}
"""What may follow in a field, by what was read of it: the characters, and what is read then."""

for _count, _digit in enumerate(_LAST_PORT[1:], 1):  # below, equal to or above the last port
    _longer = _count + 1
    _less = "".join(takewhile(_digit.__gt__, _DIGIT))
    _READS[f"below {_count}"] = {_DIGIT: f"below {_longer}"}
    _READS[f"equal {_count}"] = {_less: f"below {_longer}", _digit: f"equal {_longer}"}
    _READS[f"above {_count}"] = {}
    if _longer < len(_LAST_PORT):
        _READS[f"equal {_count}"][_DIGIT.split(_digit)[1]] = f"above {_longer}"
        _READS[f"above {_count}"] = {_DIGIT: f"above {_longer}"}
for _state in ("below", "equal"):
    _READS[f"{_state} {len(_LAST_PORT)}"] = {}

_UNFINISHED = {"point", "e", "sign", "x"}
_NUMBERS = {"whole", "fraction", "power"}
_START = {
    **dict.fromkeys(("category", "text"), "text"),
    **dict.fromkeys(("number", "time"), "number"),
    "port": "port",
}
"""What is read of a field where it begins, by the kind of its column."""


class Layout(NamedTuple):
    """What lines are like.

    alike: (256,) the column of each byte. step: (states x columns,) the next state for each state
    and column; a state is the place of its row. events: the states below this one are events: the
    first three of them PLAIN, ODD and QUOTE, times columns; the others follow a field that tells
    the class, or come before one. columns: how many there are. label: (events,) whether the field
    that ended tells the class.
    """

    alike: Bytes
    step: npt.NDArray[np.uint32]
    events: int
    columns: int
    label: npt.NDArray[np.bool_]


class _Line(NamedTuple):
    """A state within a line.

    field: its index. read: what of it was read. number: whether a number was read before, without
    which a line may be blank. begins: it is the first of its field, next to one that tells the
    class.
    """

    field: int
    read: str
    number: bool
    begins: bool = False


_ENDS: tuple[Hashable, ...] = (PLAIN, ODD, QUOTE)
_LOST, _RETURN = "odd until the line ends", "a carriage return"


class _Lines(NamedTuple):
    """The grammar of lines: from a state and a character to the next state."""

    kinds: Sequence[str]
    labels: Sequence[bool]
    separator: str
    quote: str
    comment: str

    def after(self, state: Hashable, character: str) -> Hashable:
        """Return what follows a state; every character that ends a line begins the next."""
        if character == self.quote:
            return QUOTE
        if state in (PLAIN, ODD):
            if character == self.comment:
                return _LOST
            state = _Line(0, _START[self.kinds[0]], number=False)
        if not isinstance(state, _Line):
            whole = state == _RETURN and character == "\n"
            return PLAIN if whole else ODD if character == "\n" else _LOST
        number = state.number or state.read in _NUMBERS
        last = state.field == len(self.kinds) - 1
        sound = state.read not in _UNFINISHED
        if character == "\n":
            return PLAIN if sound and last and number else ODD
        if character == "\r":
            return _RETURN if sound and last and number else _LOST
        if character == self.separator:
            return _LOST if last or not sound else self._begin(state.field + 1, number)
        reads = (read for of, read in _READS[state.read].items() if character in of)
        read = next(reads, None)
        return _LOST if read is None else _Line(state.field, read, number)

    def _begin(self, field: int, number: bool) -> _Line:
        begins = self.labels[field - 1] or self.labels[field]
        return _Line(field, _START[self.kinds[field]], number, begins)

    def label(self, event: Hashable) -> bool:
        """Tell whether the field that ended with an event tells the class."""
        return self.labels[event.field - 1 if isinstance(event, _Line) else -1]


def layout(
    kinds: Sequence[str], labels: Sequence[bool], separator: str, quote: str, comment: str
) -> Layout:
    """Return the layout of lines whose fields are of some `kinds` (of columns).

    labels: for each field, whether it tells the class. quote, comment: a character, or none.
    """
    lines = _Lines(kinds, labels, separator, quote, comment)
    alike, characters = _alike([separator, "\n", "\r", quote, comment])
    rows = _reached(lines, characters)
    events = [*_ENDS, *(state for state in rows if isinstance(state, _Line) and state.begins)]
    states = [*events, *(state for state in rows if state not in set(events))]
    place = {state: index * len(characters) for index, state in enumerate(states)}
    return Layout(
        alike=alike,
        step=np.array([place[of] for state in states for of in rows[state]], dtype=np.uint32),
        events=len(events) * len(characters),
        columns=len(characters),
        label=np.array([lines.label(event) for event in events]),
    )


def _alike(special: Sequence[str]) -> tuple[Bytes, list[str]]:
    """Return the column of each byte, (256,), and a character of each column."""
    sets = [*special, *(characters for reads in _READS.values() for characters in reads)]
    columns: dict[tuple[bool, ...], int] = {}
    characters, alike = [], np.zeros(_BYTES, dtype=np.uint8)
    for byte in range(_BYTES):
        of = tuple(chr(byte) in characters for characters in sets)
        if of not in columns:
            columns[of] = len(columns)
            characters.append(chr(byte))
        alike[byte] = columns[of]
    return alike, characters


def _reached(lines: _Lines, characters: Sequence[str]) -> dict[Hashable, list[Hashable]]:
    """Return all states that lines can come to, each with the states that follow."""
    rows: dict[Hashable, list[Hashable]] = {}
    waiting = list(_ENDS)
    while waiting:
        state = waiting.pop()
        rows[state] = [lines.after(state, character) for character in characters]
        waiting += [of for of in dict.fromkeys(rows[state]) if of not in rows and of not in waiting]
    return rows
