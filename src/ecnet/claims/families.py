"""The comparisons that the paper makes, in families: one for each claim that rests on them.

The p-values of a family are corrected for one another (Holm), since a claim of many comparisons
stands or falls with all of them.
"""

from dataclasses import dataclass
from itertools import product

from ecnet.claims import paper

BASELINES = ("svm", "xgboost", "lstm")
CONTROLS = ("majority", "stratified", "tree")
"""Variants that learn nothing, or as good as nothing, of what is to be learned. EcNet on shuffled
labels is none of them: it has splits of its own, so that there is nothing to pair. `evaluate` holds
it to chance."""

IN_TABLES = tuple(paper.DATASETS.values())
NOT_IN_TABLES = ("nsl-kdd", "iot-ds2")
"""The datasets that the paper shows numbers for; and those that it names alone."""


@dataclass(frozen=True)
class Family:
    """Comparisons of A with B, `pairs` of variants, on each of some datasets.

    by_class: of the F1 of every attack class, in place of `metrics`. A class's F1 and not its
        recall: a control that always answers one class recalls all of it.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...] = ("accuracy",)
    task: str = "multiclass"
    datasets: tuple[str, ...] = IN_TABLES
    by_class: bool = False

    @property
    def variants(self) -> list[str]:
        """The variants that it compares, each once."""
        return list(dict.fromkeys(variant for pair in self.pairs for variant in pair))


def _over(a: str, *others: str) -> tuple[tuple[str, str], ...]:
    return tuple(product((a,), others))


_AVERAGED = ("precision", "recall", "f1")
_LAST = (("ecnet", "svm"), ("xgboost", "svm"), ("lstm", "svm"))
_SECOND = (("ecnet", "xgboost"), ("xgboost", "lstm"), ("xgboost", "svm"))
_SEPARATE = (
    ("ecnet", "ecnet-merged"),
    ("ecnet-rnn", "ecnet-rnn-merged"),
    ("ecnet-gru", "ecnet-gru-merged"),
)

_ALL = (
    Family("baselines-accuracy", _over("ecnet", *BASELINES)),
    Family("baselines-averages", _over("ecnet", *BASELINES), _AVERAGED),
    Family("xgboost-second", _SECOND, paper.METRICS),
    Family("svm-last", _LAST, paper.METRICS),
    Family("attention-accuracy", _over("ecnet", "ecnet-no-attention")),
    Family("attention-averages", _over("ecnet", "ecnet-no-attention"), _AVERAGED),
    Family("cells", _over("ecnet", "ecnet-rnn", "ecnet-gru")),
    Family("separate", _SEPARATE),
    Family("separate-lstm", _SEPARATE[:1]),
    Family("binary", _over("ecnet", *BASELINES), ("accuracy", "f1"), task="binary"),
    Family("attack-types", _over("ecnet", *CONTROLS), by_class=True),
    Family(
        "other-datasets",
        _over("ecnet", *CONTROLS),
        ("accuracy", "f1"),
        datasets=NOT_IN_TABLES,
    ),
)

FAMILIES = {family.name: family for family in _ALL}
"""Name -> family, in the order of the paper."""
