"""Each statistic is what plain arithmetic gives, and says so where it can say nothing."""

import json
from itertools import product
from math import comb, isclose, sqrt
from pathlib import Path
from typing import Any

import pytest
from scorefiles import settings, write

from ecnet.claims import inference, statistics
from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.evaluate.estimate import corrected_t

THIRD = 1 / 3
"""Test records for each train record, of a split into 60% and 20%."""


def test_the_interval_is_corrected_for_the_overlap() -> None:
    found = corrected_t([80.0, 82.0, 81.0], THIRD).interval(0.95)
    half = 4.302653 * sqrt(1 * (1 / 3 + 1 / 3))  # t of 2 degrees of freedom; s^2 is 1
    assert (found.mean, found.n, found.sd) == (81.0, 3, 1.0)
    assert found.low == pytest.approx(81 - half, abs=1e-5)
    assert found.high == pytest.approx(81 + half, abs=1e-5)


@pytest.mark.parametrize("differences", [[1, 2, 3, -4, 5, 6], [1, 1, -1, 2, 2, 3], [5, -1, -2]])
def test_the_signed_rank_test_counts_every_sign(differences: list[float]) -> None:
    sizes = sorted(abs(value) for value in differences)
    ranks = [  # equal sizes share the mean of their places
        sizes.index(abs(v)) + (sizes.count(abs(v)) + 1) / 2 for v in differences
    ]
    middle = sum(ranks) / 2

    def off(signs: tuple[int, ...]) -> float:
        return abs(sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign) - middle)

    seen = off(tuple(value > 0 for value in differences))
    every = [off(signs) for signs in product((0, 1), repeat=len(differences))]
    expected = sum(value >= seen for value in every) / len(every)
    assert inference.signed_rank(differences).p == pytest.approx(expected)


def test_five_pairs_are_too_few_for_a_signed_rank_test() -> None:
    five = inference.signed_rank([1.0, 2.0, 3.0, 4.0, 5.0])
    six = inference.signed_rank([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert (five.p, five.least_p) == (0.0625, 0.0625)
    assert (six.p, six.least_p) == (0.03125, 0.03125)


def test_pairs_without_a_difference_are_left_out_of_the_signed_rank_test() -> None:
    assert inference.signed_rank([0.0, 1.0, 2.0]) == inference.signed_rank([1.0, 2.0])
    assert inference.signed_rank([0.0, 0.0]).p == 1


def test_the_sign_test_is_that_of_a_fair_coin() -> None:
    tail = sum(comb(15, heads) for heads in range(10, 16)) / 2**15
    assert inference.sign_test(10, 5) == pytest.approx(2 * tail)
    assert inference.sign_test(0, 0) == 1


def test_p_values_of_a_family_are_corrected_together() -> None:
    # The least three times, the next twice, and none below the one before.
    assert inference.holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert inference.holm([None]) == [None]


def test_friedmans_test_and_the_mean_ranks() -> None:
    scores = {
        "a": [90.0, 80.0, 70.0, 60.0],
        "b": [89.0, 81.0, 69.0, 59.0],
        "c": [1.0, 2.0, 3.0, 4.0],
    }
    found = inference.friedman(scores, alpha=0.05)
    ranks = {"a": 5 / 4, "b": 7 / 4, "c": 3}
    n, k = 4, 3
    spread = sum(rank**2 for rank in ranks.values()) - k * (k + 1) ** 2 / 4
    assert found is not None
    assert found.ranks == ranks
    assert found.statistic == pytest.approx(12 * n / (k * (k + 1)) * spread)


@pytest.mark.parametrize(("datasets", "significant"), [(2, False), (3, True)])
def test_nemenyis_test_has_the_critical_difference_of_the_table(
    datasets: int, significant: bool
) -> None:
    """With 3 variants it is 2.343 sqrt(12 / 6n): 2.34 for two datasets, 1.91 for three."""
    scores = {name: [float(place)] * datasets for place, name in enumerate("abc")}
    found = inference.friedman(scores, alpha=0.05)
    assert found is not None
    assert found.critical == pytest.approx(2.343 * sqrt(2 / datasets), abs=1e-3)
    assert (found.critical < 2) is significant  # the ranks of a and c differ by 2
    assert (found.nemenyi["a"]["c"] < 0.05) is significant
    assert found.nemenyi["a"]["b"] > 0.05


def test_two_variants_one_dataset_or_equal_scores_are_not_ranked() -> None:
    assert inference.friedman({"a": [1.0, 2.0], "b": [2.0, 1.0]}, alpha=0.05) is None
    assert inference.friedman({"a": [1.0], "b": [2.0], "c": [3.0]}, alpha=0.05) is None
    assert inference.friedman({name: [1.0, 2.0] for name in "abc"}, alpha=0.05) is None


def computed(folder: Path, paths: list[Path], **changes: Any) -> dict[str, Any]:
    """Return what the step writes."""
    output = folder / "statistics.json"
    statistics.run(
        metrics=paths,
        papers=[papers.reproduced().path],
        output=output,
        settings=settings(**changes),
    )
    found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return found


def of(rows: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    """Return the one row that has the values."""
    (row,) = (row for row in rows if wanted.items() <= row.items())
    return row


AHEAD = [90.0, 91.0, 92.0, 90.5, 91.5, 91.0]
BEHIND = [80.0, 82.0, 81.0, 80.0, 82.0, 81.0]


def test_splits_and_initial_weights_vary_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "iot-23", "ecnet", AHEAD, weights=[92.0, 94.0])
    row = of(computed(tmp_path, [path])["variance"], variant="ecnet", metric="f1")
    assert (row["splits"], row["weights"]) == (6, 3)
    assert isclose(row["sd_splits"], sqrt(sum((x - 91) ** 2 for x in AHEAD) / 5))
    assert isclose(row["sd_weights"], 2)  # of 90, 92, 94


def test_the_comparisons_of_a_family_are_corrected_together(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "iot-23", variant, scores)
        for variant, scores in (("ecnet", AHEAD), ("svm", BEHIND), ("lstm", AHEAD[::-1]))
    ]
    rows = computed(tmp_path, paths)["comparisons"]
    svm = of(rows, family="baselines-accuracy", b="svm")
    lstm = of(rows, family="baselines-accuracy", b="lstm")
    assert svm["difference"] == pytest.approx(10)
    assert svm["p"] < lstm["p"]
    assert svm["p_holm"] == pytest.approx(2 * svm["p"])  # of the two that were tested
    assert not [row for row in rows if "xgboost" in (row["a"], row["b"])]


def test_the_test_over_datasets_leaves_out_those_made_of_others(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, dataset, variant, scores)
        for dataset in ("iot-23", "bot-iot", "iot-ds2")
        for variant, scores in (("ecnet", AHEAD), ("svm", BEHIND))
    ]
    row = of(computed(tmp_path, paths)["across"], family="baselines-accuracy", b="svm")
    assert row["datasets"] == ["bot-iot", "iot-23"]
    assert (row["ahead"], row["p"], row["least_p"]) == (2, 0.5, 0.5)


def test_variants_are_ranked_over_the_datasets_that_have_them_all(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, dataset, variant, scores)
        for dataset in ("iot-23", "bot-iot", "mqttset", "iot-ds2")
        for variant, scores in (("ecnet", AHEAD), ("svm", BEHIND), ("lstm", BEHIND))
        if (dataset, variant) != ("mqttset", "lstm")
    ]
    row = of(computed(tmp_path, paths)["ranks"], metric="accuracy")
    assert row["datasets"] == ["bot-iot", "iot-23"]
    assert row["ranks"] == {"svm": 2.5, "lstm": 2.5, "ecnet": 1}


def test_a_class_that_some_test_sets_lack_is_compared_on_the_others(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "iot-23", "ecnet", AHEAD, by_class={"Scan": None}),
        write(tmp_path, "iot-23", "majority", BEHIND, by_class={"Scan": None}),
    ]
    rows = computed(tmp_path, paths)["comparisons"]
    assert {row["metric"] for row in rows} == {"F1 of Flood"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"protocol": "random"}, "protocol is 'random'"),
        ({"runs": {}}, "runs lacks the run 1-1"),
        ({"bytes": {}}, "bytes lacks the run 1-1"),
    ],
)
def test_metrics_that_the_statistics_cannot_use_are_refused(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = write(tmp_path, "iot-23", "ecnet", AHEAD, **changes)
    with pytest.raises(InputError) as error:
        computed(tmp_path, [path])
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_a_file_given_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "iot-23", "ecnet", AHEAD)
    with pytest.raises(InputError, match="given twice"):
        computed(tmp_path, [path, path])


def test_the_order_of_files_changes_nothing(tmp_path: Path) -> None:
    paths = [write(tmp_path, "iot-23", name, AHEAD) for name in ("ecnet", "svm", "lstm")]
    assert list(computed(tmp_path, paths).items()) == list(computed(tmp_path, paths[::-1]).items())
