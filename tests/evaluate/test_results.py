"""Measures stand in one registry; metrics files are read as they were written, or refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import resultfiles
import yaml

from ecnet.errors import InputError
from ecnet.evaluate import measures, results
from ecnet.evaluate.measures import ACCURACY, F1, MEASURES, of_class
from ecnet.evaluate.metrics import metrics

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A metrics file of EcNet on IoT-23."""
    paths = resultfiles.write_metrics(tmp_path)
    return next(path for path in paths if path.match("iot-23/ecnet.json"))


def change(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


def test_every_measure_has_a_value_in_each_run_and_an_interval_in_the_summary(path: Path) -> None:
    (found,) = results.read([path]).values()
    assert len({measure.key for measure in MEASURES}) == len(MEASURES)
    for measure in MEASURES:
        for unit in measures.UNITS:
            for average in measures.AVERAGES:
                how = {"unit": unit, "average": average}
                values = found.values(measure, found.over_splits, **how)
                interval = found.interval(measure, **how)
                assert interval is not None
                scaled = [measure.scale * value for value in values if value is not None]
                assert interval.mean == pytest.approx(np.mean(scaled))
                assert interval.n == len(scaled) == len(resultfiles.SEEDS)


def test_the_registry_names_all_scores_that_are_computed_and_all_averages() -> None:
    true = np.array([0, 1])
    found = metrics(true, true, np.ones(2, dtype=np.int64), ["a", "b"])
    for average in measures.AVERAGES:
        assert list(found[average]) == [measure.key for measure in measures.AVERAGED]
    assert {measure.key for measure in measures.PLAIN} <= found.keys()
    schema = yaml.safe_load((ROOT / "src/ecnet/config/params.schema.yaml").read_text())
    tables = schema["properties"]["tables"]["properties"]
    assert tuple(tables["average"]["enum"]) == measures.AVERAGES
    assert set(tables["unit"]["enum"]) == set(measures.UNITS)


def test_a_class_without_a_test_record_has_no_value(path: Path) -> None:
    (found,) = results.read([path]).values()
    assert found.values(of_class(F1, "Rare"), ["1-1"], unit="vector", average="") == [None]
    assert found.untested() == {"Rare": list(resultfiles.RUNS)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classes": "Benign"}, "classes has a value of another kind"),
        ({"classes": [1]}, "classes holds a value of another kind"),
        ({"parameters": {"1-1": "many"}}, "parameters holds a value of another kind"),
        ({"runs": {"1-1": []}}, "runs holds a value of another kind"),
        ({"ratio": None}, "ratio has a value of another kind"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_key(
    path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as error:
        results.read([change(path, **changes)])
    assert str(error.value).startswith(f"{path}: {words}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["dataset", "sizes", "summary"])
def test_a_missing_key_is_named(path: Path, key: str) -> None:
    content = json.loads(path.read_text())
    del content[key]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"ecnet\.json: lacks the key {key}; run the evaluate"):
        results.read([path])


def test_a_value_that_is_missing_or_not_a_number_is_named_by_its_place(path: Path) -> None:
    runs = json.loads(path.read_text())["runs"]
    runs["1-1"]["vector"]["macro"]["f1"] = "high"
    del runs["2-1"]["vector"]["accuracy"]
    del runs["3-1"]["vector"]
    (found,) = results.read([change(path, runs=runs, summary={"vector": {}})]).values()
    how = {"unit": "vector", "average": "macro"}
    for measure, run, place in (
        (F1, "1-1", r"runs\.1-1\.vector\.macro\.f1"),
        (ACCURACY, "2-1", r"runs\.2-1\.vector\.accuracy"),
        (ACCURACY, "3-1", r"runs\.3-1\.vector"),
    ):
        with pytest.raises(InputError, match=rf"ecnet\.json: lacks a value for {place}; run"):
            found.values(measure, [run], **how)
    with pytest.raises(InputError, match=r"lacks a value for summary\.vector\.accuracy"):
        found.interval(ACCURACY, **how)


def test_a_run_too_many_is_refused_where_runs_must_be_those_of_the_settings(path: Path) -> None:
    (found,) = results.read([path]).values()
    found.require(["1-1"])
    with pytest.raises(InputError, match="holds the run 2-1, which seeds of"):
        found.require(["1-1"], exactly=True)
