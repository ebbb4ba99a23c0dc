"""The metrics agree with the paper's formulas, and a file that does not fit is refused."""

import csv
import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    balanced_accuracy_score,
    confusion_matrix,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from ecnet.errors import InputError
from ecnet.evaluate.evaluate import run
from ecnet.evaluate.metrics import metrics

CLASSES = ["Normal", "DoS", "Scan"]


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    n = draw(st.integers(1, 30))
    index = st.lists(st.integers(0, len(CLASSES) - 1), min_size=n, max_size=n)
    weight = st.lists(st.integers(1, 9), min_size=n, max_size=n)
    return np.array(draw(index)), np.array(draw(index)), np.array(draw(weight))


def approximately(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(
            approximately(found[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, float):
        return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)
    return bool(found == wanted)


@given(predictions())
def test_weights_count_as_repeated_rows_do(drawn: tuple[Any, Any, Any]) -> None:
    true, predicted, weight = drawn
    repeated = np.repeat(true, weight), np.repeat(predicted, weight)
    ones = np.ones(weight.sum(), dtype=int)
    assert approximately(
        metrics(true, predicted, weight, CLASSES), metrics(*repeated, ones, CLASSES)
    )


@given(predictions(), st.randoms(use_true_random=False))
def test_the_order_of_records_changes_no_bit(drawn: tuple[Any, Any, Any], random: Any) -> None:
    order = list(range(len(drawn[0])))
    random.shuffle(order)
    assert metrics(*(column[order] for column in drawn), CLASSES) == metrics(*drawn, CLASSES)


@given(predictions())
def test_identities_that_hold_for_any_predictions(drawn: tuple[Any, Any, Any]) -> None:
    found = metrics(*drawn, CLASSES)
    assert found["n"] == drawn[2].sum() == np.sum(found["confusion"])
    for average in ("precision", "recall", "f1"):
        assert math.isclose(found["micro"][average], found["accuracy"], abs_tol=1e-12)
    assert math.isclose(found["weighted"]["recall"], found["accuracy"], abs_tol=1e-12)
    macro = found["macro"]
    if macro["f1"]:
        mean = 2 * macro["precision"] * macro["recall"] / (macro["precision"] + macro["recall"])
        assert macro["f1"] <= mean + 1e-12  # the harmonic mean is concave


@given(predictions())
def test_every_metric_is_that_of_scikit_learn(drawn: tuple[Any, Any, Any]) -> None:
    true, predicted, weight = drawn
    found = metrics(*drawn, CLASSES)
    every, held = range(len(CLASSES)), np.unique(true)

    def scores(average: str | None, labels: Any) -> Any:
        return precision_recall_fscore_support(
            true,
            predicted,
            labels=labels,
            average=average,
            sample_weight=weight,
            zero_division=0,
        )

    confusion = confusion_matrix(true, predicted, labels=every, sample_weight=weight)
    assert found["confusion"] == confusion.tolist()
    for average, labels in (("macro", held), ("weighted", held), ("micro", every)):
        assert list(found[average].values()) == pytest.approx(scores(average, labels)[:3]), average
    of_classes = np.array(scores(None, every))
    for index, cls in enumerate(CLASSES):
        wanted = of_classes[:3, index] if index in held else [None] * 3
        values = [found["per_class"][cls][name] for name in ("precision", "recall", "f1")]
        assert values == pytest.approx(wanted)
        assert found["per_class"][cls]["support"] == of_classes[3, index]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a predicted class that `true` does not hold
        assert found["balanced_accuracy"] == pytest.approx(
            balanced_accuracy_score(true, predicted, sample_weight=weight)
        )
        assert found["mcc"] == pytest.approx(
            matthews_corrcoef(true, predicted, sample_weight=weight), abs=1e-9
        )


def test_equations_6_to_9_by_hand() -> None:
    # confusion: Normal 3 right, 1 as DoS; DoS 2 right, 2 as Normal; Scan 2 right.
    true = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    predicted = np.array([0, 0, 0, 1, 1, 1, 0, 0, 2, 2])
    found = metrics(true, predicted, np.ones(10, dtype=int), CLASSES)
    assert found["confusion"] == [[3, 1, 0], [2, 2, 0], [0, 0, 2]]
    assert found["accuracy"] == pytest.approx(7 / 10)
    normal, dos = found["per_class"]["Normal"], found["per_class"]["DoS"]
    assert normal["precision"] == pytest.approx(3 / (3 + 2))
    assert normal["recall"] == pytest.approx(3 / (3 + 1))
    assert normal["f1"] == pytest.approx(2 * 0.6 * 0.75 / (0.6 + 0.75))
    assert dos["precision"] == pytest.approx(2 / 3)
    assert dos["recall"] == pytest.approx(1 / 2)
    assert found["macro"]["recall"] == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)
    assert found["balanced_accuracy"] == found["macro"]["recall"]
    assert found["weighted"]["precision"] == pytest.approx(0.4 * 0.6 + 0.4 * 2 / 3 + 0.2)
    # Matthews correlation of several classes (Gorodkin): (c s - sum t p) / sqrt(...)
    rows, columns = np.array([4, 4, 2]), np.array([5, 3, 2])
    covariance = 7 * 10 - rows @ columns
    assert found["mcc"] == pytest.approx(
        covariance / np.sqrt((100 - rows @ rows) * (100 - columns @ columns))
    )


def test_a_class_without_a_test_record_is_named_and_in_no_macro_average() -> None:
    true, predicted = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])
    found = metrics(true, predicted, np.ones(4, dtype=int), CLASSES)
    assert found["absent"] == ["Scan"]
    assert found["macro"]["recall"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["per_class"]["Scan"] == {
        "precision": None,
        "recall": None,
        "f1": None,
        "support": 0,
    }


SHOWN = {
    "average": "macro",
    "unit": "vector",
    "bins": 15,
    "detection_rates": [0.5, 1.0],
    "confidence": 0.95,
    "drawn": "test",
    "leak_alpha": None,
}


def trained(split: int, weights: int, parameters: int) -> dict[str, Any]:
    return {
        "split": split,
        "weights": weights,
        "parameters": parameters,
        "bytes": 8 * parameters,
        "records": {"train": 6, "validation": 2},
    }


def model_file(folder: Path, **changes: Any) -> Path:
    described = {
        "dataset": "iot-23",
        "format": "zeek",
        "source": "official",
        "protocol": "",
        "task": "multiclass",
        "variant": "ecnet",
        "family": "ecnet",
        "classes": CLASSES,
        "runs": [trained(1, 1, 10), trained(2, 1, 12)],
    } | changes
    path = folder / "model.json"
    path.write_text(json.dumps(described), encoding="utf-8")
    return path


def predicted(number: int = 1, **changes: Any) -> pa.Table:
    """Return the predictions of one run."""
    columns = {
        "capture": ["a"] * 3,
        "row": [0, 1, 2],
        "count": pa.array([1, 1, 98], pa.int32()),
        "true": ["Normal", "DoS", "Scan"],
        "predicted": ["Normal", "DoS", "DoS"],
        "p:Normal": pa.array([0.5, 0.25, 0.0], pa.float32()),
        "p:DoS": pa.array([0.25, 0.75, 1.0], pa.float32()),
        "p:Scan": pa.array([0.25, 0.0, 0.0], pa.float32()),
    }
    metadata = {
        "dataset": "iot-23",
        "format": "zeek",
        "source": "official",
        "protocol": "",
        "task": "multiclass",
        "variant": "ecnet",
        "classes": json.dumps(CLASSES),
    }
    run = changes.pop("run", f"{number}-1")
    for key, value in changes.items():
        (columns if key in columns else metadata)[key] = value
    columns["run"] = [run] * len(columns["true"])
    return pa.table(columns).replace_schema_metadata(metadata)


def prediction_file(folder: Path, *runs: pa.Table) -> Path:
    """Write the predictions of some runs to one file."""
    path = folder / "ecnet.parquet"
    pq.write_table(pa.concat_tables(runs or (predicted(1), predicted(2))), path)
    return path


def evaluated(
    folder: Path, predictions: Path, model: Path | None = None, **changes: Any
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]]:
    """Evaluate one variant; return its metrics, the scores and the rows of the confusion."""
    metrics, scores, confusion = (folder / name for name in ("m.json", "s.json", "c.csv"))
    run(
        predictions=[predictions],
        models=[model or model_file(folder)],
        outputs=[metrics],
        confusion=[confusion],
        scores=scores,
        covariance=folder / "v.json",
        settings=SHOWN | changes,
    )
    found, shown = (json.loads(path.read_text(encoding="utf-8")) for path in (metrics, scores))
    return found, shown, list(csv.DictReader(confusion.open()))


def test_scores_and_confusion_are_what_the_tables_show(tmp_path: Path) -> None:
    path = prediction_file(tmp_path)
    found, shown, rows = evaluated(tmp_path, path, average="weighted", unit="record")
    assert list(shown) == ["ecnet"]
    scores, runs = shown["ecnet"], [found["runs"][name]["record"] for name in ("1-1", "2-1")]
    assert scores["accuracy"] == pytest.approx(sum(one["accuracy"] for one in runs) / 2)
    for name in ("precision", "recall", "f1"):
        assert scores[name] == pytest.approx(sum(one["weighted"][name] for one in runs) / 2)
    assert len(rows) == len(CLASSES) ** 2
    assert scores["source"] == "official"
    for row in rows:
        assert row["source"] == "official"
        place = CLASSES.index(row["true"]), CLASSES.index(row["predicted"])
        added = sum(one["confusion"][place[0]][place[1]] for one in runs)
        assert int(row["count"]) == added
    assert sum(int(row["count"]) for row in rows) == 200


def test_a_variant_has_the_same_metrics_alone_and_beside_others(tmp_path: Path) -> None:
    given: dict[str, list[Path]] = {"predictions": [], "models": []}
    for place, name in enumerate(("ecnet", "svm")):
        folder = tmp_path / name
        folder.mkdir()
        right = {"predicted": ["Normal", "DoS", "Scan"]} if place else {}
        tables = (predicted(number, variant=name, **right) for number in (1, 2))
        given["predictions"].append(prediction_file(folder, *tables))
        given["models"].append(model_file(folder, variant=name))
    alone = [
        evaluated(path.parent, path, model) for path, model in zip(*given.values(), strict=True)
    ]
    outputs, confusion = (
        [tmp_path / f"{name}.{kind}" for name in ("ecnet", "svm")] for kind in ("json", "csv")
    )
    written = {"scores": tmp_path / "s.json", "covariance": tmp_path / "v.json"}
    run(**given, outputs=outputs, confusion=confusion, **written, settings=SHOWN)
    assert [json.loads(path.read_text()) for path in outputs] == [found for found, _, _ in alone]
    assert [list(csv.DictReader(path.open())) for path in confusion] == [rows for *_, rows in alone]
    scores = json.loads((tmp_path / "s.json").read_text())
    assert scores == {name: shown[name] for _, shown, _ in alone for name in shown}


def together(folder: Path, second: pa.Table, **changes: Any) -> dict[str, Any]:
    """Evaluate two variants with one run each; return their covariances."""
    given: dict[str, list[Path]] = {"predictions": [], "models": [], "outputs": [], "confusion": []}
    for name, table in (("ecnet", predicted()), ("svm", second)):
        own = folder / name
        own.mkdir()
        given["predictions"].append(prediction_file(own, table))
        given["models"].append(model_file(own, variant=name, runs=[trained(1, 1, 10)]))
        given["outputs"].append(own / "m.json")
        given["confusion"].append(own / "c.csv")
    covariance = folder / "v.json"
    run(**given, scores=folder / "s.json", covariance=covariance, settings=SHOWN | changes)
    found: dict[str, Any] = json.loads(covariance.read_text(encoding="utf-8"))
    return found


def test_the_covariances_of_variants_are_summed_over_their_common_test_records(
    tmp_path: Path,
) -> None:
    right = predicted(variant="svm", predicted=["Normal", "DoS", "Scan"])
    found = together(tmp_path, right)
    assert found["variants"] == ["ecnet", "svm"]
    assert (found["records"], found["runs"], found["unit"]) == (3, ["1-1"], "vector")
    assert found["trained"] == pytest.approx(6 / (6 + 2 + 3))
    accuracy = found["measures"]["accuracy"]
    # One of three is wrong: influences 1/3, 1/3 and -2/3, each times a third. The other makes none.
    assert accuracy["mean"] == [[pytest.approx((1 + 1 + 4) / 81), 0], [0, 0]]
    assert {"f1", "precision", "recall", "F1 of Scan"} <= found["measures"].keys()


def test_an_official_test_set_is_not_divided_anew(tmp_path: Path) -> None:
    found = together(tmp_path, predicted(variant="svm"), drawn="validation")
    assert found["trained"] == pytest.approx(6 / (6 + 2))


def test_variants_that_were_tested_on_different_records_are_refused(tmp_path: Path) -> None:
    other = predicted(variant="svm", row=[0, 2, 1])
    with pytest.raises(InputError, match=r"svm.ecnet\.parquet: holds other test records than"):
        together(tmp_path, other)


def test_each_run_is_given_by_vector_and_by_record(tmp_path: Path) -> None:
    path = prediction_file(tmp_path, predicted(2), predicted(1))
    found, _, _ = evaluated(tmp_path, path)
    assert list(found["runs"]) == ["1-1", "2-1"]
    assert found["parameters"] == {"1-1": 10, "2-1": 12}
    assert found["bytes"] == {"1-1": 80, "2-1": 96}
    assert found["sizes"]["2-1"] == {"train": 6, "validation": 2, "test": 3}
    assert (found["dataset"], found["source"], found["classes"]) == ("iot-23", "official", CLASSES)
    one = found["runs"]["1-1"]
    assert one["vector"]["accuracy"] == pytest.approx(2 / 3)
    assert one["record"]["accuracy"] == pytest.approx(2 / 100)
    assert (one["vector"]["n"], one["record"]["n"]) == (3, 100)


def test_probabilities_are_weighted_as_the_rest_is(tmp_path: Path) -> None:
    found, _, _ = evaluated(tmp_path, prediction_file(tmp_path))
    one = found["runs"]["1-1"]
    # Normal at 0.5, DoS at 0.75 and, wrongly, DoS at 1 for Scan: once each, or 1, 1 and 98 times.
    vector, record = one["vector"]["calibration"], one["record"]["calibration"]
    assert vector["ece"] == pytest.approx((0.5 + 0.25 + 1) / 3)
    assert record["ece"] == pytest.approx((0.5 + 0.25 + 98) / 100)
    assert vector["brier"] == pytest.approx(((0.5**2 + 2 * 0.25**2) + 2 * 0.25**2 + 2) / 3)
    assert found["summary"]["record"]["calibration"]["ece"]["mean"] == record["ece"]
    assert sum(record["bins"]["count"]) == 100
    assert len(record["bins"]["count"]) == 15
    assert "false_alarms" not in one["vector"]


def binary(true: list[str], counts: list[int], attack: list[float], **columns: Any) -> pa.Table:
    """Return the predictions of one run of the binary task, with the probabilities of an attack."""
    metadata = predicted(task="binary", classes=json.dumps(["Normal", "Attack"])).schema.metadata
    columns = {
        "run": ["1-1"] * len(true),
        "capture": ["a"] * len(true),
        "row": list(range(len(true))),
        "count": pa.array(counts, pa.int32()),
        "true": true,
        "predicted": true,
        "p:Normal": pa.array([1 - share for share in attack], pa.float32()),
        "p:Attack": pa.array(attack, pa.float32()),
    } | columns
    return pa.table(columns).replace_schema_metadata(metadata)


def binary_model(folder: Path) -> Path:
    classes = ["Normal", "Attack"]
    return model_file(folder, task="binary", classes=classes, runs=[trained(1, 1, 10)])


def test_the_binary_task_has_false_alarms_too(tmp_path: Path) -> None:
    table = binary(
        ["Attack", "Attack", "Normal", "Normal"],
        [1, 1, 8, 2],
        [0.75, 0.25, 0.5, 0.0],
        predicted=["Attack", "Normal", "Attack", "Normal"],
    )
    path = prediction_file(tmp_path, table)
    found, _, _ = evaluated(tmp_path, path, binary_model(tmp_path))
    one = found["runs"]["1-1"]
    assert one["vector"]["false_alarms"] == {"0.5": 0.0, "1.0": 1 / 2}
    assert one["record"]["false_alarms"] == {"0.5": 0.0, "1.0": 8 / 10}
    assert found["summary"]["record"]["false_alarms"]["1.0"]["mean"] == 8 / 10


def test_a_run_without_an_attack_leaves_no_mean_of_false_alarms(tmp_path: Path) -> None:
    path = prediction_file(tmp_path, binary(["Normal"], [1], [0.5]))
    found, _, _ = evaluated(tmp_path, path, binary_model(tmp_path))
    assert found["runs"]["1-1"]["vector"]["false_alarms"] is None
    assert found["summary"]["vector"]["false_alarms"] is None


def test_predictions_without_probabilities_are_refused(tmp_path: Path) -> None:
    path = prediction_file(tmp_path)
    pq.write_table(pq.read_table(path).drop_columns(["p:Scan"]), path)
    with pytest.raises(InputError, match="lacks the column p:Scan; run the predict step again"):
        evaluated(tmp_path, path)


def test_labels_whose_row_groups_have_dictionaries_of_their_own_read_alike(
    tmp_path: Path,
) -> None:
    path = prediction_file(tmp_path)
    pq.write_table(pq.read_table(path), path, row_group_size=1)
    found, _, _ = evaluated(tmp_path, path)
    for name in ("1-1", "2-1"):
        assert found["runs"][name]["vector"]["confusion"] == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


def test_predictions_stored_as_dictionaries_read_alike(tmp_path: Path) -> None:
    encoded = pa.array(["Normal", "DoS", "DoS"]).dictionary_encode()
    path = prediction_file(tmp_path, *(predicted(s, predicted=encoded) for s in (1, 2)))
    found, _, _ = evaluated(tmp_path, path)
    assert found["runs"]["2-1"]["vector"]["confusion"] == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"predicted": ["Normal", "DoS", "Tea"]}, "row 2, column predicted: 'Tea'"),
        ({"true": ["Normal", None, "DoS"]}, "row 1, column true"),
        ({"count": pa.array([1, 1, None], pa.int32())}, "row 2, column count"),
        ({"count": pa.array([1, 0, 1], pa.int32())}, "row 1, column count: 0"),
        ({"p:DoS": pa.array([0, 0.5, math.nan], pa.float32())}, "row 2, column p:DoS: nan is not"),
        ({"p:DoS": pa.array([0, 1.5, 0], pa.float32())}, "row 1, column p:DoS: 1.5 is not a prob"),
        ({"p:DoS": pa.array([None, 1, 0], pa.float32())}, "row 0, column p:DoS: is missing"),
        ({"variant": "svm"}, "variant is 'svm'"),
        ({"classes": json.dumps(CLASSES[::-1])}, "classes is"),
        ({"classes": "no json"}, "does not hold predictions"),
        ({"run": "one"}, "run the predict step again"),
        ({"run": "3-1"}, "run the predict step again"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = prediction_file(tmp_path, predicted(1, **changes), predicted(2))
    with pytest.raises(InputError, match=words) as caught:
        evaluated(tmp_path, path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "m.json").exists()


def test_rows_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    texts = {"row": ["0", "1", "2"]}
    path = prediction_file(tmp_path, predicted(1, **texts), predicted(2, **texts))
    with pytest.raises(InputError, match="the column row holds no int64; run the predict step"):
        evaluated(tmp_path, path)


def test_a_broken_file_an_unknown_run_and_a_missing_run_are_refused(tmp_path: Path) -> None:
    good = prediction_file(tmp_path, predicted(1)).read_bytes()
    three = prediction_file(tmp_path, *map(predicted, (1, 2, 3))).read_bytes()
    path = tmp_path / "predictions.parquet"
    for content, words in (
        (good[:50], "predictions.parquet: does not hold predictions"),
        (three, "row 6, column run: '3-1' is none of the runs 1-1, 2-1"),
        (good, r"lacks the run 2-1 of .*model\.json; run the predict step again"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=words):
            evaluated(tmp_path, path)


def test_a_model_without_a_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text('{"dataset": "iot-23"}', encoding="utf-8")
    with pytest.raises(InputError, match="lacks the key format"):
        evaluated(tmp_path, prediction_file(tmp_path), path)


def test_a_mean_over_splits_has_the_interval_of_nadeau_and_bengio(tmp_path: Path) -> None:
    """By hand: accuracies 2/3 and 1 have the mean 5/6 and the standard deviation 0.2357.

    Student's t of one degree of freedom leaves 2.5% above 12.706. With three test records for six
    of train the half width is 12.706 x 0.2357 x sqrt(1/2 + 3/6) = 2.995.
    """
    right = {"predicted": ["Normal", "DoS", "Scan"]}
    path = prediction_file(tmp_path, predicted(1), predicted(2, **right))
    found = evaluated(tmp_path, path)[0]["summary"]["vector"]["accuracy"]
    assert (found["mean"], found["n"]) == (pytest.approx(5 / 6), 2)
    assert found["sd"] == pytest.approx(0.2357, abs=1e-4)
    assert found["high"] - found["mean"] == pytest.approx(2.995, abs=1e-3)
    assert found["mean"] - found["low"] == pytest.approx(2.995, abs=1e-3)


def test_an_official_test_set_stays_and_validation_is_what_is_drawn(tmp_path: Path) -> None:
    right = {"predicted": ["Normal", "DoS", "Scan"]}
    path = prediction_file(tmp_path, predicted(1), predicted(2, **right))
    found = {drawn: evaluated(tmp_path, path, drawn=drawn)[0] for drawn in ("test", "validation")}
    assert (found["test"]["ratio"], found["validation"]["ratio"]) == (3 / 6, 2 / 6)
    half = {drawn: metrics["summary"]["vector"]["accuracy"] for drawn, metrics in found.items()}
    widths = [half[drawn]["high"] - half[drawn]["mean"] for drawn in ("test", "validation")]
    assert widths[0] / widths[1] == pytest.approx(((1 / 2 + 3 / 6) / (1 / 2 + 2 / 6)) ** 0.5)


def test_other_weights_of_the_first_split_are_in_no_mean(tmp_path: Path) -> None:
    right = {"predicted": ["Normal", "DoS", "Scan"]}
    path = prediction_file(tmp_path, predicted(1), predicted(2, run="1-2", **right))
    model = model_file(tmp_path, runs=[trained(1, 1, 10), trained(1, 2, 10)])
    found, _, _ = evaluated(tmp_path, path, model)
    assert list(found["runs"]) == ["1-1", "1-2"]
    assert found["over_splits"] == ["1-1"]
    accuracy = found["summary"]["vector"]["accuracy"]
    assert accuracy == {"mean": pytest.approx(2 / 3), "sd": None, "low": None, "high": None, "n": 1}


def shuffled(folder: Path, hits: int) -> tuple[Path, Path]:
    """Write a model on shuffled labels that is right on `hits` of 100, half of each class."""
    true = ["Normal", "DoS"] * 50
    wrong = {"Normal": "DoS", "DoS": "Normal"}
    columns = {
        "true": true,
        "predicted": [name if i < hits else wrong[name] for i, name in enumerate(true)],
        "row": list(range(100)),
        "capture": ["a"] * 100,
        **{f"p:{cls}": pa.array([0.25] * 100, pa.float32()) for cls in CLASSES},
    }
    table = predicted(1, count=pa.array([1] * 100, pa.int32()), **columns)
    return prediction_file(folder, table), model_file(folder, runs=[trained(1, 1, 10)])


def test_a_model_on_shuffled_labels_that_beats_chance_stops_the_run(tmp_path: Path) -> None:
    """Of 100 throws of a coin 85 or more are heads once in 4 x 10^12, 60 or more once in 35."""
    for hits, stops in ((60, False), (85, True)):
        given = shuffled(tmp_path, hits)
        if stops:
            with pytest.raises(InputError, match="right on 85 of 100 test records"):
                evaluated(tmp_path, *given, leak_alpha=1e-6)
        else:
            evaluated(tmp_path, *given, leak_alpha=1e-6)
            (tmp_path / "m.json").unlink()
    assert not (tmp_path / "m.json").exists()
