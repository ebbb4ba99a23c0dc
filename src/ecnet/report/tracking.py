"""Export of a finished run to MLflow, to look at several runs side by side."""

import csv
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ecnet import paths
from ecnet.errors import InputError
from ecnet.files import read_object
from ecnet.render.sources import is_simulated
from ecnet.report.publish import commit

SCORES = Path("results/scores")
_OF_MODEL = (
    *("dataset", "protocol", "task", "variant", "family", "source", "hyperparameters"),
    *("weights_sha256", "runs"),
)
_BATCH = 1000
"""The most values that MLflow takes at once."""


class Value(NamedTuple):
    """A value of a measure; step: the epoch or round, 0 for a score."""

    name: str
    value: float
    step: int = 0


def mlflow(store: Path) -> None:
    """Write the models of a finished run to a store of MLflow: settings, scores, training curves.

    Each model is a run of MLflow, each task and dataset an experiment. A model that the store holds
    already is left out, so that several runs of the project can be exported to one store. Weights
    are not copied. `mlflow ui --backend-store-uri sqlite:///STORE` shows it.

    store: an SQLite file; made if it is missing.

    Raises:
        InputError: MLflow is not installed, or nothing is trained here.
    """
    try:
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise InputError(
            f"mlflow: needs the package {error.name}; run: pip install 'ecnet[mlflow]'"
        ) from error
    models = list(_models())
    if not models:
        raise InputError(f"{SCORES}: holds no scores; run snakemake --cores all results/metrics")
    client, made, now = MlflowClient(f"sqlite:///{store}"), 0, time.time_ns() // 1_000_000
    version = commit(Path())
    for described, values in models:
        name = experiment(described)
        found = client.get_experiment_by_name(name)
        place = found.experiment_id if found else client.create_experiment(name)
        digest = described["weights_sha256"]
        if client.search_runs([place], f"tags.weights_sha256 = '{digest}'", max_results=1):
            continue
        run = client.create_run(place, run_name=label(described), start_time=now).info.run_id
        metrics = [Metric(one.name, one.value, now, one.step) for one in values]
        for at in range(0, len(metrics), _BATCH):
            client.log_batch(run, metrics=metrics[at : at + _BATCH])
        tags = {"weights_sha256": digest, "source": described["source"], "commit": version}
        client.log_batch(
            run,
            params=[Param(key, str(value)) for key, value in settings(described).items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )
        client.set_terminated(run, end_time=now)
        made += 1
    print(f"{store}: {made} models written, {len(models) - made} were there")


def experiment(described: Mapping[str, Any]) -> str:
    """Return the name of the experiment that a model belongs to."""
    simulated = " (simulated)" if is_simulated(described["source"]) else ""
    return f"{described['task']} {described['dataset']}{simulated}"


def label(described: Mapping[str, Any]) -> str:
    """Return the name of a model: its variant, and its protocol if that is not the default one."""
    protocol = described["protocol"]
    return f"{described['variant']} ({protocol})" if protocol else str(described["variant"])


def settings(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model was trained with."""
    return {
        "family": described["family"],
        "protocol": described["protocol"] or "default",
        "runs": len(described["runs"]),
        **described["hyperparameters"],
    }


def _models() -> Iterator[tuple[dict[str, Any], list[Value]]]:
    """Yield model.json and the values of each trained variant: scores, then training curves.

    A score is the mean over splits, as a fraction.
    """
    for path in sorted(SCORES.rglob("*.json")):
        for variant, scores in read_object(path, "evaluate", ()).items():
            place = {"task": path.parent.name, "dataset": path.stem, "protocol": ""}
            place["variant"] = variant
            values = [Value(key, of) for key, of in scores.items() if isinstance(of, float)]
            values += _curves(Path(paths.HISTORY.format(**place)))
            yield read_object(Path(paths.MODEL.format(**place)), "train", _OF_MODEL), values


def _curves(path: Path) -> Iterator[Value]:
    """Yield the training curves in a file, a measure for each run; none if there is no file."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for measure in ("validation", "loss"):
                if row.get(measure):
                    yield Value(f"{measure}/{row['run']}", float(row[measure]), int(row["step"]))
