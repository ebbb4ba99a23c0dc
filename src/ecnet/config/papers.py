"""The file of a paper checked as a whole, with all errors at once."""

from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from ecnet import datasets
from ecnet.config import params_file, schema
from ecnet.config.schema import unknown
from ecnet.config.validation import stop
from ecnet.datasets import papers
from ecnet.datasets.papers import Paper


def check(path: Path) -> None:
    """Stop if a paper.yaml is not valid. A variant that params.yaml lacks is only not measured.

    Raises:
        InputError: one line for each error, with the key, the value and what is allowed.
    """
    content = params_file.read(path)
    text = resources.files("ecnet").joinpath("papers/paper.schema.yaml").read_text("utf-8")
    stop(str(path), schema.errors(content, yaml.safe_load(text)))
    stop(str(path), _table_errors(content))
    stop(str(path), _claim_errors(content, papers.read(path)))


def _table_errors(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield an error for each unknown name in the tables, and each row of another length."""
    titles, known = content["datasets"], datasets.names()
    for title, name in titles.items():
        if name not in known:
            yield unknown(f"datasets.{title}", name, known)
    for number, table in content["tables"].items():
        for title, rows in table["percent"].items():
            place = f"tables.{number}.percent.{title}"
            if title not in titles:
                yield unknown(place, title, titles)
            for model, row in rows.items():
                if model not in table["models"]:
                    yield unknown(place, model, table["models"])
                if len(row) != len(table["measures"]):
                    yield (
                        f"{place}.{model} holds {len(row)} numbers for "
                        f"{len(table['measures'])} measures"
                    )
    for number, table in content.get("label_counts", {}).items():
        if table["dataset"] not in known:
            yield unknown(f"label_counts.{number}.dataset", table["dataset"], known)


def _claim_errors(content: Mapping[str, Any], paper: Paper) -> Iterator[str]:
    """Yield an error for each claim that is there twice, or whose numbers no table holds."""
    for name, times in Counter(claim["id"] for claim in content["claims"]).items():
        if times > 1:
            yield f"claims: the id {name} is there {times} times"
    for claim in content["claims"]:
        place = f"claims.{claim['id']}"
        for name in claim.get("datasets", []):
            if name not in datasets.names():
                yield unknown(f"{place}.datasets", name, datasets.names())
        for check in claim.get("reported", []):
            yield from _number_errors(place, claim, check, paper)


def _number_errors(
    place: str, claim: Mapping[str, Any], check: Mapping[str, Any], paper: Paper
) -> Iterator[str]:
    tables = paper.content["tables"]
    absent = [number for number in check["tables"] if number not in tables]
    yield from (unknown(f"{place}.reported.tables", number, tables) for number in absent)
    pairs = check.get("compare", claim.get("compare", []))
    ends = (0, -1)  # the tables of the first and of the second variant of a pair
    for pair in pairs if not absent else []:
        for variant, end in zip(pair, ends, strict=True):
            table = check["tables"][end]
            if variant not in tables[table]["models"].values():
                yield f"{place}.reported: table {table} has no model that is {variant}"
