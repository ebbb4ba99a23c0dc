"""The claims of the paper, in its order: the text, where it is, and the rule that judges it."""

from dataclasses import dataclass
from itertools import product

from ecnet.claims import paper
from ecnet.claims.families import BASELINES
from ecnet.claims.reported import Above, Ahead, Cell, Fact, Harmonic
from ecnet.evaluate.measures import AVERAGED


@dataclass(frozen=True)
class Claim:
    """A claim of the paper.

    source: where in the paper. reported: the checks of the paper's own numbers. rule: see
    `ecnet.claims.rules`; family: the comparisons that the rules `everywhere` and `most` judge;
    variants: those of `above` and `size`. least: the bound of `above`, in percent.
    """

    id: str
    claim: str
    source: str
    rule: str
    reported: tuple[Fact, ...] = ()
    family: str = ""
    variants: tuple[str, ...] = ()
    least: float = 0.0


_AVERAGED = tuple(measure.key for measure in AVERAGED)
_BASELINES = ("SVM", "XGBoost", "LSTM")


def _over(
    a: str, *others: str, metrics: tuple[str, ...], tables: tuple[str, str] = ("VI", "VI")
) -> tuple[tuple[Cell, Cell], ...]:
    """Return the pairs of a row with others, of one table or of two."""
    return tuple(((tables[0], a, m), (tables[1], b, m)) for b, m in product(others, metrics))


def _accuracy(branches: str, cell: str) -> Cell:
    return ("VIII", branches, f"{cell}_accuracy")


def _lstm_over(branches: str) -> tuple[tuple[Cell, Cell], ...]:
    return tuple((_accuracy(branches, "lstm"), _accuracy(branches, c)) for c in ("rnn", "gru"))


def _separate_over_merged(*cells: str) -> tuple[tuple[Cell, Cell], ...]:
    return tuple((_accuracy("separate", cell), _accuracy("merged", cell)) for cell in cells)


CLAIMS = (
    Claim(
        id="baselines-accuracy",
        claim="EcNet beats SVM, XGBoost and LSTM on every dataset in accuracy",
        source="Table VI; abstract",
        rule="everywhere",
        family="baselines-accuracy",
        reported=(Ahead("Table VI", _over("Our", *_BASELINES, metrics=("accuracy",))),),
    ),
    Claim(
        id="baselines-averages",
        claim="EcNet beats SVM, XGBoost and LSTM on every dataset in precision, recall and F1",
        source="Table VI",
        rule="everywhere",
        family="baselines-averages",
        reported=(Ahead("Table VI", _over("Our", *_BASELINES, metrics=_AVERAGED)),),
    ),
    Claim(
        id="xgboost-second",
        claim="XGBoost is second to EcNet on every dataset in all four measures",
        source="Section IV.C, on Table VI",
        rule="everywhere",
        family="xgboost-second",
        reported=(
            Ahead(
                "Table VI",
                _over("Our", "XGBoost", metrics=paper.METRICS)
                + _over("XGBoost", "LSTM", "SVM", metrics=paper.METRICS),
            ),
            Ahead(
                "against EcNet without attention, Table VII",
                _over("XGBoost", "w/o", metrics=paper.METRICS, tables=("VI", "VII")),
            ),
        ),
    ),
    Claim(
        id="svm-last",
        claim="SVM is last on every dataset in all four measures",
        source="Table VI",
        rule="everywhere",
        family="svm-last",
        reported=(
            Ahead(
                "Table VI",
                tuple(
                    pair
                    for row in ("Our", "XGBoost", "LSTM")
                    for pair in _over(row, "SVM", metrics=paper.METRICS)
                ),
            ),
        ),
    ),
    Claim(
        id="cells",
        claim="LSTM beats RNN and GRU in accuracy on every dataset",
        source="Section IV.C, on Figure 5",
        rule="everywhere",
        family="cells",
        reported=(
            Ahead("separate, Table VIII", _lstm_over("separate")),
            Ahead("merged, Table VIII", _lstm_over("merged")),
        ),
    ),
    Claim(
        id="above-70",
        claim="RNN and GRU exceed 70% in accuracy",
        source="Section IV.C, on Figure 5",
        rule="above",
        variants=("ecnet-rnn", "ecnet-gru"),
        least=70.0,
        reported=(
            Above(
                "separate, Table VIII",
                (_accuracy("separate", "rnn"), _accuracy("separate", "gru")),
                least=70.0,
            ),
        ),
    ),
    Claim(
        id="attention-accuracy",
        claim="Attention helps in accuracy on every dataset",
        source="Table VII",
        rule="everywhere",
        family="attention-accuracy",
        reported=(
            Ahead("Table VII", _over("Our", "w/o", metrics=("accuracy",), tables=("VII", "VII"))),
        ),
    ),
    Claim(
        id="attention-averages",
        claim="Attention helps in precision, recall and F1 on every dataset",
        source="Table VII",
        rule="everywhere",
        family="attention-averages",
        reported=(
            Ahead("Table VII", _over("Our", "w/o", metrics=_AVERAGED, tables=("VII", "VII"))),
        ),
    ),
    Claim(
        id="binary",
        claim="EcNet beats SVM, XGBoost and LSTM in the binary task",
        source="Section IV.C, on Figure 6",
        rule="everywhere",
        family="binary",
    ),
    Claim(
        id="separate",
        claim="Separate extraction beats merged in most cases",
        source="Section IV.C, on Table VIII",
        rule="most",
        family="separate",
        reported=(Ahead("Table VIII", _separate_over_merged(*paper.CELLS)),),
    ),
    Claim(
        id="separate-lstm",
        claim="Separate extraction beats merged on every dataset for LSTM, which is EcNet",
        source="Table VIII",
        rule="everywhere",
        family="separate-lstm",
        reported=(Ahead("Table VIII", _separate_over_merged("lstm")),),
    ),
    Claim(
        id="attack-types",
        claim="EcNet distinguishes the kinds of attacks, not only attack from normal",
        source="Section II",
        rule="everywhere",
        family="attack-types",
    ),
    Claim(
        id="other-datasets",
        claim="EcNet is effective on NSL-KDD and IoT-DS2 too: better than the controls",
        source="Section II, contributions",
        rule="everywhere",
        family="other-datasets",
    ),
    Claim(
        id="light",
        claim="EcNet is light enough for constrained devices",
        source="Section I",
        rule="size",
        variants=("ecnet", *BASELINES),
    ),
    Claim(
        id="label-counts",
        claim="The label counts are those of the datasets named",
        source="Tables I to V",
        rule="labels",
    ),
    Claim(
        id="harmonic",
        claim="F1 is the harmonic mean of the precision and recall of its row",
        source="Equation 9",
        rule="harmonic",
        reported=(
            Harmonic(
                "the distinct rows of Tables VI and VII",
                (*(("VI", row) for row in ("SVM", "XGBoost", "LSTM", "Our")), ("VII", "w/o")),
            ),
        ),
    ),
)
