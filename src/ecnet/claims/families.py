"""The comparisons that the paper makes, in families: one for each claim that rests on them.

The p-values of a family are corrected together (Holm), since a claim about many comparisons needs
all of them.
"""

from dataclasses import dataclass
from itertools import product

from ecnet.claims import paper
from ecnet.evaluate.measures import ACCURACY, AVERAGED, HEADLINE, PAPER, Measure

BASELINES = ("svm", "xgboost", "lstm")
CONTROLS = ("majority", "stratified", "tree")
"""Variants that learn next to nothing. EcNet on shuffled labels is not among them: it has splits of
its own, so its scores cannot be paired. `evaluate` tests it against chance."""

IN_TABLES = tuple(paper.DATASETS.values())
NOT_IN_TABLES = ("nsl-kdd", "iot-ds2")
"""The datasets for which the paper gives numbers, and those that it only names."""


@dataclass(frozen=True)
class ComparisonFamily:
    """Comparisons of A with B, `pairs` of variants, on each of some datasets.

    by_class: compare the F1 of every attack class in place of `measures`. F1 and not recall: a
        control that always answers one class has a recall of 1 for it.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    measures: tuple[Measure, ...] = (ACCURACY,)
    task: str = "multiclass"
    datasets: tuple[str, ...] = IN_TABLES
    by_class: bool = False

    @property
    def variants(self) -> list[str]:
        """The variants that it compares, each once."""
        return list(dict.fromkeys(variant for pair in self.pairs for variant in pair))


def _over(a: str, *others: str) -> tuple[tuple[str, str], ...]:
    return tuple(product((a,), others))


_LAST = (("ecnet", "svm"), ("xgboost", "svm"), ("lstm", "svm"))
_SECOND = (("ecnet", "xgboost"), ("xgboost", "lstm"), ("xgboost", "svm"))
_SEPARATE = (
    ("ecnet", "ecnet-merged"),
    ("ecnet-rnn", "ecnet-rnn-merged"),
    ("ecnet-gru", "ecnet-gru-merged"),
)

_ALL = (
    ComparisonFamily("baselines-accuracy", _over("ecnet", *BASELINES)),
    ComparisonFamily("baselines-averages", _over("ecnet", *BASELINES), AVERAGED),
    ComparisonFamily("xgboost-second", _SECOND, PAPER),
    ComparisonFamily("svm-last", _LAST, PAPER),
    ComparisonFamily("attention-accuracy", _over("ecnet", "ecnet-no-attention")),
    ComparisonFamily("attention-averages", _over("ecnet", "ecnet-no-attention"), AVERAGED),
    ComparisonFamily("cells", _over("ecnet", "ecnet-rnn", "ecnet-gru")),
    ComparisonFamily("separate", _SEPARATE),
    ComparisonFamily("separate-lstm", _SEPARATE[:1]),
    ComparisonFamily("binary", _over("ecnet", *BASELINES), HEADLINE, task="binary"),
    ComparisonFamily("attack-types", _over("ecnet", *CONTROLS), by_class=True),
    ComparisonFamily(
        "other-datasets",
        _over("ecnet", *CONTROLS),
        HEADLINE,
        datasets=NOT_IN_TABLES,
    ),
)

FAMILIES = {family.name: family for family in _ALL}
"""Name -> family, in the order of the paper."""
