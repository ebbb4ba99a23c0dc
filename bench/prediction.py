"""Measure how many records a second each trained variant classifies, on one core.

Reads results/models and data/encoded, so run the pipeline first. Only the classification is timed:
records are encoded and weights are loaded before. A network is measured in its engine, in torch's
nn modules, and in ONNX Runtime if that is installed (the extra `bench`), in alternation, and the
probabilities are compared. Writes results/bench/prediction.csv.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measure
import numpy as np
from threadpoolctl import threadpool_limits

from ecnet import files, models, paths
from ecnet.models import weights as stored
from ecnet.prepare import records
from ecnet.prepare.records import FloatArray, Records
from ecnet.seeds import Run

Way = Callable[[], FloatArray]
ROUNDS = 5
LEAST = 2000
"""The fewest records of one measurement: a smaller test set is repeated."""
HEADER = (
    *("dataset", "variant", "way", "source", "records", "parameters", "bytes"),
    *("records_per_second", "least", "largest"),
)


def measured(path: Path) -> list[tuple[Any, ...]]:
    """Return the rows of one variant on one dataset, measured on its first run."""
    described = files.read_json(path)
    run = described["runs"][0]
    encoder, tensors = (
        Path(pattern.format(dataset=described["dataset"], protocol=""))
        for pattern in (paths.ENCODER, paths.TEST)
    )
    fitted = records.read_encoder(encoder, described["dataset"])
    of_seed = records.of_seed(encoder, fitted, run["split"])
    test = repeated(records.load(tensors, run["split"], "test", described["task"], of_seed))
    weights = path.with_name(Path(paths.WEIGHTS).name)
    with threadpool_limits(1):
        named = ways(described, weights, Run(run["split"], run["weights"]), test)
        taken = measure.by_turns(named, ROUNDS)
    identity = (described["dataset"], described["variant"])
    return [
        (
            *(*identity, way, described["source"], len(test), run["parameters"], run["bytes"]),
            *(round(len(test) / at(times)) for at in (np.median, max, min)),
        )
        for way, times in taken.items()
    ]


def ways(described: dict[str, Any], weights: Path, run: Run, test: Records) -> dict[str, Way]:
    """Return the ways to classify the test set with the model of a run, which agree.

    Raises:
        SystemExit: two of them disagree.
    """
    family, settings = models.family(described["family"]), described["hyperparameters"]
    model = stored.load(weights, run.name, family, settings, test)
    if described["family"] != "ecnet":
        return {described["family"]: lambda: model.predict(test)}
    plain = stored.load(weights, run.name, family, {**settings, "engine": "torch"}, test)
    named: dict[str, Way] = {settings["engine"]: lambda: model.predict(test)}
    named["torch"] = lambda: plain.predict(test)
    try:
        named["onnxruntime"] = onnx(plain.engine.network, settings["batch"], test)
    except ImportError:
        print("ONNX Runtime is left out: pip install onnx onnxscript onnxruntime", file=sys.stderr)
    expected = named["torch"]()
    for name, way in named.items():
        if np.abs(way() - expected).max() > 1e-4:
            sys.exit(f"{weights}: {name} and torch give different probabilities")
    return named


def onnx(network: Any, batch: int, test: Records) -> Way:
    """Return the network as ONNX Runtime computes it, in one thread, `batch` records at a time."""
    import onnxruntime
    import torch

    class Tokens(torch.nn.Module):
        def forward(self, numerical: Any, categorical: Any) -> Any:
            return network(numerical, categorical, None).softmax(dim=1)

    inputs = (test.numerical, test.categorical.astype(np.int64))
    free = {0: torch.export.Dim("records", min=2, max=1 << 20)}
    given = tuple(torch.from_numpy(array[:batch]) for array in inputs)
    program = torch.onnx.export(
        Tokens(), given, dynamo=True, dynamic_shapes=(free, free), verbose=False
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        program.save(file.name)
        session = onnxruntime.InferenceSession(file.name, options)
    names = [wanted.name for wanted in session.get_inputs()]

    def classify() -> FloatArray:
        parts = [
            session.run(
                None, {n: array[i : i + batch] for n, array in zip(names, inputs, strict=True)}
            )[0]
            for i in range(0, len(test), batch)
        ]
        return np.concatenate(parts)

    return classify


def repeated(test: Records, least: int = LEAST) -> Records:
    """Return the records, repeated to at least so many."""
    times = -(-least // len(test))
    tiled = {
        name: np.concatenate([getattr(test, name)] * times)
        for name in ("numerical", "categorical", "label", "count")
    }
    return Records(**tiled, window=None, cardinalities=test.cardinalities, classes=test.classes)


def main() -> None:
    """Measure every variant of the default protocol; print and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words = "of models (results/models/multiclass)"
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path("results/models/multiclass"), help=words
    )
    parser.add_argument("--variants", nargs="*", help="all by default")
    options = parser.parse_args()
    found = sorted(options.folder.glob("[!.]*/*/model.json"))
    found = [path for path in found if "." not in path.parents[1].name]  # other protocols
    found = [p for p in found if p.parent.name in (options.variants or [p.parent.name])]
    if not found:
        sys.exit(f"{options.folder}: holds no model; run first: snakemake results/metrics")
    measure.write("prediction", HEADER, [row for path in found for row in measured(path)])


if __name__ == "__main__":
    main()
