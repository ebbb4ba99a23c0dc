"""Scaling of a number, fitted on train: by its logarithm or by its rank.

The signed logarithm leaves what is below one nearly as it is, and so does nothing for times in
seconds. Ranks spread every feature alike, whatever its unit.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Numbers = npt.NDArray[np.float64]

_LEAST_SPREAD = 1e-9
"""A standard deviation of logarithms below this is rounding, not variation."""

_KNOTS = 256
"""Quantiles of train that are kept; between two of them the scale is linear in the logarithm."""

NARROW = 1e-12
"""Two knots that are nearer hold what rounding makes of one value: no line joins them."""


def signed_log1p(values: Numbers) -> Numbers:
    """Return sign(x) log(1 + |x|): near x for small x, and its logarithm for large ones."""
    result: Numbers = np.sign(values) * np.log1p(np.abs(values))
    return result


def fit(values: Numbers, scale: str) -> dict[str, Any] | None:
    """Fit a scale on the finite values of train, (n,); None if they do not vary.

    scale: `log` standardises the signed logarithm. `quantile` standardises normal scores: the
    normal quantile of a value's mid-rank (van der Waerden 1952), which is the same for equal
    values and finite for all. What train does not reach has the score of its nearest value.
    """
    logs = signed_log1p(values)
    if not len(logs) or logs.std() <= _LEAST_SPREAD:
        return None
    if scale == "log":
        return {"mean": float(logs.mean()), "std": float(logs.std())}
    ordered = np.sort(logs)
    shares = np.linspace(0, 1, _KNOTS)
    knots = np.unique(np.quantile(ordered, shares, method="inverted_cdf"))
    ranks = np.searchsorted(ordered, knots, "left") + np.searchsorted(ordered, knots, "right")
    scores = ndtri(ranks / (2 * len(ordered)))
    train = np.interp(logs, knots, scores)
    scores = (scores - train.mean()) / train.std()
    return {"knots": knots.tolist(), "scores": scores.tolist()}


def apply(fitted: Mapping[str, Any], values: Numbers) -> Numbers:
    """Return finite values of any subset as `fit` scaled those of train, of the same shape."""
    logs = signed_log1p(values)
    result: Numbers = (
        np.interp(logs, fitted["knots"], fitted["scores"])
        if "knots" in fitted
        else (logs - fitted["mean"]) / fitted["std"]
    )
    return result


def reaching(knots: Numbers) -> Numbers:
    """Return for each knot the smallest number whose signed logarithm is at least the knot."""
    near: Numbers = np.sign(knots) * np.expm1(np.abs(knots))
    margin = 1e-9 * np.abs(near) + np.finfo(np.float64).tiny
    below: Numbers = near - margin
    reached: Numbers = near + margin
    for _ in range(64):  # bisection, down to neighbouring numbers
        middle = below + (reached - below) / 2
        there = signed_log1p(middle) >= knots
        below, reached = np.where(there, below, middle), np.where(there, middle, reached)
    return reached
