"""How fast a file is sampled, against how fast others merely parse it, or do the same job.

Simulated files of BoT-IoT are sampled by the step `shard`, as the pipeline does it, and read by
pandas in chunks, Polars and DuckDB, which (a) parse every column and no more, and (b) do the same
job: name the class of each record, keep the records of lowest priority of each class, write them
as Parquet. What each of them keeps must be what the step keeps. Each way has a process of its own
for each round, so that its peak of memory is its own; what it takes to import it is not counted.
With several cores a file is a process for the step, as in the pipeline, and the others have as
many threads. Writes results/bench/sampling.csv.

Needs Polars and DuckDB: pip install --editable '.[bench]'
"""

import argparse
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import measure
import numpy as np
import yaml

from ecnet import datasets
from ecnet.prepare import reading, sample
from ecnet.readers import priority
from ecnet.simulate import raw_file

DATASET, FORM = "bot-iot", "argus"
MERELY = ("pandas", "polars", "duckdb")
WAYS = ("ecnet", *MERELY, *(f"{way}, same job" for way in MERELY))
CHUNK = 100_000
HEADER = (
    *("way", "cores", "records", "records_per_second", "gigabytes_per_second"),
    *("ratio", "ratio_least", "ratio_largest", "mebibytes", "source"),
)
FLOODS = ("DoS", "DDoS")


def names() -> list[str]:
    """Return the columns of a file, in order."""
    return list(datasets.load(DATASET).format(FORM).layout)


def ranks(file: Path, count: int) -> np.ndarray:
    """Return the priority of each record of a file, (n,) uint64."""
    return priority.priorities(1, file.name, np.arange(1, count + 1))


def with_ecnet(file: Path, cap: int, output: Path) -> None:
    """Do what the pipeline does."""
    format = datasets.load(DATASET).format(FORM)
    facts = output / "facts.json"
    facts.write_text(json.dumps({"source": "simulated", "sha256": "", "bytes": 0}))
    settings = {
        **{
            "dataset": DATASET,
            "format": FORM,
            "source": "simulated",
            "seed": 1,
            "rule": "priority",
        },
        **{"targets": dict.fromkeys(format.classes, cap), "companions": []},
        **{"max_rejected": 0.01, "check_facts": False},
    }
    sample.shard(raw=file, provenance=facts, folder=output, settings=settings)


def with_pandas(file: Path, cap: int, output: Path) -> None:
    """Parse in chunks; with a `cap`, keep the lowest of each class so far."""
    import pandas as pd

    kept, before = None, 0
    for chunk in pd.read_csv(file, header=None, names=names(), chunksize=CHUNK):
        if not cap:
            continue
        rows = np.arange(before + 1, before + len(chunk) + 1)
        before += len(chunk)
        category, kind = (chunk[name].str.strip() for name in ("category", "subcategory"))
        chunk["label"] = category.mask(category.isin(FLOODS), category + "-" + kind)
        chunk = chunk.assign(row=rows, priority=priority.priorities(1, file.name, rows))
        both = chunk if kept is None else pd.concat([kept, chunk])
        rank = both.groupby("label")["priority"].rank(method="first")
        kept = both[rank <= cap]
    if kept is not None:
        kept.sort_values("row").to_parquet(output / "kept.parquet", compression="zstd")


def with_polars(file: Path, cap: int, output: Path) -> None:
    """Parse the whole file; with a `cap`, keep the lowest of each class."""
    import polars as pl

    table = pl.read_csv(file, has_header=False, new_columns=names(), infer_schema_length=10_000)
    if not cap:
        return
    category, kind = (pl.col(name).str.strip_chars() for name in ("category", "subcategory"))
    flood = category.is_in(FLOODS)
    table = table.with_columns(
        label=pl.when(flood).then(category + "-" + kind).otherwise(category),
        row=pl.int_range(1, pl.len() + 1),
        priority=pl.Series(ranks(file, len(table))),
    )
    kept = table.filter(pl.col("priority").rank("ordinal").over("label") <= cap)
    kept.write_parquet(output / "kept.parquet", compression="zstd")


def with_duckdb(file: Path, cap: int, output: Path) -> None:
    """Parse the whole file; with a `cap`, keep the lowest of each class."""
    import duckdb

    base = duckdb.connect()
    base.execute(f"SET threads = {os.environ['BENCH_CORES']}")
    columns = ", ".join(f"'{name}'" for name in names())
    read = f"read_csv('{file}', header = false, names = [{columns}], sample_size = 20000)"
    base.execute(f"CREATE TABLE records AS SELECT * FROM {read}")
    if not cap:
        return
    ((count,),) = base.execute("SELECT count(*) FROM records").fetchall()
    rank = ranks(file, count)
    base.register("ranks", {"priority": rank, "row": np.arange(1, len(rank) + 1)})
    base.execute(
        "COPY (SELECT * FROM (SELECT *, CASE WHEN trim(category) IN ('DoS', 'DDoS') THEN"
        " trim(category) || '-' || trim(subcategory) ELSE trim(category) END AS label FROM"
        " (SELECT *, row_number() OVER () AS row FROM records)) JOIN ranks USING (row)"
        " QUALIFY row_number() OVER (PARTITION BY label"
        f" ORDER BY priority) <= {cap} ORDER BY row) TO '{output / 'kept.parquet'}'"
        " (FORMAT parquet, COMPRESSION zstd)"
    )


BY: dict[str, Callable[[Path, int, Path], None]] = {
    "ecnet": with_ecnet,
    "pandas": with_pandas,
    "polars": with_polars,
    "duckdb": with_duckdb,
}


def one(way: str, file: Path, cap: int) -> None:
    """Read one file one way in this process; print the seconds, the memory and what was kept."""
    import pyarrow.parquet as pq

    library, _, job = way.partition(", ")
    if library in MERELY:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory() as folder:
        if library == "ecnet":  # load the compiled code before the measurement
            warm = Path(folder) / file.name
            warm.write_bytes(file.read_bytes()[: 1 << 20].rpartition(b"\n")[0] + b"\n")
            reading._LARGE = 0
            with_ecnet(warm, cap, Path(folder))
        start = time.perf_counter()
        BY[library](file, cap if job or library == "ecnet" else 0, Path(folder))
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        written = list(Path(folder).glob("kept.parquet")) or list(
            Path(folder).glob(f"{file.name}.parquet")
        )
        kept = [sorted(pq.read_table(path)["row"].to_pylist()) for path in written]
    print(json.dumps([seconds, memory, hash(tuple(kept[0])) if kept else 0]))


def read(way: str, files: list[Path], cap: int, cores: int) -> tuple[float, int, list[int]]:
    """Read all files one way; return the seconds, the most memory, and what was kept of each."""
    alone = way == "ecnet"
    environment = {
        **os.environ,
        "BENCH_CORES": str(cores),
        "POLARS_MAX_THREADS": str(cores),
        "PYTHONHASHSEED": "0",
    }

    def child(file: Path) -> list[float]:
        done = subprocess.run(
            [sys.executable, __file__, "--way", way, "--file", file, "--cap", str(cap)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{way}: {done.stderr}")
        found: list[float] = json.loads(done.stdout.splitlines()[-1])
        return found

    with ThreadPoolExecutor(cores if alone else 1) as pool:
        found = list(pool.map(child, files))
    seconds = sum(took for took, _, _ in found) / (min(cores, len(files)) if alone else 1)
    return seconds, int(max(memory for _, memory, _ in found)), [int(of) for _, _, of in found]


def measured(files: list[Path], cap: int, cores: int, rounds: int) -> list[tuple[object, ...]]:
    """Return a row for each way, after checking that the same job has the same result."""
    size = sum(file.stat().st_size for file in files)
    records = sum(file.read_bytes().count(b"\n") for file in files)
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    memory, kept = dict.fromkeys(WAYS, 0), {}
    for _ in range(rounds):
        for way in WAYS:
            seconds, most, kept[way] = read(way, files, cap, cores)
            taken[way].append(seconds)
            memory[way] = max(memory[way], most)
    for way in WAYS:
        if "same job" in way and kept[way] != kept["ecnet"]:
            sys.exit(f"{way} keeps other records than the step does")
    rows: list[tuple[object, ...]] = []
    for way in WAYS:
        seconds = statistics.median(taken[way])
        ratios = [round(value, 3) for value in measure.ratio(taken["ecnet"], taken[way])]
        speeds = (round(records / seconds), round(size / seconds / 1e9, 4))
        rows.append((way, cores, records, *speeds, *ratios, memory[way], "simulated"))
    return rows


def main() -> None:
    """Measure every way by turns."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--records", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cap", type=int, help="of a class; that of params.yaml")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        one(given.way, given.file, given.cap)
        return
    cap = given.cap or yaml.safe_load(Path("params.yaml").read_text())["sampling"]["cap"]
    with tempfile.TemporaryDirectory() as folder:
        raw_file.simulate(
            dataset=DATASET, folder=Path(folder), records=given.records, seed=1, file=""
        )
        files = sorted(Path(folder).glob("*.csv"))
        rows = [
            row
            for cores in sorted({1, os.cpu_count() or 1})
            for row in measured(files, cap, cores, given.rounds)
        ]
    measure.write("sampling", HEADER, rows)


if __name__ == "__main__":
    main()
