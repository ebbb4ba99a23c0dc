"""Tests over several datasets, and the correction for several tests.

Over datasets the tests are those that Demsar recommends (Journal of Machine Learning Research 7,
2006). Tests on one dataset follow from an `Estimate`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Libraries are imported where they are used: whoever imports this module uses some of them, and to
# import all takes 1.5 s.


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed-rank test. n: pairs that differ; least_p: the least p that n allows."""

    n: int
    p: float
    least_p: float


@dataclass(frozen=True)
class Friedman:
    """Friedman's test of k variants on n datasets. ranks: the mean rank of each, 1 the best.

    nemenyi: variant -> variant -> p of the two-sided post-hoc test. critical: the difference of
        mean ranks from which on that p is below alpha.
    """

    n: int
    statistic: float
    p: float
    ranks: dict[str, float]
    nemenyi: dict[str, dict[str, float]]
    critical: float


def signed_rank(differences: Sequence[float]) -> SignedRank:
    """Return the two-sided signed-rank test of independent differences.

    It is exact up to 13 of them, ties and all. Pairs without a difference are left out. With fewer
    than six the least p is above 0.05: no data could reach it.
    """
    moved = [difference for difference in differences if difference]
    least = min(1.0, 2.0 ** (1 - len(moved)))
    if len(moved) < 2:
        return SignedRank(len(moved), 1.0, least)
    from scipy import stats

    return SignedRank(len(moved), float(stats.wilcoxon(moved).pvalue), least)


def sign_test(ahead: int, behind: int) -> float:
    """Return the two-sided sign test of pairs that are ahead and behind; ties are neither."""
    from scipy.stats import binomtest

    return float(binomtest(ahead, ahead + behind).pvalue) if ahead + behind else 1.0


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for being a family (Holm 1979); None where there was no test."""
    from statsmodels.stats.multitest import multipletests

    tested = [p for p in values if p is not None]
    found = iter(multipletests(tested, method="holm")[1].tolist() if tested else ())
    return [None if p is None else next(found) for p in values]


def friedman(scores: Mapping[str, Sequence[float]], *, alpha: float) -> Friedman | None:
    """Return Friedman's test of variants over the same datasets, with Nemenyi's post-hoc test.

    scores: variant -> its score on each dataset, the higher the better; n of each. Ties share
    their mean rank. None for fewer than three variants or two datasets, or if all scores of
    each dataset are equal. The p of the test is that of its chi-squared limit.
    """
    table = np.array(list(scores.values())).T  # datasets by variants
    if (
        table.ndim < 2
        or table.shape[0] < 2
        or table.shape[1] < 3
        or not np.ptp(table, axis=1).any()
    ):
        return None
    import scikit_posthocs
    from scipy import stats

    found = stats.friedmanchisquare(*table.T)
    n, k = table.shape
    ranks = stats.rankdata(-table, axis=1).mean(axis=0).tolist()
    post_hoc = scikit_posthocs.posthoc_nemenyi_friedman(table).to_numpy().tolist()
    q = float(stats.studentized_range.ppf(1 - alpha, k, np.inf)) / math.sqrt(2)
    return Friedman(
        n=n,
        statistic=float(found.statistic),
        p=float(found.pvalue),
        ranks=dict(zip(scores, ranks, strict=True)),
        nemenyi={
            a: dict(zip(scores, row, strict=True)) for a, row in zip(scores, post_hoc, strict=True)
        },
        critical=q * math.sqrt(k * (k + 1) / (6 * n)),
    )
