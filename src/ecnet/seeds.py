"""All randomness comes from here: generators keyed by a seed of params.yaml and a purpose."""

import hashlib

import numpy as np


def key(*parts: str | int) -> int:
    """Return a 64-bit key of `parts` that is the same on every machine and in every run."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def generator(*parts: str | int) -> np.random.Generator:
    """Return numpy's counter-based Philox generator for the seed and purpose in `parts`."""
    return np.random.Generator(np.random.Philox(key=key(*parts)))
