"""How long `ecnet audit` takes on a large capture, and how much memory.

Takes one IoT-23 capture, repeats its flows under one header to some 926,000, audits the file with
every check, and writes results/bench/audit.csv. Without a capture a simulated one is taken. Once
as it is, and once with no two flows alike: times, identifiers, addresses, ports, durations and
bytes are drawn anew for each, which is the hardest case for codes and trees.

    python bench/audit.py [CAPTURE]      CAPTURE: a conn.log.labeled, or .gz of one
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ecnet.files import plain_name, write_csv
from ecnet.readers.compressed import opened

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "results/bench/audit.csv"
FLOWS = 925_722
SIMULATED = "CTU-IoT-Malware-Capture-34-1.conn.log.labeled"
_MEASURE = (
    "import resource, subprocess, sys; status = subprocess.run(sys.argv[1:]).returncode; "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(status)"
)


def simulated(folder: Path) -> Path:
    """Write a simulated capture to `folder`."""
    command = ["ecnet", "simulate", "iot-23", "--folder", folder, "--file", SIMULATED]
    subprocess.run([*command, "--records", "20000"], check=True, stdout=subprocess.DEVNULL)
    return folder / SIMULATED


def repeated(header: list[bytes], flows: list[bytes], *, distinct: bool) -> Iterator[bytes]:
    """Yield a log of FLOWS flows."""
    yield from header
    names = next(line for line in header if line.startswith(b"#fields")).split(b"\t")[1:]
    place = {name.decode(): number for number, name in enumerate(names)}
    draw = random.Random(1)  # noqa: S311
    for number in range(FLOWS):
        flow = flows[number % len(flows)]
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


def measured(path: Path) -> tuple[float, float]:
    """Return the seconds that the audit of a file takes, and its peak memory in MiB."""
    command = ["ecnet", "audit", str(path), "--output", str(path.parent / "out")]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return time.perf_counter() - start, int(done.stdout.splitlines()[-1]) / 1024


def large(capture: Path, folder: Path, *, distinct: bool) -> Path:
    """Write the large file to `folder`."""
    with opened(capture) as stream:
        lines = [line.rstrip(b"\n") + b"\n" for line in stream]
    header = [line for line in lines if line.startswith(b"#") and b"#close" not in line]
    flows = [line for line in lines if not line.startswith(b"#")]
    path = folder / plain_name(capture.name)
    with path.open("wb") as file:
        file.writelines(repeated(header, flows, distinct=distinct))
    return path


def main() -> None:
    """Make the file, audit it, and write what that took."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        given = sys.argv[1:]
        capture = Path(given[0]) if given else simulated(folder)
        (folder / "large").mkdir()
        for distinct in (False, True):
            path = large(capture, folder / "large", distinct=distinct)
            seconds, memory = measured(path)
            print(f"{FLOWS:,} flows, distinct: {distinct}: {seconds:.1f} s, {memory:.0f} MiB")
            source = "not stated" if given else "simulated"
            sized = path.stat().st_size
            rows.append([source, FLOWS, distinct, sized, f"{seconds:.1f}", f"{memory:.0f}"])
    write_csv(OUTPUT, ["source", "flows", "distinct", "bytes", "seconds", "peak_mib"], rows)


if __name__ == "__main__":
    main()
