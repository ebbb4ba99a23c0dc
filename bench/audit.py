"""How long `ecnet audit` takes on a large capture, and how much memory.

Takes one IoT-23 capture, repeats its flows under one header to some 926,000, audits the file with
every check, and writes results/bench/audit.csv. Without a capture a simulated one is taken. Once
as it is, and once with no two flows alike: times, identifiers, addresses, ports, durations and
bytes are drawn anew for each, which is the hardest case for codes and trees.

    python bench/audit.py [CAPTURE]      CAPTURE: a conn.log.labeled, or .gz of one
"""

import sys
import tempfile
from pathlib import Path

import logs
import measure

from ecnet.files import write_csv

OUTPUT = Path(__file__).parents[1] / "results/bench/audit.csv"
FLOWS = 925_722


def main() -> None:
    """Make the file, audit it, and write what that took."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        given = sys.argv[1:]
        capture = Path(given[0]) if given else logs.simulated(folder, "34-1", 20_000)
        (folder / "large").mkdir()
        for distinct in (False, True):
            path = logs.large(capture, folder / "large", FLOWS, distinct=distinct)
            arguments = ["ecnet", "audit", path, "--output", path.parent / "out"]
            seconds, _, memory = measure.command(arguments)
            print(f"{FLOWS:,} flows, distinct: {distinct}: {seconds:.1f} s, {memory:.0f} MiB")
            source = "not stated" if given else "simulated"
            sized = path.stat().st_size
            rows.append([source, FLOWS, distinct, sized, f"{seconds:.1f}", f"{memory:.0f}"])
    write_csv(OUTPUT, ["source", "flows", "distinct", "bytes", "seconds", "peak_mib"], rows)


if __name__ == "__main__":
    main()
