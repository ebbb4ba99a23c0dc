"""Write simulated native files, for datasets whose real files are not available."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecnet.files import atomic, sha256, write_json
from ecnet.simulate import simulator


def run(*, outputs: list[Path], provenance: list[Path], settings: Mapping[str, Any]) -> None:
    """Write the native files of a simulated dataset, and beside each that it is simulated.

    outputs: written, under the names that the dataset's files have. provenance: written, JSON for
        each of them.
    settings: dataset, format, seed, records (of the whole dataset), statistics (digest).

    Raises:
        InputError: the dataset has no such file at that size.
    """
    dataset, seed = settings["dataset"], settings["seed"]
    for output, record in zip(outputs, provenance, strict=True):
        write(output, dataset, output.name, records=settings["records"], seed=seed)
        write_json(
            record,
            {
                "dataset": dataset,
                "file": output.name,
                "source": "simulated",
                "seed": seed,
                "statistics": settings["statistics"],
                "bytes": output.stat().st_size,
                "sha256": sha256(output),
            },
        )


def simulate(
    dataset: str, *, folder: Path, records: int = 10_000, seed: int = 1, file: str = ""
) -> None:
    """Write the native files of a simulated dataset, or one of them, to `folder`.

    The files look like real ones, so SIMULATED.json beside them says that they are simulated.

    dataset: its name, as in params.yaml.
    folder: where the files are written.
    records: how many in all.
    seed: another one gives other records.
    file: the name of the one native file to write; empty: all files of the dataset.

    Raises:
        InputError: the dataset cannot be simulated, or has no such file at that size.
    """
    simulator.generator(dataset)
    names = [file] if file else simulator.files(dataset, records)
    for name in names:
        simulator.allocation_of(dataset, name, records)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / NOTE,
        {
            "dataset": dataset,
            "source": "simulated",
            "seed": seed,
            "records": records,
            "statistics": simulator.digest(dataset),
        },
    )
    for name in names:
        write(folder / name, dataset, name, records=records, seed=seed)
        print(f"{folder / name}: {(folder / name).stat().st_size:,} bytes", flush=True)


NOTE = "SIMULATED.json"
"""Written beside simulated files, so that nobody mistakes them for real ones."""


def write(output: Path, dataset: str, file: str, *, records: int, seed: int) -> None:
    """Write one native file, a block at a time."""
    with atomic(output) as temporary, temporary.open("wb") as stream:
        for block in simulator.native_bytes(dataset, file, records=records, seed=seed):
            stream.write(block)
