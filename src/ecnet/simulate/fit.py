"""Fit the simulator to real records. The result is small JSON that contains no real record."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ecnet import datasets
from ecnet.errors import InputError
from ecnet.files import atomic, sha256
from ecnet.readers import read
from ecnet.simulate import simulator
from ecnet.simulate.fit_distribution import fit_distribution
from ecnet.simulate.generator import FitSpec

DISTRIBUTIONS = "distributions.json"


class RealRecords:
    """Real records of one dataset in a mirror. `used`: the SHA-256 of each file read."""

    def __init__(self, folder: Path, dataset: str) -> None:
        self._folder = folder
        self._dataset = dataset
        self.used: dict[str, str] = {}

    def typed(self, format: str, file: str) -> pd.DataFrame:
        """Return the typed records of a file of the dataset."""
        path = self._path(f"{self._dataset}/{file}")
        declared = datasets.load(self._dataset).format(format)
        batches = read(path, declared, declared.source(path.name))
        return pd.concat([batch.records for batch in batches], ignore_index=True)

    def plain(
        self, path: str, *, names: Sequence[str] | None = None, missing: str = ""
    ) -> pd.DataFrame:
        """Return a CSV file of the mirror as it is; `names` are its columns if it has no header."""
        return pd.read_csv(
            self._path(path),
            names=None if names is None else list(names),
            na_values=[missing],
            keep_default_na=False,
        )

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if not path.is_file():
            raise InputError(
                f"{path}: is missing; the distributions of {self._dataset} are fitted on it"
            )
        self.used[name] = sha256(path)
        return path


def fit(names: Sequence[str], *, mirror: Path, folder: Path) -> None:
    """Fit distributions on the real records in `mirror`; write folder/<dataset>/distributions.json.

    names: of datasets, as in params.yaml.
    mirror: a folder of real records.
    folder: that of the statistics to write.

    Raises:
        InputError: a dataset has no fitted distributions, or a file to fit them on is missing.
    """
    for name in names:
        generator = simulator.generator(name)
        if generator.fit_specs is None:
            raise InputError(f"{name}: its distributions are assumed, there is nothing to fit")
        records = RealRecords(mirror, name)
        fitted = {}
        for spec in generator.fit_specs(records):
            print(f"{name}: {spec.distribution}: {spec.basis}", flush=True)
            fitted[spec.distribution] = distribution(spec, generator.decimals)
        content = {"dataset": name, "fitted_on": records.used, "distributions": fitted}
        output = folder / name / DISTRIBUTIONS
        with atomic(output) as temporary:
            temporary.write_text(_json(content), encoding="utf-8")
        print(f"{output}: {output.stat().st_size / 1000:.0f} kB", flush=True)


def distribution(spec: FitSpec, decimals: Mapping[str, int]) -> dict[str, Any]:
    """Return one fitted distribution as JSON."""
    variables = fit_distribution(spec.tables, spec.order, {**decimals, **spec.decimals})
    return {"origin": "fitted", "basis": spec.basis, "variables": variables}


def _json(content: Mapping[str, Any]) -> str:
    """Return JSON with one line per variable, so that diffs show which variable changed."""

    def dense(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    distributions = ",\n".join(
        f' {dense(name)}: {{"origin":{dense(entry["origin"])},"basis":{dense(entry["basis"])},'
        f'"variables":[\n  ' + ",\n  ".join(map(dense, entry["variables"])) + "\n ]}"
        for name, entry in content["distributions"].items()
    )
    head = {key: value for key, value in content.items() if key != "distributions"}
    return json.dumps(head, indent=1)[:-2] + f',\n "distributions": {{\n{distributions}\n }}\n}}\n'
