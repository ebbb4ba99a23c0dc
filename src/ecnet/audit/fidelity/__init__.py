"""Fidelity: how far models, and a classifier set to tell them apart, take simulated for real."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ecnet import datasets
from ecnet.audit.fidelity import scores, table
from ecnet.audit.fidelity.scores import MODELS, Records
from ecnet.errors import InputError
from ecnet.prepare import features
from ecnet.readers import read
from ecnet.seeds import generator, key
from ecnet.simulate import simulator
from ecnet.simulate.composition import Share
from ecnet.simulate.fit import Mirror, law
from ecnet.simulate.generator import Generator, Mixture
from ecnet.simulate.law import LEAST
from ecnet.simulate.recipe import Judged

_FITTED = 0.7
"""Share of the real records that laws are fitted on; the rest is held out."""

_TOLD = 3000
"""Records of each kind that a classifier tells apart: the more it sees, the more it can tell."""


class _Part(Mirror):
    """A part of the real records to fit laws on, the rest of each class held out."""

    def __init__(self, folder: Path, dataset: str, seed: int, share: float) -> None:
        super().__init__(folder, dataset)
        self._seed = seed
        self._share = share
        self._parts: dict[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]] = {}

    def typed(self, format: str, file: str) -> pd.DataFrame:
        """Return the records to fit on."""
        return self._split(format, file)[0]

    def held_out(self, format: str, file: str) -> pd.DataFrame:
        """Return the records that nothing was fitted on."""
        return self._split(format, file)[1]

    def _split(self, format: str, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        if (format, file) not in self._parts:
            records = super().typed(format, file)
            lot = pd.Series(generator(self._seed, "fidelity", file).random(len(records)))
            rank = lot.groupby(records["label"].to_numpy()).rank(pct=True, method="first")
            fitted = (rank <= self._share).to_numpy()
            self._parts[format, file] = (
                records[fitted].reset_index(drop=True),
                records[~fitted].reset_index(drop=True),
            )
        return self._parts[format, file]


def fidelity(
    names: Sequence[str], *, mirror: Path, output: Path, seeds: Sequence[int] = (1, 2, 3, 4, 5)
) -> None:
    """Measure fidelity on the real records in `mirror` and write it as a Markdown table.

    names: of datasets, as in params.yaml.
    mirror: a folder of real records.
    output: a new file, or one that has the lines `<!-- fidelity -->` and `<!-- /fidelity -->`:
        what stands between them is replaced.
    seeds: of the simulations that the means are over.

    Raises:
        InputError: a dataset has no real records to be held against, or a file is missing.
    """
    table.around(output)
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
    table.write(output, rows, len(seeds))


def measure(name: str, case: Judged, mirror: Path, seed: int) -> dict[str, float]:
    """Return all measures of one case for one seed."""
    part = _Part(mirror, name, seed, share=_FITTED)
    fitted, held_out = _real(part, name, case, case.files)
    laws = _laws(part, name)
    simulated = [_simulated(laws, name, case, fitted, draw, seed) for draw in (0, 1)]
    fitted, held_out = fitted.like(simulated[0]), held_out.like(simulated[0])
    found = {
        "C2ST": scores.told_apart(simulated[0], held_out, seed, _TOLD),
        "C2ST of all": scores.told_apart(simulated[0], held_out, seed, len(held_out.label)),
        "floor": scores.told_apart(fitted, held_out, seed, _TOLD),
        "copies": scores.copies(simulated[0], fitted),
        "real copies": scores.copies(held_out, fitted),
        "of rare": scores.copies(simulated[0], fitted, below=LEAST),
        "real of rare": scores.copies(held_out, fitted, below=LEAST),
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
    for model in MODELS:
        found[f"TRTR {model}"] = scores.score(model, fitted, held_out, seed)
        found[f"TSTR {model}"] = scores.score(model, simulated[0], held_out, seed)
        found[f"TSTS {model}"] = scores.score(model, simulated[0], simulated[1], seed)
    return found


def _real(part: _Part, name: str, case: Judged, files: Sequence[str]) -> tuple[Records, Records]:
    """Return the real records to fit on, and those held out."""
    parts = [(part.typed(case.format, file), part.held_out(case.format, file)) for file in files]
    sides = (pd.concat(side, ignore_index=True) for side in zip(*parts, strict=True))
    judged = (side[side["label"].isin(case.classes.values())] for side in sides)
    fitted, held_out = (_seen(side, name, case.format, case.drop) for side in judged)
    return fitted, held_out


def _seen(records: pd.DataFrame, name: str, format: str, drop: Sequence[str]) -> Records:
    """Return records as the pipeline's default features show them, but for some."""
    declared = datasets.load(name).format(format)
    numbers, categories = features.select(records, declared, keep=(), drop=drop)
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
    declared = datasets.load(name).format(recipe.format)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, native.replace("{number}", "1"))
        written.write_bytes(b"".join(simulator.written(recipe, drawing)))
        batches = list(read(written, declared, declared.source(written.name)))
    records = pd.concat([batch.records for batch in batches], ignore_index=True)
    seen = _seen(
        records.assign(label=records["label"].map(case.classes)), name, recipe.format, case.drop
    )
    return seen.like(like)


def _line(measured: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in measured.items())
