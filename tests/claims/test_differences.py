"""Differences of variants, by the method that the settings choose."""

import json
from pathlib import Path
from typing import Any

import pytest
from scorefiles import BY_SPLIT, CLASSES, SIZES, settings, write

from ecnet.claims import differences
from ecnet.claims.differences import Differences
from ecnet.claims.scores import read
from ecnet.errors import InputError
from ecnet.evaluate.estimate import corrected_t
from ecnet.evaluate.measures import ACCURACY, F1, of_class
from ecnet.evaluate.resampling import Resampled, pooled, records_and_training

SCORES = {
    "ecnet": [90.0, 91.0, 92.0, 90.5, 91.5, 91.0],
    "svm": [80.0, 82.0, 81.0, 80.0, 82.0, 81.0],
    "lstm": [88.0, 91.0, 90.0, 90.5, 88.5, 91.0],
    "majority": [40.0] * 6,
}
RATIO = SIZES["test"] / SIZES["train"]
NAMES = list(SCORES)
MEAN = [[4e-4 if a == b else 1e-4 for b in NAMES] for a in NAMES]
SPLIT = [[9e-4 if a == b else 3e-4 for b in NAMES] for a in NAMES]
OF_PAIR = {"mean": 6e-4 + 2e-6, "split": 12e-4 + 2e-6}
"""Of the difference of any two, with two errors that were not seen."""


def covariance_file(folder: Path, **changes: Any) -> Path:
    held = {"splits": 6, "error": 1e-6, "mean": MEAN, "split": SPLIT}
    measures = dict.fromkeys(["accuracy", *(f"F1 of {cls}" for cls in CLASSES)], held)
    content = {
        "task": "multiclass",
        "dataset": "iot-23",
        "protocol": "",
        "unit": "vector",
        "average": "macro",
        "runs": BY_SPLIT,
        "variants": NAMES,
        "trained": 0.6,
        "measures": measures,
    } | changes
    path = folder / "covariance.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def measured(folder: Path, method: Any, **changes: Any) -> Differences:
    paths = [write(folder, "iot-23", variant, scores) for variant, scores in SCORES.items()]
    found = differences.read([covariance_file(folder, **changes)], settings())
    return Differences(read(paths, settings()), method, found, ["majority"])


def values(a: str, b: str) -> tuple[float, ...]:
    return tuple((x - y) / 100 for x, y in zip(SCORES[a], SCORES[b], strict=True))


def test_the_corrected_t_is_of_the_splits_alone(tmp_path: Path) -> None:
    found = measured(tmp_path, "corrected-t").estimate(
        "multiclass", "iot-23", "ecnet", "svm", ACCURACY
    )
    expected = corrected_t(values("ecnet", "svm"), RATIO).scaled(100)
    assert found is not None
    assert (found.mean, found.se, found.df) == pytest.approx((expected.mean, expected.se, 5))


def test_the_corrected_t_of_two_splits_tells_nothing(tmp_path: Path) -> None:
    two = {"seeds": {"split": [1, 2], "weights": [1, 2, 3]}}
    paths = [write(tmp_path, "iot-23", name, SCORES[name]) for name in ("ecnet", "svm")]
    found = Differences(read(paths, settings(**two)), "corrected-t")
    estimate = found.estimate("multiclass", "iot-23", "ecnet", "svm", ACCURACY)
    assert estimate is not None
    assert (estimate.mean, estimate.n, estimate.se) == (pytest.approx(9.5), 2, None)


def test_training_is_pooled_over_all_pairs_but_those_of_controls(tmp_path: Path) -> None:
    found = measured(tmp_path, "records-and-training").estimate(
        "multiclass", "iot-23", "ecnet", "majority", ACCURACY
    )
    pairs = [("ecnet", "svm"), ("ecnet", "lstm"), ("svm", "lstm")]
    training = pooled(Resampled(values(*pair), **OF_PAIR, trained=0.6) for pair in pairs)
    own = Resampled(values("ecnet", "majority"), **OF_PAIR, trained=0.6)
    expected = records_and_training(own, training).scaled(100)
    assert found is not None
    assert found.mean == pytest.approx(51)
    assert found.se == pytest.approx(expected.se)


def test_a_class_without_a_test_record_has_no_difference(tmp_path: Path) -> None:
    for variant, scores in SCORES.items():
        write(tmp_path, "iot-23", variant, scores, by_class={"Scan": None})
    paths = sorted(tmp_path.glob("multiclass/iot-23/*.json"))
    found = differences.read([covariance_file(tmp_path)], settings())
    held = Differences(read(paths, settings()), "records-and-training", found)
    scan = of_class(F1, "Scan")
    assert held.estimate("multiclass", "iot-23", "ecnet", "svm", scan) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "record"}, "unit is 'record', not 'vector'"),
        ({"average": "micro"}, "average is 'micro', not 'macro'"),
        ({"protocol": "random"}, "protocol is 'random', not ''"),
        ({"runs": ["1-1"]}, "runs is"),
        ({"variants": ["ecnet"]}, "lacks accuracy of"),
        ({"measures": {}}, "lacks accuracy of"),
        ({"measures": {"accuracy": None}}, "lacks accuracy of"),
        ({"dataset": "mqttset"}, "no covariances of iot-23"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        measured(tmp_path, "records-and-training", **changes).estimate(
            "multiclass", "iot-23", "ecnet", "svm", ACCURACY
        )
    assert "\n" not in str(caught.value)
