"""What a model is trained on, and which groups of test records tell how it transfers.

A group is a network (a dataset of a union), a capture, or a kind of attack. Leaving one group out
in turn is leave-one-group-out validation; training on a single one and testing on each other is
cross-dataset evaluation.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Kind = Literal["networks", "captures", "attacks"]
Mask = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.object_]

_FEWEST = 2
"""Groups that a dataset needs: with one left out, another one remains."""


class Fold(NamedTuple):
    """The groups that a model is trained on: all, all but one, or one alone.

    Records without a group (normal ones, where groups are kinds of attacks) are always kept.
    """

    rule: Literal["all", "without", "only"]
    group: str = ""

    @property
    def name(self) -> str:
        """Its name in files and tables: `all`, `without bot-iot`, `only bot-iot`."""
        return f"{self.rule} {self.group}".strip()

    def keeps(self, groups: Groups) -> Mask:
        """Return which records are trained on. groups: (n,) the group of each, empty for none."""
        same: Mask = groups == self.group
        return {"all": np.ones(len(groups), dtype=bool), "without": ~same, "only": same}[self.rule]


class Comparison(NamedTuple):
    """Two models on the test records of a group: one that was trained on it, one that was not."""

    within: Fold
    transferred: Fold
    group: str


def groups_of(kind: Kind, records: pd.DataFrame, normal: str) -> Groups:
    """Return the group of each record, (n,); empty for one that has none.

    records: capture and label. In a union, a capture begins with the name of its dataset.
    normal: the class of records that are no attack.
    """
    if kind == "attacks":
        found = records["label"].where(records["label"] != normal, "")
    elif kind == "networks":
        found = records["capture"].str.partition("/")[0]
    else:
        found = records["capture"]
    return found.to_numpy(object)


def comparisons(kind: Kind, groups: Sequence[str]) -> list[Comparison]:
    """Return what is compared: each group left out, and for networks each pair of two.

    Empty where there are fewer than two groups.
    """
    if len(groups) < _FEWEST:
        return []
    found = [Comparison(Fold("all"), Fold("without", group), group) for group in groups]
    if kind == "networks":
        found += [
            Comparison(Fold("only", tested), Fold("only", trained), tested)
            for trained in groups
            for tested in groups
            if trained != tested
        ]
    return found


def folds(compared: Sequence[Comparison]) -> list[Fold]:
    """Return every fold that comparisons need, each once, in order."""
    return list(dict.fromkeys(fold for one in compared for fold in (one.within, one.transferred)))
