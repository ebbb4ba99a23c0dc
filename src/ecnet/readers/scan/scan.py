"""A scan of delimited lines: which are plain, and the values of their label fields.

To step through an automaton the processor waits at each byte for what the last one led to. So four
parts of the lines are scanned in one loop: while it waits for one it goes on with the others.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecnet.compiled import kernel
from ecnet.readers.scan.automaton import ODD, PLAIN, QUOTE, Bytes, Layout

Integers = npt.NDArray[np.int64]
Unsigned = npt.NDArray[np.uint32]

NONE = -1
"""The code of a line that is not plain."""

_CODES, _SLOTS, _LONGEST = 4096, 16384, 512
_NEWLINE = ord("\n")
_BASIS, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, of 64 bits
_PARTS, _WINDOW = 4, 4096


class Known(NamedTuple):
    """The values of label fields seen so far: a hash table, each with its text and its code.

    slot: (slots,) code + 1. text: (codes, longest). length: (codes,). seen: (1,) how many.
    """

    slot: Integers
    text: Bytes
    length: Integers
    seen: Integers


class Cursor(NamedTuple):
    """Where the scan is in each part.

    line: (parts,) which line. begin: (parts,) where its field begins. length, hashed: (parts,) of
    its label fields so far, each with a line end; a length of more than the longest is too long.
    text: (parts, longest) what they say.
    """

    line: Integers
    begin: Integers
    length: Integers
    hashed: npt.NDArray[np.uint64]
    text: Bytes


class Steps(NamedTuple):
    """How far the automaton is in each part, and the events of the last window.

    state: (parts,). met: (parts,) how many events. event: (parts, window) the state of each. place:
    (parts, window) where in the window it is.
    """

    state: Unsigned
    met: Integers
    event: Unsigned
    place: Integers


def unknown() -> Known:
    """Return a table that knows no value."""
    return Known(
        slot=np.zeros(_SLOTS, dtype=np.int64),
        text=np.zeros((_CODES, _LONGEST), dtype=np.uint8),
        length=np.zeros(_CODES, dtype=np.int64),
        seen=np.zeros(1, dtype=np.int64),
    )


def scan(
    data: bytes, length: int, layout: Layout, known: Known
) -> tuple[Integers, Integers] | None:
    """Find the lines of the first `length` bytes of `data`; None where a quote was met.

    The last of these bytes ends a line.

    Returns where each line begins, and the code of the values of its label fields, or NONE where
    it is not plain; (lines,) each.
    """
    bounds = [data.rfind(b"\n", 0, length * part // _PARTS) + 1 for part in range(_PARTS)]
    bounds.append(length)
    lines = [data.count(b"\n", *bounds[part : part + 2]) for part in range(_PARTS)]
    starts, codes = (np.empty(sum(lines), dtype=np.int64) for _ in range(2))
    text, first = np.frombuffer(data, np.uint8, length), np.cumsum([0, *lines[:-1]])
    done = _scan(text, np.array(bounds), first, layout, known, starts, codes)
    return (starts, codes) if done else None


@kernel
def gather(data: Bytes, begins: Integers, ends: Integers, out: Bytes) -> None:
    """Copy the parts of `data` that begin and end there into `out`, one after the other."""
    place = 0
    for part in range(len(begins)):
        length = ends[part] - begins[part]
        source, target = data[begins[part] : ends[part]], out[place : place + length]
        for at in range(length):  # LLVM sees that all of it is in bounds, and copies many at once
            target[at] = source[at]
        place += length


@kernel
def _scan(
    data: Bytes,
    bounds: Integers,
    first: Integers,
    layout: Layout,
    known: Known,
    starts: Integers,
    codes: Integers,
) -> bool:
    """Scan the parts of `data` between `bounds`, each of which begins with its `first` line."""
    places, steps, cursor = bounds[:-1].copy(), _steps(), _cursor(bounds, first)
    starts[0] = 0  # each line that ends tells where the next one starts
    while np.any(places < bounds[1:]):
        widths = np.minimum(bounds[1:] - places, _WINDOW)
        if widths.min() > 0:
            widths[:] = widths.min()
            _step_together(data, places, widths[0], layout, steps)
        else:
            for part in range(_PARTS):
                _step(data[places[part] : places[part] + widths[part]], part, layout, steps)
        for part in range(_PARTS):
            kinds = steps.event[part, : steps.met[part]] // np.uint32(layout.columns)
            if np.any(kinds == QUOTE):
                return False
            ends = places[part] + steps.place[part, : steps.met[part]]
            _note(data, part, kinds, ends, layout, cursor, known, starts, codes)
        places += widths
    return True


@kernel
def _steps() -> Steps:
    """Return the automaton before the first step."""
    return Steps(
        state=np.zeros(_PARTS, dtype=np.uint32),
        met=np.zeros(_PARTS, dtype=np.int64),
        event=np.empty((_PARTS, _WINDOW), dtype=np.uint32),
        place=np.empty((_PARTS, _WINDOW), dtype=np.int64),
    )


@kernel
def _cursor(bounds: Integers, first: Integers) -> Cursor:
    """Return where the parts begin."""
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
    layout: Layout,
    cursor: Cursor,
    known: Known,
    starts: Integers,
    codes: Integers,
) -> None:
    """Note what the events of a part tell of its lines, given where in `data` they end a field."""
    label, text = layout.label, cursor.text
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
        codes[line] = _code(known, text, part, length, hashed) if plain else NONE
        line += 1
        if line < len(starts):
            starts[line] = begin
        length, hashed = 0, _BASIS
    cursor.line[part], cursor.begin[part] = line, begin
    cursor.length[part], cursor.hashed[part] = length, hashed


@kernel
def _step_together(data: Bytes, places: Integers, width: int, layout: Layout, steps: Steps) -> None:
    """Take as many steps as `width` in each part, and note the events."""
    alike, step, last = layout.alike, layout.step, np.uint64(layout.events)
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
def _step(data: Bytes, part: int, layout: Layout, steps: Steps) -> None:
    """Step through `data` in one part, and note the events."""
    alike, step, last = layout.alike, layout.step, np.uint64(layout.events)
    state, count = np.uint64(steps.state[part]), 0
    for at in range(len(data)):
        state = np.uint64(step[state + alike[data[at]]])
        if state < last:
            steps.event[part, count], steps.place[part, count] = state, at
            count += 1
    steps.state[part], steps.met[part] = state, count


@kernel
def _code(known: Known, texts: Bytes, part: int, length: int, hashed: int) -> int:
    """Return the code of the text of a part, new if it is not known; NONE where there is no room.

    length, hashed: of the text.
    """
    slot, text, lengths, seen = known.slot, known.text, known.length, known.seen
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
