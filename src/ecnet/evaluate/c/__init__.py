"""A trained model as portable C99, its encoder included: raw fields in, probabilities out.

The sources are templates in this package; the files that are written hold constant tables, no
allocation, and no function of libm.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from ecnet import files
from ecnet.errors import InputError
from ecnet.evaluate import probes
from ecnet.evaluate.c import dense, encoder, kernels, network, rivals, tables, trees
from ecnet.evaluate.c.source import Part, environment, number, string
from ecnet.evaluate.scoring import trained as scored
from ecnet.evaluate.scoring.trained import Trained

Weights = Literal["float32", "int8"]

FAMILIES: dict[str, Callable[[Trained], Part]] = {
    "majority": tables.majority,
    "tree": tables.tree,
    "ecnet": network.ecnet,
    "svm": kernels.svm,
    "naive_bayes": kernels.naive_bayes,
    "k_nearest": kernels.k_nearest,
    "tabm": dense.tabm,
    "cnn": rivals.cnn,
    "stacked": rivals.stacked,
    "autoencoder_lstm": rivals.autoencoder_lstm,
    "kitnet": rivals.kitnet,
    "logistic_regression": dense.logistic,
    "mlp": dense.mlp,
    "gan": dense.gan,
    "realmlp": dense.realmlp,
    "decision_tree": trees.forest,
    "random_forest": trees.forest,
    "xgboost": trees.xgboost,
    "lightgbm": trees.boosted,
    "isolation_forest": trees.isolation,
}
"""For each family what its C is made of."""

BOUND: dict[Weights, float] = {"float32": 1e-5, "int8": 0.1}
"""The largest difference of a probability that `make check` accepts."""

_FILES = (
    *("model.h", "internal.h", "model.c", "encoder.c", "weights.c", "check.c", "main.c"),
    *("Makefile", "README.md"),
)


def build(
    model: Path,
    run: str | None,
    folder: Path,
    weights: Weights,
    records: int,
    *,
    encoder: Path | None = None,
) -> None:
    """Write a folder with the C of one run of a model; the same model gives the same bytes.

    model: the folder of a variant. run: None for its first. folder: written; new or empty.
    weights: int8 quantises the matrices of networks, by row. records: how many the test vector
    holds: test records of the run if the model's project has them, else made-up ones. encoder: its
    encoder.json, if it is not where the project of the model has it.

    Raises:
        InputError: the model cannot be read, or its family has no form in C.
    """
    loaded = scored.load(model, run or "", encoder)
    with files.atomic_folder(folder) as temporary:
        write(loaded, temporary, weights, vector(loaded, records))


def vector(model: Trained, records: int) -> pd.DataFrame:
    """Return typed records, at most so many: test records spread evenly, or else made-up ones."""
    held_out = probes.held_out(model)
    given = probes.made_up(model) if held_out is None else held_out
    chosen = np.linspace(0, len(given) - 1, min(records, len(given))).astype(np.intp)
    return given.iloc[np.unique(chosen)]


def check(model: Trained) -> None:
    """Stop unless the family of a model has a form in C.

    Raises:
        InputError: it has none.
    """
    family = model.described["family"]
    if family not in FAMILIES:
        raise InputError(
            f"{model.folder}: a model of the family {family} has no form in C; docs/export.md "
            "lists the families that have one"
        )


def write(model: Trained, folder: Path, weights: Weights, records: pd.DataFrame) -> None:
    """Write the C of a model into a folder; the test vector is made of typed `records`.

    Raises:
        InputError: the family has no form in C.
    """
    check(model)
    part = FAMILIES[model.described["family"]](model)
    content = _context(model, part, weights, records)
    templates = environment()
    for name in _FILES:
        template = f"families/{part.template}.c.j2" if name == "model.c" else f"{name}.j2"
        files.write_text(folder / name, templates.get_template(template).render(content))


def _context(model: Trained, part: Part, weights: Weights, records: pd.DataFrame) -> dict[str, Any]:
    """Return what the templates print."""
    fields = encoder.fields(model)
    expected = model.score(records).probabilities
    quantised = weights == "int8"
    stored = [table.values.nbytes for table in part.arrays] + [
        table.values.size + table.scales.nbytes if quantised else table.values.nbytes
        for table in part.matrices
    ]
    return {
        **encoder.build(model, part.reads),
        **{"part": part, "arrays": part.arrays, "matrices": part.matrices, **part.values},
        **{"title": _title(model), "described": model.described, "run": model.run.name},
        **{"classes": model.classes, "fields": fields, "quantised": quantised},
        **{"bytes": sum(stored), "bound": BOUND[weights]},
        "widest": max((table.values.shape[1] for table in part.matrices), default=0),
        "vector": [_record(row, fields) for row in records.to_dict("records")],
        "expected": [[number(value) for value in row] for row in expected],
    }


def _title(model: Trained) -> str:
    what = model.described
    partly = "" if what["source"] == "simulated" else "partly "
    source = f" ({partly}simulated records)" if "simulated" in what["source"] else ""
    return f"{what['variant']}, run {model.run.name}, trained on {what['dataset']}{source}"


def _record(row: dict[Any, Any], fields: list[encoder.Field]) -> list[str]:
    """Return the initialisers of the fields of a record."""
    return [_value(row[field.name], text=field.text) for field in fields]


def _value(value: Any, *, text: bool) -> str:
    if pd.isna(value):
        return "NULL" if text else "NAN"
    return string(str(value)) if text else number(float(value))
