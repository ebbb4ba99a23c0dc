"""How long the whole IoT-23 takes to be sampled, by file, and how much memory.

Its 23 captures are written at their published sizes: 325,307,990 simulated flows, 45 GB. Of each
a million flows are drawn and then repeated: to draw all (--distinct) takes several times as long as
to sample them. A capture is sampled by the step `shard` as the pipeline does it, and deleted; then
the samples are merged. Each step has a process of its own. What others do on the machine changes
seconds, but hardly the seconds of the processor: from those follows what 8 and 64 cores take.
Classes are those of a capture that the simulator knows. Writes results/bench/scale.csv as it goes,
and results/bench/scale_cores.csv.

    python bench/scale.py --records 1000000           all captures, each smaller by one factor
    python bench/scale.py --growth 1000000 10000000   the largest capture alone, at these sizes
    python bench/scale.py --ranges 1 2 4              the largest alone, by how it is cut
    python bench/scale.py --plan                      what it takes Snakemake to plan all of it
"""

import argparse
import heapq
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import measure
import yaml

from ecnet import datasets, files, seeds
from ecnet.config.params import canonical
from ecnet.prepare import reading
from ecnet.simulate import simulator
from ecnet.simulate.allocation import Allocation, allocate
from ecnet.simulate.sampler import Sampler

DATASET, WHOLE = "iot-23", 325_307_990
CAPTURES = {
    # By a capture whose classes they get: flows, as the page of the dataset counts them.
    "42-1": {"8-1": 10_403, "20-1": 3_209, "21-1": 3_286, "42-1": 4_426},
    "34-1": {"34-1": 23_145, "35-1": 10_447_795, "44-1": 237, "48-1": 3_394_346},
    "7-1": {"7-1": 11_454_722, "17-1": 54_659_863, "33-1": 54_454_591, "36-1": 13_645_106},
    "1-1": {
        **{"1-1": 1_008_748, "3-1": 156_103, "9-1": 6_378_293, "43-1": 67_321_809},
        **{"49-1": 5_410_561, "52-1": 19_781_378, "60-1": 3_581_028},
    },
}
KINDS = ("Honeypot", "IoT-Malware")
HONEYPOTS = {"4-1": 452, "5-1": 1_374, "7-1": 130}
LARGEST = "CTU-IoT-Malware-Capture-39-1.conn.log.labeled"


def captures() -> dict[str, tuple[int, str]]:
    """Return the files: flows, and a file with such classes. The largest has what is left."""
    honeypot, malware = (f"CTU-{kind}-Capture-{{}}.conn.log.labeled" for kind in KINDS)
    found = {
        honeypot.format(one): (size, honeypot.format("4-1")) for one, size in HONEYPOTS.items()
    }
    for like, held in CAPTURES.items():
        found |= {malware.format(one): (size, malware.format(like)) for one, size in held.items()}
    rest = WHOLE - sum(size for size, _ in found.values())
    return found | {LARGEST: (rest, malware.format("1-1"))}


HEADER = (
    *("step", "file", "records", "bytes", "ranges", "seconds", "processor_seconds", "mebibytes"),
    *("records_per_processor_second", "source"),
)
Row = tuple[str, str, int, int, int, float, float, int, int, str]


def allocation(file: str, records: int) -> Allocation:
    """Return so many records of a capture, of the classes of one that the simulator knows."""
    like = captures()[file][1]
    spec = next(one for one in simulator.file_specs(DATASET) if one.name == like)
    (found,) = allocate([replace(spec, name=file, published=_enough(spec.published))], records)
    return found


def _enough(published: dict[str, int]) -> dict[str, int]:
    """Return class sizes of about the same proportions, so small that most captures have more."""
    least = min(published.values())
    return {name: max(1, size // least) for name, size in published.items()}


def simulate(file: str, records: int, distinct: int, output: Path) -> None:
    """Write a capture of so many records, `distinct` of them drawn and then repeated."""
    key, how = seeds.key("simulate", 1, DATASET, file), simulator.generator(DATASET)
    held = allocation(file, min(records, distinct))
    drawn = simulator.encoded(how, Sampler(held, simulator.mixtures(DATASET), key))
    with output.open("wb") as stream:
        if held.records == records:
            stream.writelines(drawn)
            return
        header, *blocks, footer = drawn
        flows = b"".join(blocks)
        times, rest = divmod(records, held.records)
        stream.write(header)
        for _ in range(times):
            stream.write(flows)
        stream.writelines(flows.splitlines(keepends=True)[:rest])
        stream.write(footer)


def settings() -> str:
    """Return what `shard` reads, as the plan has it for params.yaml."""
    format = datasets.load(DATASET).format("zeek")
    cap = yaml.safe_load((measure.ROOT / "params.yaml").read_text())["sampling"]["cap"]
    return canonical(
        dataset=DATASET,
        format="zeek",
        source="simulated",
        seed=1,
        rule="priority",
        targets=dict.fromkeys(format.classes, cap),
        companions=[],
        max_rejected=0.01,
        check_facts=False,
        label_counts=[],
    )


def sampled(
    file: str, records: int, distinct: int, folder: Path, ranges: Sequence[int] = ()
) -> Iterator[Row]:
    """Simulate a capture, sample and delete it.

    distinct: how many of its records are drawn. ranges: how it is cut; empty: as in a run.
    """
    raw, facts = folder / "raw" / file, folder / "facts.json"
    raw.parent.mkdir(exist_ok=True)
    files.write_json(facts, {"source": "simulated", "sha256": "", "bytes": 0})
    write = [sys.executable, __file__, "--simulate", file, "--records", str(records)]
    cost = measure.command([*write, "--distinct", str(distinct), "--output", raw])
    try:
        size = raw.stat().st_size
        step = "simulate" if distinct >= records else "repeat"
        yield _row(step, file, records, size, 1, cost)
        call = ["ecnet", "shard", "--raw", raw, "--provenance", facts, "--settings", settings()]
        for count in ranges or [reading.ranges(raw)]:
            cost = measure.command([*call, "--folder", folder / "sampled", "--ranges", str(count)])
            yield _row("shard", file, records, size, count, cost)
    finally:
        raw.unlink()


def _row(step: str, file: str, records: int, size: int, ranges: int, cost: measure.Cost) -> Row:
    rate = round(records / cost.processor)
    seconds, processor = round(cost.seconds, 1), round(cost.processor, 1)
    return (
        *(step, file, records, size, ranges, seconds, processor, round(cost.mebibytes), rate),
        "simulated",
    )


def merged(folder: Path, expected: int) -> Row:
    """Merge the samples of all captures."""
    shards = sorted((folder / "sampled").glob("*.parquet"))
    counts = folder / "counts.json"
    cost = measure.command(
        [
            *("ecnet", "merge", "--shards", *shards, "--output", folder / "sample.parquet"),
            *("--counts", counts, "--rejected", folder / "rejected.csv"),
            *("--settings", settings()),
        ]
    )
    held = json.loads(counts.read_text())["classes"]
    records = sum(one["read"] for one in held.values())
    if records != expected:
        sys.exit(f"{records} records were read, not {expected}")
    size = (folder / "sample.parquet").stat().st_size
    return _row("merge", "", records, size, 1, cost)


def makespan(jobs: Sequence[float], cores: int) -> float:
    """Return how long jobs of one core take, the longest first, each on the first free core."""
    free = [0.0] * cores
    for job in sorted(jobs, reverse=True):
        heapq.heappush(free, heapq.heappop(free) + job)
    return max(free)


def by_cores(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Return how long sampling of all files takes on some cores, by the processor's seconds.

    A file is one job, or one for each of its ranges.
    """
    own = [(row[3], row[6]) for row in rows if row[0] == "shard"]
    whole = [seconds for _, seconds in own]
    cut: list[float] = []
    for size, seconds in own:
        count = min(reading._MOST, 1 + size // reading._RANGE)
        cut += [seconds / count] * count
    return [
        (
            cores,
            round(sum(whole), 1),
            round(makespan(whole, cores), 1),
            round(makespan(cut, cores), 1),
            "simulated",
        )
        for cores in (1, 2, 8, 64)
    ]


def plan() -> None:
    """Print how many jobs the full matrix on all published files has, and what planning takes."""
    with tempfile.TemporaryDirectory() as temporary:
        mirror, run = Path(temporary) / "mirror", Path(temporary) / "run"
        for name in simulator.names():
            dataset = datasets.load(name)
            patterns = [source.pattern for source in dataset.formats[0].sources]
            for file in {*simulator.files(name, WHOLE), *(p for p in patterns if "*" not in p)}:
                place = mirror / dataset.folder / file
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
        run.mkdir()
        (run / "params.yaml").write_bytes((measure.ROOT / "params.yaml").read_bytes())
        call = ["snakemake", "--snakefile", measure.ROOT / "Snakefile", "--directory", run]
        call += ["--dry-run", "--config", f"mirror={mirror}", "source=mirror"]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
        counted = re.findall(
            r"^(fetch|shard|total) +(\d+)", done.stdout + done.stderr, re.MULTILINE
        )
        print(*(f"{rule}: {jobs} jobs" for rule, jobs in dict(counted).items()), sep="\n")
        cost = measure.command([*call, "--quiet", "all"])
    measure.write("scale_plan", ("seconds", "processor_seconds", "mebibytes"), [cost])


def main() -> None:
    """Measure all captures, or the largest alone."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=WHOLE)
    parser.add_argument(
        "--distinct",
        type=int,
        default=1_000_000,
        help="flows of a capture that are drawn; then they are repeated, which takes less time",
    )
    parser.add_argument("--growth", type=int, nargs="+", default=[])
    parser.add_argument("--ranges", type=int, nargs="+", default=[])
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--folder", type=Path, help="for files while they are needed")
    parser.add_argument("--simulate", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.simulate:
        simulate(given.simulate, given.records, given.distinct, given.output)
        return
    if given.plan:
        plan()
        return
    alone, name = bool(given.growth or given.ranges), "scale"
    sizes = {file: max(1, size * given.records // WHOLE) for file, (size, _) in captures().items()}
    todo = sorted(sizes.items(), key=lambda one: -one[1])
    if alone:
        name = "scale_growth" if given.growth else "scale_ranges"
        todo = [(LARGEST, size) for size in given.growth or [sizes[LARGEST]]]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=given.folder) as temporary:
        for file, records in todo:
            for row in sampled(file, records, given.distinct, Path(temporary), given.ranges):
                rows.append(row)
                print(*row, flush=True)
                files.write_csv(measure.FOLDER / f"{name}.csv", HEADER, rows)
        if not alone:
            rows.append(merged(Path(temporary), sum(sizes.values())))
    measure.write(name, HEADER, rows)
    if not alone:
        header = ("cores", "processor_seconds", "in_files", "in_ranges", "source")
        measure.write("scale_cores", header, by_cores(rows))
    elif given.growth:
        for step in ("simulate", "shard"):
            own = [row for row in rows if row[0] == step and row[4] == rows[0][4]]
            if len(own) < 2:
                continue
            slope = measure.exponent([row[2] for row in own], [row[6] for row in own])
            print(f"{step}: processor seconds grow with exponent {slope:.2f}")


if __name__ == "__main__":
    main()
