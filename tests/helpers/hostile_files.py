"""Raw files that are made to break a reader: archives, CSV, Zeek logs, captures."""

import gzip
import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import pyarrow as pa
from hostile import Case

from ecnet import datasets, readers
from ecnet.readers import compressed

CSV = "UNSW_2018_IoT_Botnet_Dataset_1.csv"
LOG = "CTU-IoT-Malware-Capture-3-1.conn.log.labeled"
FLOWS = "bot_iot_12_columns.csv"
FORMATS = {
    CSV: ("bot-iot", "argus"),
    LOG: ("iot-23", "zeek"),
    FLOWS: ("bot-iot", "columns-12"),
}
MEGABYTE = 1 << 20


def read(path: Path, name: str = CSV) -> None:
    """Read a file to its end, as the sample step does."""
    dataset, format_name = FORMATS[name]
    format = datasets.load(dataset).format(format_name)
    for _ in readers.read(path, format, format.source(name)):
        pass


def given(
    content: bytes | Callable[[], Iterator[bytes]], folder: Path, name: str = CSV, suffix: str = ""
) -> None:
    """Read a file with this content."""
    path = folder / f"{name}{suffix}"
    with path.open("wb") as file:
        for block in [content] if isinstance(content, bytes) else content():
            file.write(block)
    read(path, name)


def long_line() -> Iterator[bytes]:
    """Yield a hundred megabytes without a line end."""
    return (b"x" * MEGABYTE for _ in range(100))


def long_second_line() -> Iterator[bytes]:
    yield RECORD
    yield from long_line()


def zipped(member: zipfile.ZipInfo | str, content: bytes, folder: Path) -> None:
    """Read a .zip with one member."""
    path = folder / f"{CSV}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    read(path)


def linked(mode: int, folder: Path) -> None:
    """Read a .zip whose member claims to be a link or a device."""
    member = zipfile.ZipInfo(CSV)
    member.external_attr = (mode | 0o777) << 16
    zipped(member, b"/etc/passwd", folder)


def two_members(folder: Path) -> None:
    path = folder / f"{CSV}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "1")
    read(path)


def encrypted(folder: Path) -> None:
    """Read a .zip that claims to be encrypted."""
    path = folder / f"{CSV}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(CSV, "1,2,3\n")
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    read(path)


def bomb(suffix: str, folder: Path) -> None:
    """Read a small file that decompresses to many records.

    The absolute limit is lowered, so that a small file is enough to reach the relative one.
    """
    path = folder / f"{CSV}{suffix}"
    content = (b"0" * 5000 + RECORD) * 10_000  # compresses better than RECORD alone
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(CSV, content)
    elif suffix == ".gz":
        path.write_bytes(gzip.compress(content))
    else:
        path.write_bytes(pa.compress(content, "zstd", asbytes=True))
    with mock.patch.object(compressed, "_MIN_LIMIT", MEGABYTE):
        read(path)


def in_place(make: Callable[[Path], object], folder: Path) -> None:
    """Read something that is in the place of a file."""
    make(folder / CSV)
    read(folder / CSV)


def capture(content: bytes, folder: Path) -> None:
    """Read a packet capture."""
    path = folder / "flood.pcap"
    path.write_bytes(content)
    format = next(
        format for format in datasets.load("mqttset").formats if format.reader == "packets"
    )
    for _ in readers.read(path, format, format.source(path.name)):
        pass


def pcap(*packets: bytes, link: int = 1, magic: int = 0xA1B2C3D4) -> bytes:
    return struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 65535, link) + b"".join(packets)


def packet(length: int, data: bytes = b"\0" * 60) -> bytes:
    return struct.pack("<IIII", 0, 0, length, length) + data


def pcapng(block_length: int) -> bytes:
    """Return a section header and a block that claims this length."""
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    return section + struct.pack("<II", 6, block_length) + b"\0" * 60


RECORD = b"1," * 32 + b"1,DDoS,TCP\n"
ZEEK = b"#separator \\x09\n#fields\tts\tuid\tproto\n#types\ttime\tstring\tenum\n"
HEADER = b"a,b,c\n"
ARCHIVE = io.BytesIO()
with zipfile.ZipFile(ARCHIVE, "w") as inner:
    inner.writestr("inner.csv", "1")


def nothing(_: Path) -> None:
    """Create nothing."""


def to_zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def to_itself(path: Path) -> None:
    path.symlink_to(path)


NO_END = RECORD + RECORD.replace(b"TCP", b'"TCP') + RECORD
SECOND = RECORD + b",".join(b"column%d" % place for place in range(35)) + b"\n" + RECORD
LATIN = RECORD + RECORD.replace(b"TCP", b"TC\xe9")
RETURNS = RECORD.replace(b"\n", b"\r") * 3
NO_TEXT = b"#fields\t\xff\n#types\tx\n"

CASES = [
    Case("archive", "a .zip of two files", two_members),
    Case("archive", "a .zip of `../../x.csv`", partial(zipped, "../../x.csv", b"1")),
    Case("archive", "a .zip of `/etc/x.csv`", partial(zipped, "/etc/x.csv", b"1")),
    Case("archive", "a .zip of `C:\\x.csv`", partial(zipped, "C:\\x.csv", b"1")),
    Case(
        "archive",
        "a .zip of a name with control characters",
        partial(zipped, "\x01\x7fé.csv", b"1"),
    ),
    Case("archive", "a .zip of a link", partial(linked, stat.S_IFLNK)),
    Case("archive", "a .zip of a device", partial(linked, stat.S_IFCHR)),
    Case("archive", "a .zip of a .zip", partial(zipped, "inner.zip", ARCHIVE.getvalue())),
    Case("archive", "a .zip of a .gz", partial(zipped, "x.csv.gz", gzip.compress(b"1"))),
    Case("archive", "an encrypted .zip", encrypted),
    Case("archive", "a broken .zip", partial(given, b"PK\x03\x04 nothing", suffix=".zip")),
    Case("archive", "a broken .gz", partial(given, b"\x1f\x8b nothing", suffix=".gz")),
    Case("archive", "a file that is not a .zst", partial(given, b"nothing", suffix=".zst")),
    *(
        Case(
            "archive",
            f"a {suffix} that decompresses to far more than its size",
            partial(bomb, suffix),
        )
        for suffix in (".zip", ".gz", ".zst")
    ),
    Case("not a file", "nothing", partial(in_place, nothing)),
    Case("not a file", "a folder", partial(in_place, Path.mkdir)),
    Case("not a file", "a named pipe", partial(in_place, os.mkfifo)),
    Case(
        "not a file",
        "a link to /dev/zero",
        partial(in_place, to_zero),
    ),
    Case(
        "not a file",
        "a link to itself",
        partial(in_place, to_itself),
    ),
    Case("CSV", "nothing", partial(given, b"")),
    Case("CSV", "only a header", partial(given, b"proto,state\n", name=FLOWS)),
    Case("CSV", "a million columns", partial(given, b"a," * MEGABYTE + b"\n1\n")),
    Case("CSV", "a line of a hundred megabytes", partial(given, long_line)),
    Case(
        "CSV",
        "a field of a hundred megabytes, in the second line",
        partial(given, long_second_line),
    ),
    Case("CSV", "NUL bytes", partial(given, b"\0" * 1000)),
    Case("CSV", "a label with a NUL byte", partial(given, RECORD.replace(b"TCP", b"T\0P"))),
    Case("CSV", "UTF-16", partial(given, "1,2,3\n".encode("utf-16"))),
    Case("CSV", "UTF-16 without a mark", partial(given, "1,2,3,4\n".encode("utf-16-le"))),
    Case("CSV", "ARFF", partial(given, b"@relation x\n@data\n1,2\n")),
    Case("CSV", "a second header of other columns", partial(given, SECOND)),
    Case("CSV", "Latin-1", partial(given, LATIN)),
    Case(
        "CSV",
        "an unclosed quote",
        partial(given, NO_END),
    ),
    Case("CSV", "carriage returns as line ends", partial(given, RETURNS)),
    Case("CSV", "the header of another file", partial(given, HEADER)),
    Case("CSV", "a page of HTML", partial(given, b"<!DOCTYPE html>\n<title>404</title>\n")),
    Case("Zeek log", "no header", partial(given, b"1\t2\t3\n", name=LOG)),
    Case("Zeek log", "too few fields", partial(given, ZEEK + b"1\t2\n", name=LOG)),
    Case("Zeek log", "a header that does not end", partial(given, b"#" * 2 * MEGABYTE, name=LOG)),
    Case(
        "Zeek log",
        "bytes that are not text",
        partial(given, NO_TEXT, name=LOG),
    ),
    Case("capture", "a text file", partial(capture, b"no capture")),
    Case("capture", "a packet of two gigabytes", partial(capture, pcap(packet(1 << 31)))),
    Case("capture", "a truncated packet", partial(capture, pcap(packet(60), packet(60, b"")))),
    Case("capture", "an unknown link type", partial(capture, pcap(packet(60), link=65000))),
    Case("capture", "a block of length 0", partial(capture, pcapng(0))),
    Case("capture", "a block of four gigabytes", partial(capture, pcapng(0xFFFFFFFC))),
]
