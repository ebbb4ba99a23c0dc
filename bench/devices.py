"""How long trained models take to classify one record with ONNX Runtime, on one thread.

Reads models and test records of a project (results/models, data), so run the pipeline first; needs
the extra `bench`. Each variant is exported to ONNX with its encoder, and classifies test records
one at a time, from raw fields, then all at once; `added_mib` is the resident memory that it adds
to a process of its own that has the library. Writes results/bench/devices.csv. On an Arm board
under Linux the same script gives its times.

    python bench/devices.py iot-23 nsl-kdd --variants ecnet xgboost
"""

import argparse
import multiprocessing
import sys
import time
from pathlib import Path
from typing import Any

import measure
import numpy as np
import onnxruntime

from ecnet import paths
from ecnet.evaluate import c, onnx
from ecnet.evaluate.onnx import check
from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.trained import Trained

VARIANTS = ("majority", "tree", "svm", "xgboost", "lstm", "ecnet", "ecnet-gru", "ecnet-rnn")
HEADER = (
    *("dataset", "source", "variant", "records"),
    *("median_us", "p99_us", "records_per_second", "added_mib", "onnxruntime"),
)
_STATUS = Path("/proc/self/status")


def resident() -> float:
    """Return the resident memory of this process, in MiB."""
    (line,) = (one for one in _STATUS.read_text().splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def memory(file: bytes, given: dict[str, Any], sender: Any) -> None:
    """Send the resident memory that a session and one record add to those of the library."""
    before = resident()
    check.session(file).run(["probabilities"], given)
    sender.send(resident() - before)


def added(file: bytes, given: dict[str, Any]) -> float:
    """Return the resident memory that a model adds to a process that has the library, in MiB."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=memory, args=(file, given, sender))
    process.start()
    found: float = receiver.recv()
    process.join()
    return found


def latencies(session: Any, records: list[dict[str, Any]]) -> np.ndarray:
    """Return the seconds of each record, (n,); all run once before, to warm up."""
    taken = np.zeros(len(records))
    for _ in range(2):
        for place, record in enumerate(records):
            start = time.perf_counter()
            session.run(["probabilities"], record)
            taken[place] = time.perf_counter() - start
    return taken


def measured(model: Trained, number: int) -> tuple[Any, ...]:
    """Return the row of a model."""
    file, given = onnx.build(model), c.vector(model, number)
    session, whole = check.session(file), check.inputs(given, model)
    single = [{name: of[i : i + 1] for name, of in whole.items()} for i in range(len(given))]
    seconds = latencies(session, single)
    together = min(measure.seconds(lambda: session.run(["probabilities"], whole)) for _ in range(5))
    described = model.described
    return (
        *(described["dataset"], described["source"], described["variant"], len(given)),
        *(round(1e6 * float(np.percentile(seconds, share)), 1) for share in (50, 99)),
        round(len(given) / together),
        *(round(added(file, single[0]), 1), onnxruntime.__version__),
    )


def main() -> None:
    """Measure; print and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("datasets", nargs="+", help="names, as in results/models/multiclass")
    parser.add_argument("--variants", nargs="+", default=VARIANTS)
    parser.add_argument("--records", type=int, default=500, help="of each dataset, at most")
    options = parser.parse_args()
    rows = []
    for dataset in options.datasets:
        for variant in options.variants:
            names = {"task": "multiclass", "dataset": dataset, "protocol": "", "variant": variant}
            model = Path(paths.MODEL.format(**names))
            if not model.is_file():
                sys.exit(f"{model}: is missing; run first: snakemake results/tables")
            rows.append(measured(trained.load(model.parent), options.records))
    measure.write("devices", HEADER, rows)


if __name__ == "__main__":
    main()
