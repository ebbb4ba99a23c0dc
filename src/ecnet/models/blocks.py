"""What the networks of Section II share: the columns that they read, and dense layers.

Reference: Guyon et al., "Gene selection for cancer classification using support vector machines",
2002: recursive feature elimination.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models.deep import features
from ecnet.models.inputs import one_hot
from ecnet.prepare.records import Records

Order = npt.NDArray[np.int64]

_SHARE = 0.1  # of all columns, eliminated after each tree: one at a time takes ten times as long


def eliminate(train: Records, keep: int, seed: int) -> Order:
    """Order the columns of `train`: first the `keep` best, then the others, each as they stand.

    The column of least importance to a decision tree is eliminated until `keep` are left.
    """
    if features(train) <= keep:
        return np.arange(features(train))
    from sklearn.feature_selection import RFE
    from sklearn.tree import DecisionTreeClassifier  # unused by predictions

    tree = DecisionTreeClassifier(random_state=seeds.key(seed, "elimination") % 2**31)
    kept = RFE(tree, n_features_to_select=keep, step=_SHARE).fit(one_hot(train), train.label)
    return np.argsort(~kept.support_, kind="stable")


def dense(activation: Callable[[], nn.Module], *widths: int) -> nn.Sequential:
    """Return dense layers from each width to the next, each followed by an activation."""
    layers = [layer for pair in pairwise(widths) for layer in (nn.Linear(*pair), activation())]
    return nn.Sequential(*layers)


class Columns(nn.Module):
    """Takes the first columns in an order, and adds zeros if there are too few: (B, d) to (B, w).

    The order is a buffer, so that it is stored with the weights.
    """

    order: Tensor

    def __init__(self, order: Order, width: int) -> None:
        """Hold the order, (d,), and the width w."""
        super().__init__()
        self.register_buffer("order", torch.from_numpy(order))
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        """Return the columns."""
        chosen = x[:, self.order[: self.width]]
        return pad(chosen, (0, self.width - chosen.shape[1]))

    def check(self) -> None:
        """Stop unless the order names each column once.

        Raises:
            InputError: it does not.
        """
        if not torch.equal(self.order.sort().values, torch.arange(len(self.order))):
            raise InputError(
                f"the order of {len(self.order)} columns does not name each once; "
                "run the train step again"
            )
