"""How EcNet is trained: batches by permutation, dropout by masks, early stopping."""

import math

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings
from ecnet.models._adamw import AdamW
from ecnet.models._engine import Engine
from ecnet.models._score import macro_f1
from ecnet.prepare.records import FloatArray, Records


def train(
    engine: Engine, records: Records, validation: Records, settings: Settings, seed: int
) -> list[dict[str, float]]:
    """Train the network of `engine` and leave it with the weights of its best epoch.

    Cross-entropy, AdamW; ends when macro-F1 on `validation` has not risen for `patience` epochs.
    Batches and dropout are drawn by numpy, so that they are the same for every engine.

    Returns:
        For each epoch its number, macro-F1 on `validation`, and mean training loss.

    Raises:
        InputError: the loss is no longer finite.
    """
    engine.hold(records)
    optimiser = AdamW(engine.parameters, settings["learning_rate"], settings["weight_decay"])
    history: list[dict[str, float]] = []
    best, best_epoch, best_weights = -1.0, 0, engine.arrays()
    for epoch in tqdm(range(1, settings["epochs"] + 1), disable=None, leave=False):
        order = seeds.generator(seed, "batches", epoch).permutation(len(records))
        random = seeds.generator(seed, "dropout", epoch)
        loss = _epoch(engine, optimiser, order, settings, random)
        if not math.isfinite(loss):
            raise InputError(
                f"hyperparameter learning_rate: with {settings['learning_rate']} the loss "
                f"is {loss} in epoch {epoch}; lower it"
            )
        predicted = engine.probabilities(validation).argmax(axis=1)
        score = macro_f1(validation.label, predicted.astype(np.int32), len(records.classes))
        history.append({"step": epoch, "validation": score, "loss": loss})
        if score > best:
            best, best_epoch, best_weights = score, epoch, engine.arrays()
        elif epoch - best_epoch >= settings["patience"]:
            break
    engine.set(best_weights)
    return history


def _epoch(
    engine: Engine,
    optimiser: AdamW,
    order: npt.NDArray[np.int64],
    settings: Settings,
    random: np.random.Generator,
) -> float:
    """Take one step for each batch of `order`; return the mean loss of a record."""
    total = 0.0
    for start in range(0, len(order), settings["batch"]):
        rows = order[start : start + settings["batch"]]
        keep = _keep(len(rows), settings["dense"], settings["dropout"], random)
        loss, gradients = engine.gradients(rows, keep)
        optimiser.step(gradients)
        total += loss * len(rows)
    return total / len(order)


def _keep(records: int, units: int, dropout: float, random: np.random.Generator) -> FloatArray:
    """Return what dropout multiplies each unit by: 0, or what keeps the mean."""
    kept = random.random((records, units), dtype=np.float32) >= dropout
    return kept.astype(np.float32) / np.float32(1 - dropout)
