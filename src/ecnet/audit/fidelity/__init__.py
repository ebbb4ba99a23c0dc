"""Fidelity of simulated records: scores of models trained on them, and two-sample tests."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ecnet import datasets
from ecnet.audit.fidelity import scores, table
from ecnet.audit.fidelity.scores import MODELS, LabelledFeatures
from ecnet.errors import InputError
from ecnet.prepare import features
from ecnet.readers import read
from ecnet.seeds import generator, key
from ecnet.simulate import simulator
from ecnet.simulate.allocation import Allocation
from ecnet.simulate.distributions import MIN_RECORDS
from ecnet.simulate.fit import RealRecords, distribution
from ecnet.simulate.generator import FidelityCase
from ecnet.simulate.sampler import Mixture, Sampler

_FITTED = 0.7
"""The share of the real records that distributions are fitted on; the rest is held out."""

_C2ST_RECORDS = 3000
"""Records of each kind in the two-sample test; more of them would show smaller differences."""


class _Part(RealRecords):
    """A share of the real records to fit distributions on; the rest of each class is held out."""

    def __init__(self, folder: Path, dataset: str, seed: int, share: float) -> None:
        super().__init__(folder, dataset)
        self._seed = seed
        self._share = share
        self._parts: dict[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]] = {}

    def typed(self, format: str, file: str) -> pd.DataFrame:
        """Return the records to fit on."""
        return self._split(format, file)[0]

    def held_out(self, format: str, file: str) -> pd.DataFrame:
        """Return the records that are held out."""
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
    output: a new file, or one with the lines `<!-- fidelity -->` and `<!-- /fidelity -->`, between
        which the table is replaced.
    seeds: of the simulations that the means are over.

    Raises:
        InputError: a dataset has no real records to compare with, or a file is missing.
    """
    table.around(output)
    rows = []
    for name in names:
        cases = simulator.generator(name).fidelity_cases
        if not cases:
            raise InputError(f"{name}: there are no labelled real records to compare it with")
        for case in cases:
            measured = []
            for seed in seeds:
                measured.append(measure(name, case, mirror, seed))
                print(f"{case.title}, seed {seed}: {_line(measured[-1])}", flush=True)
            rows.append((case.title, pd.DataFrame(measured)))
    table.write(output, rows, len(seeds))


def measure(name: str, case: FidelityCase, mirror: Path, seed: int) -> dict[str, float]:
    """Return all measures of one case for one seed."""
    part = _Part(mirror, name, seed, share=_FITTED)
    fitted, held_out = _real(part, name, case, case.files)
    refitted = _refitted(part, name)
    simulated = [_simulated(refitted, name, case, fitted, draw, seed) for draw in (0, 1)]
    fitted, held_out = fitted.like(simulated[0]), held_out.like(simulated[0])
    found = {
        "C2ST": scores.c2st(simulated[0], held_out, seed, _C2ST_RECORDS),
        "C2ST of all": scores.c2st(simulated[0], held_out, seed, len(held_out.label)),
        "floor": scores.c2st(fitted, held_out, seed, _C2ST_RECORDS),
        "copies": scores.copies(simulated[0], fitted),
        "real copies": scores.copies(held_out, fitted),
        "of rare": scores.copies(simulated[0], fitted, below=MIN_RECORDS),
        "real of rare": scores.copies(held_out, fitted, below=MIN_RECORDS),
    }
    if case.test_files:
        # An official test subset is held out anyway: the whole training subset can be fitted on.
        whole = _Part(mirror, name, seed, share=1.0)
        fitted, _ = _real(whole, name, case, case.files)
        held_out, _ = _real(whole, name, case, case.test_files)
        refitted = _refitted(whole, name)
        simulated = [
            _simulated(refitted, name, case, fitted, 0, seed),
            _simulated(refitted, name, case, held_out, 1, seed, test=True),
        ]
    for model in MODELS:
        found[f"TRTR {model}"] = scores.score(model, fitted, held_out, seed)
        found[f"TSTR {model}"] = scores.score(model, simulated[0], held_out, seed)
        found[f"TSTS {model}"] = scores.score(model, simulated[0], simulated[1], seed)
    return found


def _real(
    part: _Part, name: str, case: FidelityCase, files: Sequence[str]
) -> tuple[LabelledFeatures, LabelledFeatures]:
    """Return the real records to fit on, and the held-out ones."""
    parts = [(part.typed(case.format, file), part.held_out(case.format, file)) for file in files]
    subsets = (pd.concat(subset, ignore_index=True) for subset in zip(*parts, strict=True))
    known = (subset[subset["label"].isin(case.classes.values())] for subset in subsets)
    fitted, held_out = (_features(subset, name, case.format, case.drop) for subset in known)
    return fitted, held_out


def _features(
    records: pd.DataFrame, name: str, format: str, drop: Sequence[str]
) -> LabelledFeatures:
    """Return records with the pipeline's default features, except those in `drop`."""
    declared = datasets.load(name).format(format)
    numbers, categories = features.select(records, declared, keep=(), drop=drop)
    return LabelledFeatures(numbers, categories, records["label"])


def _refitted(part: _Part, name: str) -> dict[str, tuple[int, Mixture]]:
    """Return the distributions fitted on a part: name -> number of records, distribution."""
    how = simulator.generator(name)
    assert how.fit_specs is not None
    found = {}
    for spec in how.fit_specs(part):
        size = len(spec.tables[next(iter(spec.order.values()))])
        if min(len(table) for table in spec.tables.values()) >= MIN_RECORDS:
            stored = {spec.distribution: distribution(spec, how.decimals)}
            found[spec.distribution] = (size, simulator.resolved(stored, name)[spec.distribution])
    return found


def _simulated(
    refitted: Mapping[str, tuple[int, Mixture]],
    name: str,
    case: FidelityCase,
    like: LabelledFeatures,
    part: int,
    seed: int,
    *,
    test: bool = False,
) -> LabelledFeatures:
    """Simulate the native file of a case with as many records as were fitted on, and read it."""
    native = case.test_native if test else case.native
    file = next(file for file in simulator.file_specs(name) if file.name == native)
    held = {cls: one for cls, one in file.distribution.items() if cls in case.classes}
    held = {cls: one for cls, one in held.items() if one in refitted}
    allocation = Allocation(
        file=native,
        begin=0.0,
        end=86_400.0,
        before=0,
        counts={cls: refitted[one][0] for cls, one in held.items()},
        distribution=held,
    )
    how = simulator.generator(name)
    mixtures = {one: refitted[one][1] for one in held.values()}
    sampler = Sampler(allocation, mixtures, key(seed, "fidelity", part))
    declared = datasets.load(name).format(how.format)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, native.replace("{number}", "1"))
        written.write_bytes(b"".join(simulator.encoded(how, sampler)))
        batches = list(read(written, declared, declared.source(written.name)))
    records = pd.concat([batch.records for batch in batches], ignore_index=True)
    labelled = records.assign(label=records["label"].map(case.classes))
    return _features(labelled, name, how.format, case.drop).like(like)


def _line(measured: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in measured.items())
