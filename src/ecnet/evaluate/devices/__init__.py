"""Step `devices`: what trained models take of an emulated microcontroller, as portable C.

Instructions are counted by the emulator, sizes by the compiler's own tools. Cycles are bounded by
assumptions: see `cycles`. The same models and compiler give the same numbers.
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ecnet.errors import InputError
from ecnet.evaluate import c
from ecnet.evaluate.devices import agreement, boards, emulator
from ecnet.evaluate.devices.boards import BOARDS
from ecnet.evaluate.devices.emulator import Measured
from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.trained import Trained
from ecnet.files import write_json

RECORDS = 500
"""Test records at most that a model classifies on a board."""


def check(families: Mapping[str, str]) -> None:
    """Stop if models cannot be measured here. families: variant -> its family.

    Raises:
        InputError: the compiler or the emulator is missing, or a family has no form in C.
    """
    boards.check()
    for variant, family in families.items():
        if family not in c.FAMILIES:
            raise InputError(
                f"variants.{variant} is shown in devices-cost, and its family {family} has no form "
                f"in C ({', '.join(sorted(c.FAMILIES))} have one); leave devices-cost out"
            )


def run(*, models: list[Path], output: Path, settings: Mapping[str, Any]) -> None:
    """Measure models of one dataset and task on each emulated board.

    models: the model.json of each variant; its project must hold the test records. The first run
        of each is measured.
    output: written, JSON: dataset, format, source, task, run, records (how many were classified),
        classes, boards (name -> title), and `rows`, one for each variant, kind of weights and
        board: variant, weights, board; flash, static and stack, in bytes; instructions, the mean
        of a record, and most; cycles, low and high, of a mean record; and what
        `agreement.compared` returns.
    settings: confidence, of the interval of a change of accuracy.

    Raises:
        InputError: the compiler or the emulator is missing, a model cannot be read, has no C form
            or cannot be measured.
    """
    boards.check()
    loaded = [trained.load(model.parent) for model in models]
    rows = [row for one in loaded for row in _of_model(one, settings["confidence"])]
    first = loaded[0]
    write_json(
        output,
        {
            **{key: first.described[key] for key in ("dataset", "format", "source", "task")},
            "run": first.run.name,
            "boards": {board.name: board.title for board in BOARDS},
            "rows": rows,
        },
    )


def _of_model(model: Trained, confidence: float) -> Iterator[dict[str, Any]]:
    """Yield the rows of a model: with each kind of weights on each board."""
    given = c.vector(model, RECORDS)
    original, true = model.score(given).probabilities, model.indices(given["label"])
    for weights in _weights(model):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            c.build(model.folder, model.run.name, folder, weights, RECORDS)
            for board in BOARDS:
                found = emulator.measure(folder, board)
                if len(found.probabilities) != len(given):
                    raise InputError(
                        f"{model.folder}: {board.machine} classified {len(found.probabilities)} "
                        f"of {len(given)} test records"
                    )
                yield {
                    "variant": model.described["variant"],
                    "weights": weights,
                    "board": board.name,
                    "records": len(given),
                    **_cost(found),
                    **agreement.compared(original, found.probabilities, true, confidence),
                }


def _weights(model: Trained) -> tuple[c.Weights, ...]:
    """Return the kinds of weights that a model has: int8 for matrices alone."""
    family = c.FAMILIES.get(model.described["family"])  # without one `build` says so
    return ("float32", "int8") if family and family(model).matrices else ("float32",)


def _cost(found: Measured) -> dict[str, Any]:
    """Return what a model takes: memory in bytes, and instructions and cycles of a record."""
    mean = float(np.mean(found.instructions))
    return {
        "flash": found.memory.flash,
        "static": found.memory.static,
        "stack": found.stack,
        "instructions": round(mean),
        "most": round(float(found.instructions.max())),
        "cycles": {"low": round(mean * found.cycles.low), "high": round(mean * found.cycles.high)},
    }
