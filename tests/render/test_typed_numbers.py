"""No result is typed in: not in a page, not in a caption, not in a table."""

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/tutorials").glob("*.md")),
    *sorted((ROOT / "docs/reference").glob("*.md")),
    *sorted((ROOT / "workflow/report").glob("*.rst")),
    *sorted((ROOT / "src/ecnet/report").glob("*.j2")),
]
MADE = {
    "interpretation.md": "computed anew from the paper's tables by test_interpretation.py",
    "scale.md": "measured by bench/scale.py",
    "simulator.md": "written by `ecnet fidelity`, which measures it",
}
"""Pages whose numbers are no results of models, and where they come from."""

KNOWN = {
    "README.md": dict.fromkeys(("3.11", "3.12", "3.13"), "versions of Python"),
    "paper.md": {
        **dict.fromkeys(("3.11", "3.12", "3.13"), "versions of Python"),
        "1.9": "GB of an installation",
    },
    "data.md": {"1%": "params.yaml, data.max_rejected"},
    "results.md": {"95%": "params.yaml, statistics.confidence"},
    "versions.md": {"0.02": "what `ecnet compare` allows, provenance.compare.judgement.FLOOR"},
    "engine.md": dict.fromkeys(
        ("3.7", "2.1"), "times the speed of the plain loop: bench/training.py"
    ),
    "protocol.md": {
        "0.05": "params.yaml, statistics.alpha",
        "0.2": "resampling.LEAST_TRAINING and its like, which `snakemake protocol_check` checks",
        **dict.fromkeys(("0.3", "0.6", "0.75"), "worked out there from the shares of a split"),
        "2.8": "1.96 times the root of 2: two errors that were not seen",
        **dict.fromkeys(("2104.00673", "2605.04407", "2607.00553"), "references"),
        **dict.fromkeys(("40%", "99%"), "what Hossain et al. report"),
    },
    "export.md": {
        "0.00001": "what an ONNX file and C may differ by, evaluate.onnx and evaluate.c",
        "0.1": "what C with int8 weights may differ by, evaluate.c",
    },
    "cluster.md": {
        **dict.fromkeys(("4.5", "1.3", "1.4", "1.2"), "seconds and MB, measured on jobs"),
        "22.05": "a version of SLURM",
    },
    "container.md": {
        "1.28": "a version of buildah",
        **dict.fromkeys(("2.7", "2.2"), "GB of an image, as buildah told them"),
    },
    "score.md": {
        "0.5": "params.yaml, audit.drift",
        **dict.fromkeys(("1.77", "1.64", "1.81", "2.79", "2.73", "3.17"), "bench/scoring.py"),
        **dict.fromkeys(("2.14", "2.35", "0.70", "2.75"), "bench/scoring.py, on a busy machine"),
        **dict.fromkeys(("0.60", "0.66", "0.75"), "time with --cores 2, measured by hand"),
        "0.1": "seconds, measured on a growing log with tail -F",
        "1.4": "times the processor time of a file, measured on 300,000 flows",
    },
    "standards.md": {
        "5.6": "MB of a crate",
        **dict.fromkeys(("0.5", "1.0"), "versions of profiles"),
    },
    "datasets.md": {
        **{"4.0": "a licence", "1%": "the sample's own name, and data.max_rejected"},
        **dict.fromkeys(("99.91", "91.19", "62.84"), "of records: tests/readers/test_frames.py"),
    },
    "false_alarms.rst": {"100 %": "all of them"},
}
"""Every other decimal or percentage of a page, and what it is."""

NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)|\d+(?:\.\d+)?\s?%")
BOUNDS = {"0.05", "0.001", "70%", "4.0"}
"""The level that fewer than six splits cannot reach, what p is shown below, the paper's own, and
the version of a licence."""
GREY = re.compile(r"0\.\d+")  # a colour of matplotlib
SHOWS = ("render", "report", "claims")


def numbers(page: str) -> list[str]:
    """Return the decimals and percentages of a page, but for those in code and addresses.

    And but for the last result of the check of the protocol, which says when and how it was made.
    """
    check = r"<!-- check: begin -->.*?<!-- check: end -->"
    for other in (check, r"```.*?```", r"`[^`]*`", r"https?://\S+", r"10\.\d{4,}/\S+"):
        page = re.sub(other, "", page, flags=re.DOTALL)
    return NUMBER.findall(page)


def test_a_typed_result_is_seen() -> None:
    assert numbers("EcNet reaches 91.3 on it, 4 points or 7% more (`0.5`)") == ["91.3", "7%"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_holds_a_result(page: Path) -> None:
    if page.name not in MADE:
        found = set(numbers(page.read_text(encoding="utf-8")))
        assert found - KNOWN.get(page.name, {}).keys() == set()


def test_what_is_let_through_is_there() -> None:
    for name, known in KNOWN.items():
        page = next(page for page in PAGES if page.name == name)
        assert known.keys() <= set(numbers(page.read_text(encoding="utf-8"))), name
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    statistics = params["statistics"]
    assert (statistics["confidence"], statistics["alpha"]) == (0.95, 0.05)
    assert params["data"]["max_rejected"] == 0.01


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield the texts of a module, but for docstrings and formats."""
    formats = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue) and node.format_spec
        for part in ast.walk(node.format_spec)
    }
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            formats |= {id(i.value) for i in body if isinstance(i, ast.Expr)}
    for node in ast.walk(tree):
        held = node.value if isinstance(node, ast.Constant) else None
        if isinstance(held, str) and id(node) not in formats:
            yield held


@pytest.mark.parametrize("part", SHOWS)
def test_no_text_of_what_shows_results_holds_one(part: str) -> None:
    for path in sorted((ROOT / "src/ecnet" / part).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = {n for text in texts(tree) for n in numbers(text) if not GREY.fullmatch(text)}
        assert found <= BOUNDS, path.name


def values(held: Any) -> Iterator[float]:
    """Yield every number of a result file."""
    if isinstance(held, dict | list):
        for item in held.values() if isinstance(held, dict) else held:
            yield from values(item)
    elif isinstance(held, int | float) and not isinstance(held, bool):
        yield float(held)


@pytest.mark.parametrize("name", ["table_6", "table_7", "table_8"])
def test_every_number_of_a_table_is_one_that_evaluate_wrote(
    name: str, drawn: Path, inputs: dict[str, list[Path]]
) -> None:
    evaluated = {
        round(scaled, 9)
        for path in inputs["multiclass"]
        for value in values(json.loads(path.read_text(encoding="utf-8")))
        for scaled in (value, 100 * value)
    }
    with (drawn / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        cells = [
            (column, float(text))
            for row in csv.DictReader(file)
            for column, text in row.items()
            if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text or "")
        ]
    assert len(cells) > 20
    assert {c for c in cells if round(c[1], 9) not in evaluated} == set()
