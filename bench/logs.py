"""Large Zeek logs for benchmarks: the flows of one IoT-23 capture, repeated under one header."""

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ecnet.files import plain_name
from ecnet.readers.compressed import opened


def simulated(folder: Path, capture: str, records: int) -> Path:
    """Write a simulated capture of IoT-23 to `folder`. records: of all captures together."""
    file = f"CTU-IoT-Malware-Capture-{capture}.conn.log.labeled"
    command = ["ecnet", "simulate", "iot-23", "--folder", folder, "--file", file]
    subprocess.run([*command, "--records", str(records)], check=True, stdout=subprocess.DEVNULL)
    return folder / file


def large(capture: Path, folder: Path, flows: int, *, distinct: bool) -> Path:
    """Write a log of so many flows to `folder`.

    distinct: draw times, identifiers, addresses, ports, durations and bytes anew for each flow, so
    that no two are alike.
    """
    with opened(capture) as stream:
        lines = [line.rstrip(b"\n") + b"\n" for line in stream]
    header = [line for line in lines if line.startswith(b"#") and b"#close" not in line]
    given = [line for line in lines if not line.startswith(b"#")]
    path = folder / plain_name(capture.name)
    with path.open("wb") as file:
        file.writelines(_repeated(header, given, flows, distinct=distinct))
    return path


def _repeated(
    header: list[bytes], given: list[bytes], flows: int, *, distinct: bool
) -> Iterator[bytes]:
    yield from header
    names = next(line for line in header if line.startswith(b"#fields")).split(b"\t")[1:]
    place = {name.decode(): number for number, name in enumerate(names)}
    draw = random.Random(1)  # noqa: S311
    for number in range(flows):
        flow = given[number % len(given)]
        yield _redrawn(flow, place, number, draw) if distinct else flow


def _redrawn(flow: bytes, place: dict[str, int], number: int, draw: random.Random) -> bytes:
    fields = flow.split(b"\t")
    new = {
        "ts": f"{float(fields[place['ts']]) + 0.137 * number:.6f}",
        "uid": f"C{draw.getrandbits(60):015x}",
        "id.orig_p": draw.randrange(65_536),
        "id.resp_h": ".".join(str(draw.randrange(256)) for _ in range(4)),
        "duration": f"{draw.expovariate(1):.6f}",
        "orig_bytes": draw.randrange(1_000_000),
    }
    for name, value in new.items():
        fields[place[name]] = str(value).encode()
    return b"\t".join(fields)
