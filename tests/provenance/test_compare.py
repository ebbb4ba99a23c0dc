"""Comparing runs: every change is named, explained, allowed, or ends in status 1."""

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest
import resultfiles
from runs import NAME, Edit, edit, metrics, move, other_processor

from ecnet.provenance.compare.judgement import DEVIATIONS, FLOOR, allowed

Run = Callable[[Path, Path], tuple[int, str]]


def test_equal_results_pass(old: Path, new: Path, run: Run) -> None:
    status, shown = run(old, new)
    assert status == 0
    assert shown.startswith("## Nothing changed\n")
    assert f"both runs: {len(resultfiles.variants())};" in shown


def test_the_smallest_change_on_the_same_machine_is_an_error(
    old: Path, new: Path, run: Run
) -> None:
    edit(metrics(new), move(-1e-12, "1-1"))
    status, shown = run(old, new)
    assert status == 1
    assert shown.startswith("## Numbers changed without an explanation\n")
    assert f"- {NAME}: accuracy by vector was 0.93, is 0.92999" in shown
    assert shown.count(f"- {NAME}") == 1


def test_metrics_of_another_protocol_are_compared_too(old: Path, new: Path, run: Run) -> None:
    name = NAME.replace("iot-23", "iot-23.random")
    for folder in (old, new):
        metrics(folder, name).parent.mkdir()
        shutil.copy(metrics(folder), metrics(folder, name))
    edit(metrics(new, name), move(0.001))
    status, shown = run(old, new)
    assert status == 1
    assert f"- {name}: accuracy by vector" in shown


def test_swapped_runs_on_the_same_machine_are_an_error(old: Path, new: Path, run: Run) -> None:
    def swap(content: dict[str, Any]) -> None:
        runs = content["runs"]
        runs["1-1"], runs["2-1"] = runs["2-1"], runs["1-1"]

    edit(metrics(new), swap)
    status, shown = run(old, new)
    assert status == 1
    assert f"- {NAME}: macro f1 by vector was" in shown


def test_a_change_beside_the_scores_is_an_error_on_the_same_machine(
    old: Path, new: Path, run: Run
) -> None:
    def change(content: dict[str, Any]) -> None:
        content["runs"]["1-1"]["vector"]["confusion"][0][0] += 1

    edit(metrics(new), change)
    status, shown = run(old, new)
    assert (status, f"- {NAME}: a value of a single class changed" in shown) == (1, True)
    edit(new / "provenance.json", other_processor)
    assert run(old, new)[0] == 0


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda content: content["params"].update(models="z"), "params: models"),
        (lambda content: content["code"].update(train="z"), "code: train"),
        (lambda content: content["code"].pop("train"), "code: train"),
        (lambda content: content.update(lock="z"), "requirements.lock"),
        (lambda content: content["datasets"]["iot-23"].update(source="mirror"), "data: iot-23"),
        (lambda content: content["datasets"]["iot-23"]["files"].update(f="1"), "data: iot-23"),
    ],
)
def test_a_change_with_a_cause_is_shown_with_it(
    old: Path, new: Path, run: Run, change: Edit, cause: str
) -> None:
    edit(metrics(new), move(-0.125))
    edit(new / "provenance.json", change)
    status, shown = run(old, new)
    assert status == 0
    assert f"\n- {cause}\n" in shown
    assert f"| {NAME} | accuracy by vector | 0.9300 | 0.8050 | -0.1250 |" in shown


@pytest.mark.parametrize(("part", "key"), [("params", "tables"), ("code", "render")])
def test_a_change_of_presentation_explains_no_number(
    old: Path, new: Path, run: Run, part: str, key: str
) -> None:
    edit(metrics(new), move(-0.125))
    edit(new / "provenance.json", lambda content: content[part].update({key: "z"}))
    assert run(old, new)[0] == 1


@pytest.mark.parametrize(
    "change", [other_processor, lambda content: content["libraries"].update(torch="2.13.0")]
)
def test_another_machine_may_move_a_mean_within_the_deviation_over_seeds(
    old: Path, new: Path, run: Run, change: Edit
) -> None:
    edit(new / "provenance.json", change)
    limit = DEVIATIONS * 0.01  # the seeds of the small files lie 0.01 apart
    edit(metrics(new), move(-0.9 * limit))
    assert run(old, new)[0] == 0
    edit(metrics(new), move(-0.2 * limit))
    status, shown = run(old, new)
    assert status == 1
    assert f"- {NAME}: accuracy by vector was 0.93" in shown


def test_the_floor_holds_where_seeds_agree_or_there_is_one() -> None:
    assert allowed([0.5]) == allowed([0.5, 0.5]) == FLOOR
    values = [0.1, 0.3, 0.8]
    assert allowed(values) == DEVIATIONS * stdev(values) > FLOOR


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["classes"].append("New"), "classes changed"),
        (lambda content: content["parameters"].update({"1-1": 5}), "parameters changed"),
        (
            lambda content: content["runs"]["1-1"]["record"].update(n=7),
            "the number of test records changed",
        ),
    ],
)
def test_a_machine_independent_change_is_an_error_on_another_machine(
    old: Path, new: Path, run: Run, change: Edit, words: str
) -> None:
    edit(new / "provenance.json", other_processor)
    edit(metrics(new), change)
    status, shown = run(old, new)
    assert (status, f"- {NAME}: {words}" in shown) == (1, True)


def test_missing_and_new_metrics_are_named(old: Path, new: Path, run: Run) -> None:
    metrics(old, "multiclass/iot-23/svm").unlink()
    status, shown = run(old, new)
    assert (status, "Only in the new run:\n\n- multiclass/iot-23/svm\n" in shown) == (0, True)
    status, shown = run(new, old)
    assert (status, "Missing in the new run:\n\n- multiclass/iot-23/svm\n" in shown) == (1, True)


def test_the_largest_changes_come_first(old: Path, new: Path, run: Run) -> None:
    edit(new / "provenance.json", lambda content: content.update(lock="z"))
    edit(metrics(new, "multiclass/iot-23/svm"), move(-0.25))
    edit(metrics(new, "multiclass/iot-23/lstm"), move(0.0625))
    rows = [line for line in run(old, new)[1].splitlines() if line.startswith("| multiclass")]
    assert [row.split(" | ")[0] for row in rows] == [
        "| multiclass/iot-23/svm",
        "| multiclass/iot-23/lstm",
    ]
