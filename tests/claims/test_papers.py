"""A paper is a folder: its numbers, its claims, and an error for each thing that does not fit."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from judged import HIGH, LOW, PAPER, Judged

from ecnet.config import papers as checks
from ecnet.datasets import papers
from ecnet.errors import InputError


def test_every_paper_here_is_valid() -> None:
    files = sorted(papers.FOLDER.glob("*/paper.yaml"))
    assert len(files) > 1
    for path in files:
        checks.check(path)


def test_the_claims_of_a_second_paper_are_judged_without_code(tmp_path: Path) -> None:
    """A published table on one dataset, of which none of the variants is EcNet."""
    planted = {"iot-23": {"tree": HIGH, "svm": LOW}}
    judged = Judged(tmp_path, planted, paper=papers.file_of("liang-2021"))
    (row,) = judged.rows.values()
    (comparison,) = row["comparisons"]
    assert (row["paper"], row["verdict"]) == ("liang-2021", "holds")
    assert (comparison["margin"], comparison["dataset"]) == (4.0, "iot-23")
    assert row["headline"].startswith("True: \N{LEFT DOUBLE QUOTATION MARK}A decision tree")


def test_a_paper_may_be_a_folder_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text(PAPER.path.read_text(encoding="utf-8"), encoding="utf-8")
    assert papers.read(papers.file_of(f"{tmp_path}/")).numbers == PAPER.numbers
    with pytest.raises(InputError, match="papers here: ecnet, "):
        papers.file_of("unknown")


def changed(folder: Path, *place: Any, value: Any) -> Path:
    """Return a copy of the paper with one value changed."""
    content = yaml.safe_load(PAPER.path.read_text(encoding="utf-8"))
    held = content
    for key in place[:-1]:
        held = held[key]
    held[place[-1]] = value
    path = folder / "paper.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("claims", 0, "rule"), "always", "claims.0.rule"),
        (("claims", 0, "measures"), ["speed"], "claims.0.measures.0"),
        (("claims", 0, "id"), "binary", "the id binary is there 2 times"),
        (("claims", 0, "datasets"), ["iot-24"], "did you mean iot-23?"),
        (("claims", 0, "reported", 0, "tables"), ["IX"], "claims.baselines-accuracy.reported"),
        (("claims", 0, "compare"), [["ecnet", "tree"]], "table VI has no model that is tree"),
        (("datasets", "IoT-23"), "iot23", "did you mean iot-23?"),
        (("tables", "VI", "percent", "MQTT", "SVM"), [72.0], "1 numbers for 4 measures"),
        (("tables", "VI", "percent", "MQTT", "CNN"), [1, 2, 3, 4], "'CNN' is not known"),
        (("label_counts", "I", "dataset"), "iot", "label_counts.I.dataset"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, place: tuple[Any, ...], value: Any, words: str
) -> None:
    path = changed(tmp_path, *place, value=value)
    papers.read.cache_clear()
    with pytest.raises(InputError) as error:
        checks.check(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)
