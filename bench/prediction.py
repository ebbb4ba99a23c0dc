"""How many records a second each trained variant classifies, on one core of this machine.

Reads results/models and data/encoded, so run the pipeline first. Only the classification is timed:
records are encoded and weights are loaded before. Writes results/bench/prediction.csv, which says
what the processor is, since the numbers hold for it alone; no table reads it.

    python bench/prediction.py [FOLDER]      FOLDER: of models; results/models/multiclass
"""

import platform
import statistics
import sys
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from ecnet import files, models, records
from ecnet.models import Model
from ecnet.records import Records

MODELS = Path("results/models/multiclass")
OUTPUT = Path("results/bench/prediction.csv")
REPEATS = 5
SHORTEST = 0.2
"""Seconds that one measurement takes at least: the test side is classified as often as it takes."""
HEADER = ("dataset", "variant", "source", "records", "parameters", "bytes", "records_per_second")


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def seconds(model: Model, test: Records) -> float:
    """Return how long classifying the test side takes: the median of several measurements."""
    model.predict(test)  # the first call of a library is slower than all others
    times = []
    for _ in range(REPEATS):
        calls, start = 0, time.perf_counter()
        while (took := time.perf_counter() - start) < SHORTEST:
            model.predict(test)
            calls += 1
        times.append(took / calls)
    return statistics.median(times)


def measured(path: Path) -> tuple[object, ...]:
    """Return the row of one variant on one dataset: its first run stands for all."""
    described = files.read_json(path)
    run = described["runs"][0]
    encoded = Path("data/encoded") / described["dataset"] / f"seed-{run['split']}"
    encoder = files.read_json(encoded / "encoder.json")
    test = records.load(encoded, "test", described["task"], encoder)
    family = models.family(described["family"])
    with threadpool_limits(1):
        weights = path.with_name(f"seed-{run['split']}-{run['weights']}.safetensors")
        model = family.load(weights, described["hyperparameters"], test)
        took = seconds(model, test)
    identity = (described["dataset"], described["variant"], described["source"], len(test))
    return (*identity, run["parameters"], run["bytes"], round(len(test) / took))


def main() -> None:
    """Measure every variant of the honest protocol; print and write the rows."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    paths = sorted(folder.glob("[!.]*/*/model.json"))
    paths = [path for path in paths if "." not in path.parents[1].name]  # other protocols
    if not paths:
        sys.exit(f"{folder}: holds no model; run the pipeline first: snakemake results/metrics")
    rows = []
    for path in paths:
        rows.append((*measured(path), processor()))
        print(*rows[-1], sep="\t", flush=True)
    files.write_csv(OUTPUT, (*HEADER, "processor"), rows)
    print(f"Written: {OUTPUT}")


if __name__ == "__main__":
    main()
