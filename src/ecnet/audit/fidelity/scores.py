"""Scores of models on simulated and real records, and a classifier two-sample test of the two."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from ecnet import seeds
from ecnet.prepare import features

MODELS = ("XGB", "LR")
"""Boosted trees, and logistic regression."""

_FOLDS = 5


@dataclass(frozen=True)
class LabelledFeatures:
    """The input of a model: numbers (float64), categories (str) and labels (str), n rows each."""

    numbers: pd.DataFrame
    categories: pd.DataFrame
    label: "pd.Series[str]"

    def take(self, rows: npt.NDArray[np.int64]) -> "LabelledFeatures":
        """Return some of the records."""
        return LabelledFeatures(
            self.numbers.iloc[rows], self.categories.iloc[rows], self.label.iloc[rows]
        )

    def like(self, other: "LabelledFeatures") -> "LabelledFeatures":
        """Return the records with only the columns that `other` has too."""
        return LabelledFeatures(
            self.numbers[[name for name in self.numbers if name in other.numbers]],
            self.categories[[name for name in self.categories if name in other.categories]],
            self.label,
        )

    @property
    def columns(self) -> pd.DataFrame:
        """All columns except the label."""
        return pd.concat([self.numbers, self.categories], axis=1)


def score(model: str, train: LabelledFeatures, test: LabelledFeatures, seed: int) -> float:
    """Return the macro-F1 on `test` of a model fitted on `train`."""
    classes = sorted(set(train.label) | set(test.label))
    truth = [classes.index(label) for label in test.label]
    return float(f1_score(truth, _predicted(model, train, test, classes, seed), average="macro"))


def _predicted(
    model: str, train: LabelledFeatures, test: LabelledFeatures, classes: list[str], seed: int
) -> npt.NDArray[np.int64]:
    label = np.array([classes.index(label) for label in train.label])
    held, place = np.unique(label, return_inverse=True)
    chosen = _trees(seed) if model == "XGB" else _linear(train)
    chosen.fit(train.columns, place)
    found: npt.NDArray[np.int64] = held[chosen.predict(test.columns)]
    return found


def _trees(seed: int) -> Pipeline:
    """Return boosted trees on numbers and codes of categories."""
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(
        make_column_transformer((codes, _text_columns), remainder="passthrough"),
        xgboost.XGBClassifier(
            n_estimators=100, max_depth=6, tree_method="hist", n_jobs=1, random_state=seed
        ),
    )


def _linear(train: LabelledFeatures) -> Pipeline:
    """Return logistic regression on log-scaled numbers and one-hot categories."""
    numbers = make_pipeline(FunctionTransformer(_logarithm), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(
        make_column_transformer((numbers, list(train.numbers)), (one_hot, list(train.categories))),
        LogisticRegression(solver="newton-cholesky"),
    )


def _text_columns(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]


def _logarithm(numbers: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return signed log1p of 1e6 times each number; -1 for a missing number."""
    values = numbers.replace([np.inf, -np.inf], np.nan).to_numpy()
    scaled = np.sign(values) * np.log1p(np.abs(values) * 1e6)
    return np.where(np.isnan(scaled), -1.0, scaled)


def c2st(simulated: LabelledFeatures, real: LabelledFeatures, seed: int, size: int) -> float:
    """Return the AUC of boosted trees that classify `simulated` against `real` records.

    At most `size` records of each are used. The label is one of the columns. Each record is scored
    by trees that were not trained on it. See Lopez-Paz and Oquab, Revisiting classifier two-sample
    tests, ICLR 2017.
    """
    size = min(size, len(simulated.label), len(real.label))
    simulated, real = (_some(records, size, seed) for records in (simulated, real))
    both = LabelledFeatures(
        pd.concat([simulated.numbers, real.numbers], ignore_index=True),
        pd.concat([simulated.categories, real.categories], ignore_index=True).assign(
            label=[*simulated.label, *real.label]
        ),
        pd.Series([*("simulated" for _ in simulated.label), *("real" for _ in real.label)]),
    )
    truth = (both.label == "real").to_numpy().astype(int)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    score = np.zeros(len(truth))
    for train, test in folds.split(truth, truth):
        model = _trees(seed).fit(both.columns.iloc[train], truth[train])
        score[test] = model.predict_proba(both.columns.iloc[test])[:, 1]
    return float(roc_auc_score(truth, score))


def _some(records: LabelledFeatures, size: int, seed: int) -> LabelledFeatures:
    order = seeds.generator(seed, "fidelity", "some").permutation(len(records.label))
    return records.take(np.sort(order[:size]))


def copies(records: LabelledFeatures, of: LabelledFeatures, below: int | None = None) -> float:
    """Return the share of `records` that equal a record of `of`, label included.

    below: count only records that occur fewer times than this in `of`.
    """
    keys = features.vectors(
        pd.concat([records.columns, of.columns], ignore_index=True),
        pd.Series([*records.label, *of.label]),
    )
    mine, others = keys[: len(records.label)], keys[len(records.label) :]
    times = np.bincount(others, minlength=keys.max() + 1)[mine]
    return float(((times > 0) & (times < (below or np.inf))).mean())
