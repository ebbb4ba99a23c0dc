"""A finite automaton that recognises plain lines, one byte at a time.

A plain line is certainly a record: it has the right number of fields, not all of them empty, every
number and port has the usual form, and every text is printable ASCII. All other lines are left to
the reader.

A state consists of the current field and what was read of it. A normal file visits few states, and
bytes with the same transitions in all states share a column of the table, so the part of the table
in use stays in the processor's first cache.
"""

import string
from collections.abc import Hashable, Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

PLAIN, ODD, QUOTE = range(3)
"""Events: the end of a plain line, the end of another line, and a quote, which stops the scan."""

_BYTES = 256
_TEXT = "".join(set(string.printable) - set(string.whitespace)) + " "
_DIGIT, _LAST_PORT = string.digits, "65535"
_MOST_SECONDS = 11
"""Digits of a time that is certainly in range (see `times.out_of_range`): the year 5138 at most."""
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
    "time": {"-": "none", _DIGIT: "second 1"},
    "instant": {_DIGIT: "instants"},
    "instants": {_DIGIT: "instants"},
    "port": {"-": "none", "0": "zero", "12345": "below 1", "6": "equal 1", "789": "above 1"},
    "none": {},
    "zero": {"x": "x"},
    "x": {string.hexdigits: "hex 1"},
    "hex 1": {string.hexdigits: "hex 2"},
    "hex 2": {string.hexdigits: "hex 3"},
    "hex 3": {string.hexdigits: "hex 4"},
    "hex 4": {},
}
"""Transitions within a field: state -> characters -> next state."""

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

for _count in range(1, _MOST_SECONDS):
    _READS[f"second {_count}"] = {_DIGIT: f"second {_count + 1}", ".": "instant"}
_READS[f"second {_MOST_SECONDS}"] = {".": "instant"}

_UNFINISHED = {"point", "instant", "e", "sign", "x"}
_NUMBERS = {"whole", "fraction", "power", "instants", *(of for of in _READS if "second" in of)}
_START = {"category": "text", **{kind: kind for kind in ("text", "number", "time", "port")}}
"""The first state of a field, by the kind of its column."""


class Automaton(NamedTuple):
    """The transition table.

    alike: (256,) the column of each byte. step: (states x columns,) the next state for each state
    and column; a state is the offset of its row. events: states below this offset are events:
    PLAIN, ODD and QUOTE (times columns), then the beginnings of fields next to a label field.
    columns: the number of columns. label: (events,) whether the field that ended is a label.
    """

    alike: Bytes
    step: npt.NDArray[np.uint32]
    events: int
    columns: int
    label: npt.NDArray[np.bool_]


class _Line(NamedTuple):
    """A state within a line.

    field: the index of the field. read: the state within the field. number: whether the line has a
    number already; without one it may be blank. begins: whether it is the first state of a field
    before or after a label field.
    """

    field: int
    read: str
    number: bool
    begins: bool = False


_ENDS: tuple[Hashable, ...] = (PLAIN, ODD, QUOTE)
_LOST, _RETURN = "odd until the line ends", "a carriage return"


class _Lines(NamedTuple):
    """The transition function: from a state and a character to the next state."""

    kinds: Sequence[str]
    labels: Sequence[bool]
    separator: str
    quote: str
    comment: str

    def after(self, state: Hashable, character: str) -> Hashable:
        """Return the next state; PLAIN and ODD are also the first state of the next line."""
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
        complete = state.read not in _UNFINISHED
        if character == "\n":
            return PLAIN if complete and last and number else ODD
        if character == "\r":
            return _RETURN if complete and last and number else _LOST
        if character == self.separator:
            return _LOST if last or not complete else self._begin(state.field + 1, number)
        reads = (read for of, read in _READS[state.read].items() if character in of)
        read = next(reads, None)
        return _LOST if read is None else _Line(state.field, read, number)

    def _begin(self, field: int, number: bool) -> _Line:
        begins = self.labels[field - 1] or self.labels[field]
        return _Line(field, _START[self.kinds[field]], number, begins)

    def label(self, event: Hashable) -> bool:
        """Return whether the field that ended with an event is a label."""
        return self.labels[event.field - 1 if isinstance(event, _Line) else -1]


def build(
    kinds: Sequence[str], labels: Sequence[bool], separator: str, quote: str, comment: str
) -> Automaton:
    """Return the automaton for lines with fields of these `kinds` (of columns).

    labels: for each field, whether it is a label. quote, comment: a character, or empty.
    """
    lines = _Lines(kinds, labels, separator, quote, comment)
    alike, characters = _alike([separator, "\n", "\r", quote, comment])
    rows = _reached(lines, characters)
    events = [*_ENDS, *(state for state in rows if isinstance(state, _Line) and state.begins)]
    states = [*events, *(state for state in rows if state not in set(events))]
    place = {state: index * len(characters) for index, state in enumerate(states)}
    return Automaton(
        alike=alike,
        step=np.array([place[of] for state in states for of in rows[state]], dtype=np.uint32),
        events=len(events) * len(characters),
        columns=len(characters),
        label=np.array([lines.label(event) for event in events]),
    )


def _alike(special: Sequence[str]) -> tuple[Bytes, list[str]]:
    """Return the column of each byte, (256,), and one character for each column."""
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
    """Return all reachable states, each with its next states."""
    rows: dict[Hashable, list[Hashable]] = {}
    waiting = list(_ENDS)
    while waiting:
        state = waiting.pop()
        rows[state] = [lines.after(state, character) for character in characters]
        waiting += [of for of in dict.fromkeys(rows[state]) if of not in rows and of not in waiting]
    return rows
