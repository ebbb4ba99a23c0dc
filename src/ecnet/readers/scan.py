"""A scan of delimited lines: which are plain, and the values of their label fields.

A line is plain where nothing can be wrong with it: it has its number of fields, every number and
port is written in the usual way, every text is of printable ASCII. Such a line is a record,
whatever a reader makes of it; of any other line nothing is said.

The scan is an automaton that steps once for each byte.
"""

import string
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecnet.compiled import kernel

Bytes = npt.NDArray[np.uint8]
Steps = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]

NONE = -1
"""No quoting character, no comment; the code of a line that is not plain."""


class State(IntEnum):
    """What the automaton has read of a field; the first five end one."""

    FIELD, ODD_FIELD, LINE, ODD_LINE, QUOTE = range(5)
    TEXT, ODD, RETURN = range(5, 8)
    NUMBER, MINUS, WHOLE, POINT, FRACTION, E, SIGN, POWER = range(8, 16)
    PORT, NO_PORT, ZERO, DIGITS, X, HEX1, HEX2, HEX3, HEX4 = range(16, 25)


_TIMES = 256
_FIELD, _LINE, _QUOTE, _DIGITS, _WHOLE, _POWER = (
    np.int32(_TIMES * state)
    for state in (
        *(State.FIELD, State.LINE, State.QUOTE),
        *(State.DIGITS, State.WHOLE, State.POWER),
    )
)
_ENDS = _QUOTE
_TEXT = "".join(set(string.printable) - set(string.whitespace)) + " "
_DIGIT, _HEXADECIMAL = string.digits, string.hexdigits
_STEPS: dict[State, dict[str, State]] = {
    State.TEXT: {_TEXT: State.TEXT},
    State.NUMBER: {"-": State.MINUS, _DIGIT: State.WHOLE},
    State.MINUS: {_DIGIT: State.WHOLE},
    State.WHOLE: {_DIGIT: State.WHOLE, ".": State.POINT, "eE": State.E},
    State.POINT: {_DIGIT: State.FRACTION},
    State.FRACTION: {_DIGIT: State.FRACTION, "eE": State.E},
    State.E: {"+-": State.SIGN, _DIGIT: State.POWER},
    State.SIGN: {_DIGIT: State.POWER},
    State.POWER: {_DIGIT: State.POWER},
    State.PORT: {"-": State.NO_PORT, "0": State.ZERO, "123456789": State.DIGITS},
    State.NO_PORT: {},
    State.ZERO: {"x": State.X},
    State.DIGITS: {_DIGIT: State.DIGITS},
    State.X: {_HEXADECIMAL: State.HEX1},
    State.HEX1: {_HEXADECIMAL: State.HEX2},
    State.HEX2: {_HEXADECIMAL: State.HEX3},
    State.HEX3: {_HEXADECIMAL: State.HEX4},
    State.HEX4: {},
}
_UNFINISHED = {State.POINT, State.E, State.SIGN, State.X}
_START = {
    **dict.fromkeys(("category", "text"), State.TEXT),
    **dict.fromkeys(("number", "time"), State.NUMBER),
    "port": State.PORT,
}
"""Where a field of a kind of column begins."""

_CODES, _SLOTS, _LONGEST = 4096, 16384, 512
_FIRST_DIGIT, _NEWLINE = ord("0"), ord("\n")
_LAST_PORT, _PORT_DIGITS = 65535, 5
_BASIS, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, of 64 bits


class Layout(NamedTuple):
    """What lines are like.

    step: (states x 256,) the next state of each state and byte; a state is 256 times its number.
    start: (fields + 1,) where each field begins, and what is one too many. label: (fields + 1,)
    whether it tells the class. comment: the byte that begins a line that is no record, or NONE.
    """

    step: Steps
    start: Steps
    label: npt.NDArray[np.bool_]
    comment: int


class Known(NamedTuple):
    """The values of label fields seen so far: a hash table, each with its text and its code.

    slot: (slots,) code + 1. text: (codes, longest). length: (codes,). seen: (1,) how many.
    """

    slot: Integers
    text: Bytes
    length: Integers
    seen: Integers
    scratch: Bytes


def layout(
    kinds: Sequence[str], labels: Sequence[bool], separator: str, quote: str, comment: str
) -> Layout:
    """Return the layout of lines whose fields are of some `kinds` (of columns).

    labels: for each field, whether it tells the class. quote, comment: a character, or none.
    """
    start = [*(_START[kind] for kind in kinds), State.ODD]
    return Layout(
        step=_steps(separator, quote),
        start=_TIMES * np.array(start, dtype=np.int32),
        label=np.array([*labels, False]),
        comment=ord(comment) if comment else NONE,
    )


def _steps(separator: str, quote: str) -> Steps:
    table = np.full((len(State), _TIMES), State.ODD, dtype=np.int32)
    for state, reads in _STEPS.items():
        for characters, following in reads.items():
            table[state, list(characters.encode())] = following
        table[state, ord("\r")] = State.ODD if state in _UNFINISHED else State.RETURN
        table[state, ord(separator)] = State.FIELD
        table[state, ord("\n")] = State.LINE
    for state in (*_UNFINISHED, State.ODD, State.RETURN):
        table[state, ord(separator)] = State.ODD_FIELD
        table[state, ord("\n")] = State.ODD_LINE
    table[State.RETURN, ord("\n")] = State.LINE
    if quote:
        table[:, ord(quote)] = State.QUOTE
    return _TIMES * table.ravel()


def unknown() -> Known:
    """Return a table that knows no value."""
    return Known(
        slot=np.zeros(_SLOTS, dtype=np.int64),
        text=np.zeros((_CODES, _LONGEST), dtype=np.uint8),
        length=np.zeros(_CODES, dtype=np.int64),
        seen=np.zeros(1, dtype=np.int64),
        scratch=np.zeros(_LONGEST, dtype=np.uint8),
    )


@kernel
def scan(data: Bytes, layout: Layout, known: Known, starts: Integers, codes: Integers) -> bool:
    """Find the lines of `data`, which ends with a line end; tell whether no quote was met.

    starts: (lines,), written: where each line begins. codes: (lines,), written: the code of the
    values of its label fields, or NONE where it is not plain.
    """
    step, start, label = layout.step, layout.start, layout.label
    fields, line, field, begin, length = len(start) - 1, 0, 0, 0, 0
    plain, filled = data[0] != layout.comment, False
    starts[0] = 0
    state = start[0]
    for at in range(len(data)):
        before, state = state, step[state + data[at]]
        if state > _ENDS:
            continue
        if state == _QUOTE:
            return False
        plain &= state in (_FIELD, _LINE)
        filled |= _WHOLE <= before <= _POWER
        if before == _DIGITS:
            plain &= _is_port(data, begin, at)
        if label[field]:
            length = _copy(data, begin, at, known.scratch, length)
        field += field < fields
        begin = at + 1
        if state >= _LINE:
            plain &= filled and field == fields and length <= _LONGEST
            codes[line] = _code(known, length) if plain else NONE
            line += 1
            field, length, filled = 0, 0, False
            if begin < len(data):
                starts[line] = begin
                plain = data[begin] != layout.comment
        state = start[field]
    return True


@kernel
def gather(data: Bytes, begins: Integers, ends: Integers, out: Bytes) -> None:
    """Copy the parts of `data` that begin and end there into `out`, one after the other."""
    place = 0
    for part in range(len(begins)):
        length = ends[part] - begins[part]
        out[place : place + length] = data[begins[part] : ends[part]]
        place += length


@kernel
def _is_port(data: Bytes, begin: int, end: int) -> bool:
    """Tell whether digits are no more than the last port."""
    if end - begin < _PORT_DIGITS:
        return True
    value = 0
    for at in range(begin, min(end, begin + _PORT_DIGITS + 1)):
        value = 10 * value + data[at] - _FIRST_DIGIT
    return value <= _LAST_PORT


@kernel
def _copy(data: Bytes, begin: int, end: int, scratch: Bytes, length: int) -> int:
    """Append a field and a line end to `scratch`; return its new length, too long if it is."""
    if length + end - begin + 1 > len(scratch):
        return len(scratch) + 1
    for at in range(begin, end):
        scratch[length] = data[at]
        length += 1
    scratch[length] = _NEWLINE
    return length + 1


@kernel
def _code(known: Known, length: int) -> int:
    """Return the code of the `length` bytes of the scratch; NONE where the table is full."""
    hashed = _BASIS
    for at in range(length):
        hashed = (hashed ^ np.uint64(known.scratch[at])) * _PRIME
    place = np.int64(hashed % np.uint64(len(known.slot)))
    while known.slot[place] > 0:
        code = known.slot[place] - 1
        if known.length[code] == length and _is_equal(known.text[code], known.scratch, length):
            return int(code)
        place = (place + 1) % len(known.slot)
    code = known.seen[0]
    if code == len(known.length):
        return NONE
    known.slot[place] = code + 1
    known.length[code] = length
    known.text[code, :length] = known.scratch[:length]
    known.seen[0] += 1
    return int(code)


@kernel
def _is_equal(one: Bytes, other: Bytes, length: int) -> bool:
    for at in range(length):  # noqa: SIM110 - numba compiles loops, not generators
        if one[at] != other[at]:
            return False
    return True
