"""Fidelity: how far models, and a classifier set to tell them apart, take simulated for real."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost
from scipy import stats
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

from ecnet import datasets, features, simulator
from ecnet.errors import InputError
from ecnet.files import atomic
from ecnet.fit_simulator import Mirror, law
from ecnet.readers import read
from ecnet.seeds import generator, key
from ecnet.simulator.composition import Share
from ecnet.simulator.generator import Generator, Mixture
from ecnet.simulator.law import LEAST
from ecnet.simulator.recipe import Judged

_FOLDS = 5
_FITTED = 0.7
"""Share of the real records that laws are fitted on; the rest is held out."""
_TOLD = 3000
"""Records of each kind that a classifier tells apart: the more it sees, the more it can tell."""
_MODELS = ("XGB", "LR")


@dataclass(frozen=True)
class Records:
    """Records as a model sees them: numbers (float64), categories (str) and labels (str)."""

    numbers: pd.DataFrame
    categories: pd.DataFrame
    label: "pd.Series[str]"

    def take(self, rows: npt.NDArray[np.int64]) -> "Records":
        """Return some of the records."""
        return Records(self.numbers.iloc[rows], self.categories.iloc[rows], self.label.iloc[rows])

    def like(self, other: "Records") -> "Records":
        """Return the records with just the columns that `other` has as well."""
        return Records(
            self.numbers[[name for name in self.numbers if name in other.numbers]],
            self.categories[[name for name in self.categories if name in other.categories]],
            self.label,
        )

    @property
    def columns(self) -> pd.DataFrame:
        """All columns but the label, side by side."""
        return pd.concat([self.numbers, self.categories], axis=1)


class _Part(Mirror):
    """A part of the real records to fit laws on, the rest of each class held out."""

    def __init__(self, folder: Path, dataset: str, seed: int, share: float) -> None:
        super().__init__(folder, dataset)
        self._seed = seed
        self._share = share
        self._parts: dict[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]] = {}

    def typed(self, form: str, file: str) -> pd.DataFrame:
        """Return the records to fit on."""
        return self._split(form, file)[0]

    def held_out(self, form: str, file: str) -> pd.DataFrame:
        """Return the records that nothing was fitted on."""
        return self._split(form, file)[1]

    def _split(self, form: str, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        if (form, file) not in self._parts:
            records = super().typed(form, file)
            lot = pd.Series(generator(self._seed, "fidelity", file).random(len(records)))
            rank = lot.groupby(records["label"].to_numpy()).rank(pct=True, method="first")
            fitted = (rank <= self._share).to_numpy()
            self._parts[form, file] = (
                records[fitted].reset_index(drop=True),
                records[~fitted].reset_index(drop=True),
            )
        return self._parts[form, file]


def fidelity(*, names: Sequence[str], mirror: Path, seeds: Sequence[int], output: Path) -> None:
    """Measure fidelity on the real records in `mirror` and write it as a Markdown table.

    Raises:
        InputError: a dataset has no real records to be held against, or a file is missing.
    """
    rows = []
    for name in names:
        judged = simulator.recipe(name).judged
        if not judged:
            raise InputError(f"{name}: there are no labelled real records to hold it against")
        for case in judged:
            measured = []
            for seed in seeds:
                measured.append(measure(name, case, mirror, seed))
                print(f"{case.title}, seed {seed}: {_line(measured[-1])}", flush=True)
            rows.append((case.title, pd.DataFrame(measured)))
    with atomic(output) as temporary:
        temporary.write_text(table(rows, len(seeds)), encoding="utf-8")


def measure(name: str, case: Judged, mirror: Path, seed: int) -> dict[str, float]:
    """Return all measures of one case for one seed."""
    part = _Part(mirror, name, seed, share=_FITTED)
    fitted, held_out = _real(part, name, case, case.files)
    laws = _laws(part, name)
    simulated = [_simulated(laws, name, case, fitted, draw, seed) for draw in (0, 1)]
    fitted, held_out = fitted.like(simulated[0]), held_out.like(simulated[0])
    found = {
        "C2ST": _told_apart(simulated[0], held_out, seed, _TOLD),
        "C2ST of all": _told_apart(simulated[0], held_out, seed, len(held_out.label)),
        "floor": _told_apart(fitted, held_out, seed, _TOLD),
        "copies": _copies(simulated[0], fitted),
        "real copies": _copies(held_out, fitted),
    }
    if case.test_files:
        # An official test side is real and apart: the whole train side may be fitted on.
        whole = _Part(mirror, name, seed, share=1.0)
        fitted, _ = _real(whole, name, case, case.files)
        held_out, _ = _real(whole, name, case, case.test_files)
        laws = _laws(whole, name)
        simulated = [
            _simulated(laws, name, case, fitted, 0, seed),
            _simulated(laws, name, case, held_out, 1, seed, test=True),
        ]
    for model in _MODELS:
        found[f"TRTR {model}"] = _score(model, fitted, held_out, seed)
        found[f"TSTR {model}"] = _score(model, simulated[0], held_out, seed)
        found[f"TSTS {model}"] = _score(model, simulated[0], simulated[1], seed)
    return found


def _real(part: _Part, name: str, case: Judged, files: Sequence[str]) -> tuple[Records, Records]:
    """Return the real records to fit on, and those held out."""
    parts = [(part.typed(case.form, file), part.held_out(case.form, file)) for file in files]
    fitted, held_out = (pd.concat(side, ignore_index=True) for side in zip(*parts, strict=True))
    return _seen(fitted, name, case.form), _seen(held_out, name, case.form)


def _seen(records: pd.DataFrame, name: str, form: str) -> Records:
    """Return records as the pipeline's default features show them."""
    declared = datasets.load(name).form(form)
    numbers, categories = features.select(records, declared, keep=(), drop=())
    return Records(numbers, categories, records["label"])


def _laws(part: _Part, name: str) -> dict[str, tuple[int, Mixture]]:
    """Return the laws grown from the fitted part, each with its number of records."""
    recipe = simulator.recipe(name)
    assert recipe.fits is not None
    found = {}
    for fit in recipe.fits(part):
        size = len(fit.tables[next(iter(fit.order.values()))])
        if min(len(table) for table in fit.tables.values()) >= LEAST:
            stored = {fit.law: law(fit, recipe.decimals)}
            found[fit.law] = (size, simulator.resolved(stored, name)[fit.law])
    return found


def _simulated(
    laws: Mapping[str, tuple[int, Mixture]],
    name: str,
    case: Judged,
    like: Records,
    part: int,
    seed: int,
    *,
    test: bool = False,
) -> Records:
    """Simulate the native file of a case, with as many records as were fitted on, and read it."""
    native = case.test_native if test else case.native
    file = next(file for file in simulator.described_files(name) if file.name == native)
    held = {cls: file.law[cls] for cls in case.classes if file.law[cls] in laws}
    share = Share(
        file=native,
        begin=0.0,
        end=86_400.0,
        before=0,
        counts={cls: laws[law_][0] for cls, law_ in held.items()},
        law=held,
    )
    recipe = simulator.recipe(name)
    mixtures = {law_: laws[law_][1] for law_ in held.values()}
    drawing = Generator(share, mixtures, key(seed, "fidelity", part))
    declared = datasets.load(name).form(recipe.form)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, native.replace("{number}", "1"))
        written.write_bytes(b"".join(simulator.written(recipe, drawing)))
        batches = list(read(written, declared, declared.source(written.name)))
    records = pd.concat([batch.records for batch in batches], ignore_index=True)
    seen = _seen(records.assign(label=records["label"].map(case.classes)), name, recipe.form)
    return seen.like(like)


def _score(model: str, train: Records, test: Records, seed: int) -> float:
    """Return the macro-F1 on `test` of a model fitted on `train`."""
    classes = sorted(set(train.label) | set(test.label))
    truth = [classes.index(label) for label in test.label]
    return float(f1_score(truth, _predicted(model, train, test, classes, seed), average="macro"))


def _predicted(
    model: str, train: Records, test: Records, classes: list[str], seed: int
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


def _linear(train: Records) -> Pipeline:
    """Return logistic regression on log-scaled numbers and one-hot categories."""
    numbers = make_pipeline(FunctionTransformer(_logarithm), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(
        make_column_transformer((numbers, list(train.numbers)), (one_hot, list(train.categories))),
        LogisticRegression(max_iter=300),
    )


def _text_columns(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]


def _logarithm(numbers: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return signed log1p in units of a microsecond, a missing number as one of its own."""
    values = numbers.replace([np.inf, -np.inf], np.nan).to_numpy()
    scaled = np.sign(values) * np.log1p(np.abs(values) * 1e6)
    return np.where(np.isnan(scaled), -1.0, scaled)


def _told_apart(simulated: Records, real: Records, seed: int, size: int) -> float:
    """Return the AUC of boosted trees that tell `simulated` from `real`, at most `size` of each.

    The label is a column like the others. Each record is judged by trees that did not see it.
    """
    size = min(size, len(simulated.label), len(real.label))
    simulated, real = (_some(records, size, seed) for records in (simulated, real))
    both = Records(
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


def _some(records: Records, size: int, seed: int) -> Records:
    order = generator(seed, "fidelity", "some").permutation(len(records.label))
    return records.take(np.sort(order[:size]))


def _copies(records: Records, of: Records) -> float:
    """Return the share of `records` that equal a record of `of`, label included."""
    keys = features.vectors(
        pd.concat([records.columns, of.columns], ignore_index=True),
        pd.Series([*records.label, *of.label]),
    )
    return float(np.isin(keys[: len(records.label)], keys[len(records.label) :]).mean())


def table(rows: Sequence[tuple[str, pd.DataFrame]], number: int) -> str:
    """Return the measures as a Markdown table: mean and half of the 95% interval over seeds."""
    shown = ["XGB TSTR / TRTR", "LR TSTR / TRTR", "XGB TRTR", "XGB TSTS", "C2ST"]
    shown += ["C2ST of all", "floor", "copies", "real copies"]
    lines = ["| " + " | ".join(["records", *shown]) + " |", "| --- " * (len(shown) + 1) + "|"]
    for title, measured in rows:
        values = measured.assign(
            **{f"{m} TSTR / TRTR": measured[f"TSTR {m}"] / measured[f"TRTR {m}"] for m in _MODELS},
            **{f"XGB {what}": measured[f"{what} XGB"] for what in ("TRTR", "TSTS")},
        )
        cells = [_interval(values[name]) for name in shown]
        lines.append("| " + " | ".join([title, *cells]) + " |")
    return "\n".join([*lines, "", f"{number} seeds.", ""])


def _interval(values: "pd.Series[float]") -> str:
    if len(values) < 2:
        return f"{values.mean():.3f}"
    width = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.3f} ± {width:.3f}"


def _line(measured: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in measured.items())
