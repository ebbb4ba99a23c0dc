"""Fitting the simulator: from real records to laws, small JSON files that hold none of them."""

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
from ecnet.simulate.grow import grow
from ecnet.simulate.recipe import Fit

LAWS = "laws.json"


class Mirror:
    """Real records of one dataset in a mirror; remembers which files it gave."""

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
            raise InputError(f"{path}: is missing; the laws of {self._dataset} are fitted on it")
        self.used[name] = sha256(path)
        return path


def fit(names: Sequence[str], *, mirror: Path, folder: Path) -> None:
    """Fit the laws of datasets on the real records in `mirror`; write folder/<dataset>/laws.json.

    names: of datasets, as in params.yaml.
    mirror: a folder of real records.
    folder: that of the statistics to write.

    Raises:
        InputError: a dataset has no laws that are fitted, or a file that it takes is missing.
    """
    for name in names:
        recipe = simulator.recipe(name)
        if recipe.fits is None:
            raise InputError(f"{name}: its laws are assumed, there is nothing to fit")
        records = Mirror(mirror, name)
        laws = {}
        for fitted in recipe.fits(records):
            print(f"{name}: {fitted.law}: {fitted.basis}", flush=True)
            laws[fitted.law] = law(fitted, recipe.decimals)
        output = folder / name / LAWS
        with atomic(output) as temporary:
            temporary.write_text(
                _json({"dataset": name, "fitted_on": records.used, "laws": laws}), encoding="utf-8"
            )
        print(f"{output}: {output.stat().st_size / 1000:.0f} kB", flush=True)


def law(fitted: Fit, decimals: Mapping[str, int]) -> dict[str, Any]:
    """Return one fitted law as JSON."""
    variables = grow(fitted.tables, fitted.order, decimals)
    return {"origin": "fitted", "basis": fitted.basis, "variables": variables}


def _json(content: Mapping[str, Any]) -> str:
    """Return JSON with a line for each variable, so that a change of one shows as one."""

    def dense(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    laws = ",\n".join(
        f' {dense(name)}: {{"origin":{dense(entry["origin"])},"basis":{dense(entry["basis"])},'
        f'"variables":[\n  ' + ",\n  ".join(map(dense, entry["variables"])) + "\n ]}"
        for name, entry in content["laws"].items()
    )
    head = {key: value for key, value in content.items() if key != "laws"}
    return json.dumps(head, indent=1)[:-2] + f',\n "laws": {{\n{laws}\n }}\n}}\n'
