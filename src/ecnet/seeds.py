"""The source of all randomness: generators keyed by a seed of params.yaml and a purpose."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Run(NamedTuple):
    """One training: the seeds of its split, and of its initial weights, batches and dropout."""

    split: int
    weights: int

    @property
    def name(self) -> str:
        """Its name in files and tables: `2-1` is split 2 with weights 1."""
        return f"{self.split}-{self.weights}"


def runs(split: Sequence[int], weights: Sequence[int]) -> list[Run]:
    """Return the runs of a design that separates two sources of variance.

    First every split with the first seed of weights: tables average over these. Then the first
    split with the other seeds of weights, where only the weights vary.
    """
    over_splits = [Run(seed, weights[0]) for seed in split]
    return over_splits + [Run(split[0], seed) for seed in weights[1:]]


def key(*parts: str | int) -> int:
    """Return a 64-bit key of `parts` that is the same on every machine and in every run."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def generator(*parts: str | int) -> np.random.Generator:
    """Return numpy's counter-based Philox generator for the seed and purpose in `parts`."""
    return np.random.Generator(np.random.Philox(key=key(*parts)))
