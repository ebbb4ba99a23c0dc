"""How many flows a second `ecnet score` classifies on one core, and with how much memory.

Writes a Zeek log with the flows of one IoT-23 capture, repeated (--flows), and scores it with
EcNet and with XGBoost of results/models, by turns, so run the pipeline first. Without a capture a
simulated one is taken. Once as it is, and a tenth of the flows with no two alike, because equal
flows of a block are computed once. The rates of `ecnet score` are of processor time, which depends
little on what else the machine does. Then the network alone, on encoded flows in memory: in its
engine, in torch's nn modules, and in ONNX Runtime if that is installed (the extra `bench`). Writes
results/bench/scoring.csv.

    python bench/scoring.py [CAPTURE]      CAPTURE: a conn.log.labeled, or .gz of one
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

import logs
import measure
import prediction
from measure import Cost
from threadpoolctl import threadpool_limits

from ecnet import paths
from ecnet.evaluate.scoring import native, trained

VARIANTS = ("ecnet", "xgboost")
ALONE = "ecnet, encoded flows"
SIMULATED = "1-1", 600_000
"""The capture, and records of all captures: its flows fill several blocks, so none has repeats."""
ENCODED = 50_000
"""The flows on which the network alone is measured, at least."""
HEADER = (
    *("source", "flows", "distinct", "what", "way"),
    *("flows_per_second", "least", "largest", "peak_mib"),
)


def whole(log: Path, models: Path, rounds: int) -> dict[str, list[Cost]]:
    """Return for each variant what each round of `ecnet score` takes."""
    taken: dict[str, list[Cost]] = {name: [] for name in VARIANTS}
    output = log.with_suffix(".parquet")
    for _ in range(rounds):
        for name, costs in taken.items():
            arguments = ["ecnet", "score", (models / name).resolve(), log, "--output", output]
            costs.append(measure.command(arguments))
    return taken


def alone(log: Path, model: Path, rounds: int) -> tuple[int, dict[str, list[float]]]:
    """Return how many flows the network classified in memory, and each way's seconds by round."""
    loaded = trained.load(model)
    batch = next(native.batches(log, loaded))
    given = prediction.repeated(loaded.score(batch.records).encoded, ENCODED)
    weights = model / Path(paths.WEIGHTS).name
    with threadpool_limits(1):
        named = prediction.ways(loaded.described, weights, loaded.run, given)
        return len(given), measure.by_turns(named, rounds)


def row(what: str, way: str, flows: int, seconds: list[float], memory: str) -> tuple[Any, ...]:
    """Return the end of a row: rates, median and range."""
    rates = (round(flows / at(seconds)) for at in (statistics.median, max, min))
    return what, way, *rates, memory


def say(named: str, of: list[float], to: list[float]) -> None:
    """Print how many times as fast one way is as another."""
    median, least, most = measure.ratio(of, to)
    print(f"{named}: {median:.2f} times as fast ({least:.2f} to {most:.2f})")


def main() -> None:
    """Make the logs, score them, and write what that took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("capture", type=Path, nargs="?", help="simulated by default")
    parser.add_argument("--flows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    default = Path("results/models/multiclass/iot-23")
    parser.add_argument("--models", type=Path, default=default, help=f"of IoT-23 ({default})")
    given = parser.parse_args()
    source, rows = "not stated" if given.capture else "simulated", []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        capture = given.capture or logs.simulated(folder, *SIMULATED)
        (folder / "large").mkdir()
        for distinct, flows in ((False, given.flows), (True, given.flows // 10)):
            log = logs.large(capture, folder / "large", flows, distinct=distinct)
            about = (source, flows, distinct)
            taken = whole(log, given.models, given.rounds)
            seconds = {name: [one.processor for one in costs] for name, costs in taken.items()}
            for name, costs in taken.items():
                peak = f"{max(one.mebibytes for one in costs):.0f}"
                rows.append((*about, *row("ecnet score", name, flows, seconds[name], peak)))
            say(f"distinct: {distinct}: ecnet to xgboost", seconds["ecnet"], seconds["xgboost"])
        flows, ways = alone(log, given.models / "ecnet", max(given.rounds, prediction.ROUNDS))
    first, *others = ways
    for name, taken_alone in ways.items():
        rows.append((source, flows, True, *row(ALONE, name, flows, taken_alone, "")))
    for name in others:
        say(f"{ALONE}: {first} to {name}", ways[first], ways[name])
    measure.write("scoring", HEADER, rows)


if __name__ == "__main__":
    main()
