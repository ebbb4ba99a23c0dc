"""Scan delimited lines with an automaton: find the plain ones, and their labels.

Each step of an automaton depends on the previous one, so the processor waits for memory at every
byte. Therefore four parts of the data are scanned in one loop: the steps of different parts are
independent.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecnet.compiled import kernel
from ecnet.readers.scan.automaton import ODD, PLAIN, QUOTE, Automaton, Bytes

Integers = npt.NDArray[np.int64]
Unsigned = npt.NDArray[np.uint32]

NONE = -1
"""The code of a line that is not plain."""

_CODES, _SLOTS, _LONGEST = 4096, 16384, 512
_NEWLINE = ord("\n")
_BASIS, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, of 64 bits
_PARTS, _WINDOW = 4, 4096


class InternedLabels(NamedTuple):
    """The label texts seen so far, in a hash table; each has a code.

    slot: (slots,) code + 1. text: (codes, longest). length: (codes,). seen: (1,) the number of
    codes.
    """

    slot: Integers
    text: Bytes
    length: Integers
    seen: Integers


class Cursor(NamedTuple):
    """The position of the scan in each part.

    line: (parts,) the current line. begin: (parts,) the start of the current field. length, hashed,
    text: (parts,), (parts,) and (parts, longest): length, hash and text of the label fields so far,
    each with a line end; a length above the maximum means that they are too long.
    """

    line: Integers
    begin: Integers
    length: Integers
    hashed: npt.NDArray[np.uint64]
    text: Bytes


class Steps(NamedTuple):
    """The state of the automaton in each part, and the events of the last window.

    state: (parts,). met: (parts,) the number of events. event: (parts, window) the state of each.
    place: (parts, window) its position in the window.
    """

    state: Unsigned
    met: Integers
    event: Unsigned
    place: Integers


def no_labels() -> InternedLabels:
    """Return an empty table."""
    return InternedLabels(
        slot=np.zeros(_SLOTS, dtype=np.int64),
        text=np.zeros((_CODES, _LONGEST), dtype=np.uint8),
        length=np.zeros(_CODES, dtype=np.int64),
        seen=np.zeros(1, dtype=np.int64),
    )


def scan(
    data: bytes, length: int, automaton: Automaton, interned: InternedLabels
) -> tuple[Integers, Integers] | None:
    """Find the lines in the first `length` bytes of `data`, the last of which ends a line.

    Returns (lines,) offsets, and (lines,) codes of the labels, NONE for lines that are not plain.
    Returns None if there is a quote.
    """
    bounds = [data.rfind(b"\n", 0, length * part // _PARTS) + 1 for part in range(_PARTS)]
    bounds.append(length)
    lines = [data.count(b"\n", *bounds[part : part + 2]) for part in range(_PARTS)]
    starts, codes = (np.empty(sum(lines), dtype=np.int64) for _ in range(2))
    text, first = np.frombuffer(data, np.uint8, length), np.cumsum([0, *lines[:-1]])
    done = _scan(text, np.array(bounds), first, automaton, interned, starts, codes)
    return (starts, codes) if done else None


@kernel
def gather(data: Bytes, begins: Integers, ends: Integers, out: Bytes) -> None:
    """Copy the parts of `data` between `begins` and `ends` into `out`, one after the other."""
    place = 0
    for part in range(len(begins)):
        length = ends[part] - begins[part]
        source, target = data[begins[part] : ends[part]], out[place : place + length]
        for at in range(length):  # LLVM can prove that this is in bounds, and vectorises it
            target[at] = source[at]
        place += length


@kernel
def _scan(
    data: Bytes,
    bounds: Integers,
    first: Integers,
    automaton: Automaton,
    interned: InternedLabels,
    starts: Integers,
    codes: Integers,
) -> bool:
    """Scan the parts of `data` between `bounds`; `first` is the first line of each part."""
    places, steps, cursor = bounds[:-1].copy(), _steps(), _cursor(bounds, first)
    starts[0] = 0  # the end of each line gives the start of the next one
    while np.any(places < bounds[1:]):
        widths = np.minimum(bounds[1:] - places, _WINDOW)
        if widths.min() > 0:
            widths[:] = widths.min()
            _step_together(data, places, widths[0], automaton, steps)
        else:
            for part in range(_PARTS):
                _step(data[places[part] : places[part] + widths[part]], part, automaton, steps)
        for part in range(_PARTS):
            kinds = steps.event[part, : steps.met[part]] // np.uint32(automaton.columns)
            if np.any(kinds == QUOTE):
                return False
            ends = places[part] + steps.place[part, : steps.met[part]]
            _note(data, part, kinds, ends, automaton, cursor, interned, starts, codes)
        places += widths
    return True


@kernel
def _steps() -> Steps:
    """Return the state before the first step."""
    return Steps(
        state=np.zeros(_PARTS, dtype=np.uint32),
        met=np.zeros(_PARTS, dtype=np.int64),
        event=np.empty((_PARTS, _WINDOW), dtype=np.uint32),
        place=np.empty((_PARTS, _WINDOW), dtype=np.int64),
    )


@kernel
def _cursor(bounds: Integers, first: Integers) -> Cursor:
    """Return the position at the start of each part."""
    return Cursor(
        line=first.copy(),
        begin=bounds[:-1].copy(),
        length=np.zeros(_PARTS, dtype=np.int64),
        hashed=np.full(_PARTS, _BASIS),
        text=np.empty((_PARTS, _LONGEST), dtype=np.uint8),
    )


@kernel
def _note(
    data: Bytes,
    part: int,
    kinds: Unsigned,
    ends: Integers,
    automaton: Automaton,
    cursor: Cursor,
    interned: InternedLabels,
    starts: Integers,
    codes: Integers,
) -> None:
    """Process the events of a part; `ends`: the offsets in `data` at which they end a field."""
    label, text = automaton.label, cursor.text
    line, begin = cursor.line[part], cursor.begin[part]
    length, hashed = cursor.length[part], cursor.hashed[part]
    for event in range(len(kinds)):
        kind, end = kinds[event], ends[event]
        if label[kind] and length + end - begin < _LONGEST:
            for at in range(begin, end):
                text[part, length] = data[at]
                hashed = (hashed ^ np.uint64(data[at])) * _PRIME
                length += 1
            text[part, length] = _NEWLINE
            hashed = (hashed ^ np.uint64(_NEWLINE)) * _PRIME
            length += 1
        elif label[kind]:
            length = _LONGEST + 1
        begin = end + 1
        if kind > ODD:
            continue
        plain = kind == PLAIN and length <= _LONGEST
        codes[line] = _code(interned, text, part, length, hashed) if plain else NONE
        line += 1
        if line < len(starts):
            starts[line] = begin
        length, hashed = 0, _BASIS
    cursor.line[part], cursor.begin[part] = line, begin
    cursor.length[part], cursor.hashed[part] = length, hashed


@kernel
def _step_together(
    data: Bytes, places: Integers, width: int, automaton: Automaton, steps: Steps
) -> None:
    """Take `width` steps in each part, and record the events."""
    alike, step, last = automaton.alike, automaton.step, np.uint64(automaton.events)
    event, place = steps.event, steps.place
    a, b = np.uint64(steps.state[0]), np.uint64(steps.state[1])
    c, d = np.uint64(steps.state[2]), np.uint64(steps.state[3])
    in_a, in_b = data[places[0] : places[0] + width], data[places[1] : places[1] + width]
    in_c, in_d = data[places[2] : places[2] + width], data[places[3] : places[3] + width]
    of_a = of_b = of_c = of_d = 0
    for at in range(width):
        a = np.uint64(step[a + alike[in_a[at]]])
        b = np.uint64(step[b + alike[in_b[at]]])
        c = np.uint64(step[c + alike[in_c[at]]])
        d = np.uint64(step[d + alike[in_d[at]]])
        if a < last:
            event[0, of_a], place[0, of_a] = a, at
            of_a += 1
        if b < last:
            event[1, of_b], place[1, of_b] = b, at
            of_b += 1
        if c < last:
            event[2, of_c], place[2, of_c] = c, at
            of_c += 1
        if d < last:
            event[3, of_d], place[3, of_d] = d, at
            of_d += 1
    steps.state[0], steps.state[1], steps.state[2], steps.state[3] = a, b, c, d
    steps.met[0], steps.met[1], steps.met[2], steps.met[3] = of_a, of_b, of_c, of_d


@kernel
def _step(data: Bytes, part: int, automaton: Automaton, steps: Steps) -> None:
    """Step through `data` in one part, and record the events."""
    alike, step, last = automaton.alike, automaton.step, np.uint64(automaton.events)
    state, count = np.uint64(steps.state[part]), 0
    for at in range(len(data)):
        state = np.uint64(step[state + alike[data[at]]])
        if state < last:
            steps.event[part, count], steps.place[part, count] = state, at
            count += 1
    steps.state[part], steps.met[part] = state, count


@kernel
def _code(interned: InternedLabels, texts: Bytes, part: int, length: int, hashed: int) -> int:
    """Return the code of the text of a part, a new one if necessary; NONE if the table is full.

    length, hashed: of the text.
    """
    slot, text, lengths, seen = interned.slot, interned.text, interned.length, interned.seen
    place = np.int64(hashed % np.uint64(_SLOTS))
    while slot[place] > 0:
        code = slot[place] - 1
        same = lengths[code] == length
        if same:
            for at in range(length):
                same &= text[code, at] == texts[part, at]
        if same:
            return int(code)
        place = (place + 1) % _SLOTS
    code = seen[0]
    if code == _CODES:
        return NONE
    slot[place] = code + 1
    lengths[code] = length
    for at in range(length):
        text[code, at] = texts[part, at]
    seen[0] += 1
    return int(code)
