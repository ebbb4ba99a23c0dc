"""Audit: what of a dataset, and of a split, makes results look better than they are.

Here stands what `split` uses. The audit of a dataset is in `ecnet.audit.checks`, which imports
scikit-learn; it is not imported here, so that a split does without.
"""

from ecnet.audit.sides import (
    SIDES,
    TEST,
    TRAIN,
    VALIDATION,
    IntArray,
    Mask,
    copies_of_label,
    duplicates,
    gate,
    leak,
    sides,
    too_small,
)

__all__ = [
    "SIDES",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "IntArray",
    "Mask",
    "copies_of_label",
    "duplicates",
    "gate",
    "leak",
    "sides",
    "too_small",
]
