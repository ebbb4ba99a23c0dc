"""The lineage of tables: the models, data and seeds behind each cell."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecnet import paths
from ecnet.files import read_json, read_object, write_json
from ecnet.seeds import Run

_OF_MODEL = (
    *("dataset", "format", "source", "protocol", "task", "variant", "hyperparameters"),
    *("weights_sha256", "encoder_sha256"),
)


def trace(
    *, models: Sequence[Path], provenance: Path, folder: Path, settings: Mapping[str, Any]
) -> None:
    """Write folder/<table>.provenance.json for each table.

    `cells` lists what a cell of a dataset and variant is made of: the file of weights and its
    SHA-256, that of the encoder, and for each run the seeds of split and weights. `datasets`,
    `processor`, `libraries`, `code`, `params` and `lock` are those of the whole run, as in
    results/provenance.json.

    models: every model.json. provenance: what the step `provenance` wrote.
    settings: tables: name -> tasks, variants and protocols of its cells.

    Raises:
        InputError: a file cannot be read or is something else.
    """
    described = [(path, _described(path)) for path in sorted(models)]
    whole = read_json(provenance)
    for name, shown in settings["tables"].items():
        cells = [
            _cell(path, model)
            for path, model in described
            if model["task"] in shown["tasks"]
            and model["variant"] in shown["variants"]
            and model["protocol"] in shown["protocols"]
        ]
        write_json(folder / f"{name}.provenance.json", {"table": name, "cells": cells} | whole)


def _cell(path: Path, model: Mapping[str, Any]) -> dict[str, Any]:
    runs = [Run(run["split"], run["weights"]) for run in model["runs"]]
    return {
        **{key: model[key] for key in _OF_MODEL},
        "model": str(path.with_name(Path(paths.WEIGHTS).name)),
        "runs": {run.name: run._asdict() for run in runs},
    }


def _described(path: Path) -> dict[str, Any]:
    return read_object(path, "train", (*_OF_MODEL, "runs"))
