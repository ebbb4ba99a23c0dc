"""Generate almost valid files from a grammar, which mutation of bytes seldom finds.

`made(target, seed)` returns an input for a target, the same for the same seed. A file consists of a
header, lines and line ends; a line of cells; a cell is a value of its column's kind, or one that is
almost valid, extreme, or oddly spelled. Each production is usually valid, and sometimes not.
"""

import json
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

import formats

from ecnet.datasets.declaration import Column, Format

ODD = (
    *("", " ", "-", "?", "NaN", "nan", "NAN", "(empty)", "inf", "-inf", "Infinity", "null", "None"),
    *("0", "-0", "-1", "6.0", "06", "+6", "6e0", "0x06", "0X6", "0x", "0x0018", "1_000", "1e", "."),
    *("1e400", "-1e400", "1e-400", "9" * 400, "0x" + "f" * 300, "1." + "0" * 300, "nan(1)", "1d5"),
    *(
        "80.0",
        "80.5",
        " 80",
        "65535",
        "65536",
        "http",
        "True",
        "FALSE",
        "true",
        "T",
        "1,5",
        "1.2,3",
    ),
    *("1.234", "1,234,567", "\uff18\uff10", "\u0663", "é", "\x00", "a\x00b", "\x1b[2J", "\u2028"),
    *(
        '"',
        '""',
        '"a"',
        '"a,b"',
        '"a',
        'a"b',
        " 'x' ",
        "#",
        "#x",
        "=1+1",
        "\\x2c",
        "\\",
        "a b",
        "a;b",
    ),
    *("31/02/2019 00:00:00 AM", "2019-07-25T03:25:53Z", "1/2/3", "99999-01-01", "0000-00-00"),
    *("25/07/2019 03:25:53 AM", "07/25/2019 15:25", "2262-04-12 00:00:00", "1e18", "-1e18"),
)
CATEGORIES = ("tcp", "udp", "arp", "6", "17", "0", "1", "SF", "S0", "e", "e s", "CON", "0x0018")
TEXTS = ("192.168.1.1", "fe80::1", "CsvZy3ECX", "00:16:6c", "abc", "007", "1e5", "")
MAX_LINES = 12
"""The maximum number of lines in a file."""

_Random = random.Random


def made(target: str, seed: int) -> bytes:
    """Return an input for a target of `targets`."""
    return MAKERS[target](random.Random(seed))  # noqa: S311 - no secret


def delimited(draw: _Random, index: int | None = None) -> bytes:
    """Return a delimited file after the byte that selects its format."""
    index = draw.randrange(len(formats.DELIMITED)) if index is None else index
    format = formats.delimited(index)[0]
    names = list(format.layout or (*(column.header for column in format.columns), *format.labels))
    separator = _mostly(draw, ",", "\t", ";", "|")
    headed = not format.headerless or draw.random() < 0.2
    lines = [_header(draw, names, separator)] if headed else []
    for _ in range(draw.randint(1, MAX_LINES)):
        cells = _cells(draw, format)
        line = separator.join(_quoted(draw, cells[name]) for name in names)
        lines.append(_mostly(draw, line, "", line + separator, f"1{separator}{line}", line[:9]))
    if draw.random() < 0.1:
        again = draw.sample(names, len(names)) if draw.random() < 0.5 else names
        lines.insert(draw.randrange(len(lines) + 1), _header(draw, again, separator))
    return bytes([index]) + _written(draw, lines)


def zeek(draw: _Random) -> bytes:
    """Return a Zeek log, several concatenated ones, or JSON."""
    format = formats.zeek()[0]
    if draw.random() < 0.3:
        return _written(
            draw, [_json(draw, _cells(draw, format)) for _ in range(draw.randint(1, MAX_LINES))]
        )
    lines: list[str] = []
    for _ in range(draw.choice((1, 1, 2, 3))):
        lines += _log(draw, format)
    return _written(draw, lines)


def captures(draw: _Random) -> bytes:
    """Return a packet capture with packets of MQTT, almost MQTT, or noise."""
    magic = _mostly(draw, 0xA1B2C3D4, 0xA1B23C4D, 0x0A0D0D0A, 1)
    content = struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 65535, _mostly(draw, 1, 0, 113, 65000))
    for _ in range(draw.randint(0, MAX_LINES)):
        frame = _frame(draw)
        length = _mostly(draw, len(frame), len(frame) + 9, 0, 1 << 31)
        content += struct.pack("<IIII", draw.getrandbits(32), 250_000, length, length) + frame
    return content[: _mostly(draw, len(content), draw.randint(0, len(content)))]


MAKERS: dict[str, Callable[[_Random], bytes]] = {
    maker.__name__: maker for maker in (delimited, zeek, captures)
}


def _mostly(draw: _Random, usual: Any, *others: Any) -> Any:
    """Return the usual value, or with a probability of 10% another one."""
    return draw.choice(others) if draw.random() < 0.1 else usual


def _cells(draw: _Random, format: Format) -> dict[str, str]:
    """Return a record: the text of each column and label."""
    cells = {column.header: _cell(draw, column) for column in format.columns}
    labels = draw.choice(formats.LABELS[format.labels])
    cells |= dict(zip(format.labels, labels, strict=True))
    for name in format.labels:
        text = cells[name]
        odd = (text.upper(), text.lower(), f" {text} ", f"{text}.0", f"{text}.", text[:-1])
        cells[name] = _mostly(draw, text, *odd)
    return cells


def _cell(draw: _Random, column: Column) -> str:
    if draw.random() < 0.02:
        return draw.choice(ODD)
    if column.kind == "port":
        return str(_mostly(draw, draw.randrange(65536), "0x0303", "-1", "", "80.0"))
    if column.format:
        return (
            f"{draw.randint(1, 28):02}/{draw.randint(1, 12):02}/2019 0{draw.randint(1, 9)}:05:59 PM"
        )
    if column.kind == "time":
        return f"{draw.uniform(0, 2e9):.6f}"
    if column.kind == "number":
        number = draw.choice((draw.randrange(10**6), draw.random(), draw.expovariate(1e-9)))
        return str(number)
    return draw.choice(CATEGORIES if column.kind == "category" else TEXTS)


def _quoted(draw: _Random, cell: str) -> str:
    return _mostly(draw, cell, f'"{cell}"', f" {cell}", f"{cell} ")


def _header(draw: _Random, names: Sequence[str], separator: str) -> str:
    """Return a header, sometimes with a different spelling, a repeated or a missing name."""
    names = list(names)
    place = draw.randrange(len(names))
    name = names[place]
    others = (name.upper(), name.replace("_", " "), f" {name} ", names[0], "", "index", f'"{name}"')
    names[place] = _mostly(draw, name, *others)
    return separator.join(_mostly(draw, names, names[1:], ["", *names], [*names, "", ""]))


def _log(draw: _Random, format: Format) -> list[str]:
    """Return the lines of a Zeek log, whose columns may be in any order."""
    names = [column.header for column in format.columns]
    names = _mostly(draw, names, draw.sample(names, len(names)), names[1:], [*names, "extra"])
    last = ["label", _mostly(draw, "detailed-label", "detailedlabel", "detailed")]
    separator = _mostly(draw, "\t", ",", ";", " ", "\x01")
    parting = draw.choice(("   ", separator))
    escaped = _mostly(draw, f"\\x{ord(separator):02x}", separator, "\\x09", "")
    fields = separator.join([*names[:-1], parting.join([names[-1], *last])])
    head = [
        f"#separator {escaped}",
        f"#set_separator{separator},",
        f"#empty_field{separator}{_mostly(draw, '(empty)', '', 'EMPTY')}",
        f"#unset_field{separator}{_mostly(draw, '-', '', 'NULL')}",
        f"#path{separator}conn",
        f"#fields{separator}{fields}",
        f"#types{separator}string",
    ]
    lines = [line for line in head if draw.random() < 0.95]
    for _ in range(draw.randint(0, MAX_LINES)):
        cells = {"extra": "x", **_cells(draw, format)}
        given = [cells[name] for name in [*names, *format.labels]]
        line = separator.join([*given[:-3], parting.join(given[-3:])])
        lines.append(_mostly(draw, line, "", line[:20], "#close", f"\ufeff{line}", f"#{line}"))
    return [*lines, "#close\t2019-03-15-14-50-49"] if draw.random() < 0.7 else lines


def _json(draw: _Random, cells: dict[str, str]) -> str:
    """Return a record as JSON with text, numbers or unusual types as values."""
    odd = (None, True, [], ["a", None], {"a": 1}, 1e308, 10**30, "\ud800")
    record: dict[str, Any] = {name: _mostly(draw, text, *odd) for name, text in cells.items()}
    if draw.random() < 0.3:
        record = {name: text for name, text in record.items() if text not in ("-", "")}
    text = json.dumps(record)
    doubled = '{"ts": 1, ' + text[1:]
    others = (text[:-1], f"[{text}]", "", "{}", "1", doubled, "#close", "[" * 5000)
    return str(_mostly(draw, text, *others))


def _frame(draw: _Random) -> bytes:
    """Return an Ethernet frame."""
    if draw.random() < 0.2:
        return draw.randbytes(draw.randint(0, 80))
    mqtt = draw.choice((bytes.fromhex("100d00044d5154540402003c000161"), draw.randbytes(20), b""))
    tcp = struct.pack(">HHIIBBHHH", 50000, 1883, 1, 1, 0x50, draw.randrange(256), 502, 0, 0) + mqtt
    length = _mostly(draw, 20 + len(tcp), 0, 65535)
    head = struct.pack(">BBHHHBBH", 0x45, 0, length, 1, 0x4000, 64, _mostly(draw, 6, 17, 1), 0)
    return bytes(12) + struct.pack(">H", _mostly(draw, 0x0800, 0x0806)) + head + bytes(8) + tcp


def _written(draw: _Random, lines: Sequence[str]) -> bytes:
    """Return lines as bytes, with random encoding and line ends."""
    end = _mostly(draw, "\n", "\r\n", "\r")
    ends = [_mostly(draw, end, "\n") if draw.random() < 0.1 else end for _ in lines]
    ends[-1:] = [_mostly(draw, end, "", "\n\n")] if lines else []
    text = _mostly(draw, "", "\ufeff", "\n") + "".join(map(str.__add__, lines, ends))
    encoding = "utf-8" if draw.random() < 0.97 else draw.choice(("utf-16", "latin-1", "utf-16-le"))
    return text.encode(encoding, errors="replace")
