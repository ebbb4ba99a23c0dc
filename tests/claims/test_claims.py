"""A claim holds, fails or cannot be told, by its rule, on numbers that are planted here."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from judged import AS_CLAIMED, HIGH, IN_TABLES, LOW, NEAR, PAPER, Judged, counted, everywhere

from ecnet.claims.declared import claims_of
from ecnet.claims.rules import RULES
from ecnet.datasets import papers


def test_the_papers_make_use_of_every_rule() -> None:
    both = (PAPER, papers.read(papers.file_of("related-work")))
    assert {claim.rule for paper in both for claim in claims_of(paper)} == set(RULES)


def test_what_is_ahead_everywhere_holds(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED | {"lstm": [s - 5 for s in LOW]}))
    for claim in ("baselines-accuracy", "baselines-averages", "svm-last"):
        row = judged.rows[claim]
        assert (row["verdict"], row["data"]) == ("holds", "real")
        assert row["p"] < 0.05
        assert row["interval"][0] > 0
    assert "15 of 15 comparisons (15 significantly" in judged.rows["baselines-accuracy"]["measured"]


def test_one_dataset_where_another_is_ahead_refutes_every_dataset(tmp_path: Path) -> None:
    planted = everywhere(AS_CLAIMED, mqttset={"svm": [s + 8 for s in NEAR]})
    planted = {name: planted[name] for name in ("iot-23", "mqttset")}  # whatever is missing
    row = Judged(tmp_path, planted).rows["baselines-accuracy"]
    assert row["verdict"] == "reversed"
    assert "SVM (B) on MQTTset" in row["why"]
    assert row["headline"].startswith("False: ")
    assert "SVM is ahead of EcNet on MQTTset, by " in row["headline"]


@pytest.mark.parametrize(
    ("points", "verdict"), [(-8, "holds"), (8, "fails"), (1, "cannot be told")]
)
def test_a_claim_that_nothing_is_ahead_by_more_is_judged_by_every_interval(
    tmp_path: Path, points: int, verdict: str
) -> None:
    paper = tmp_path / "paper.yaml"
    claim = {"id": "most", "claim": "Nothing is ahead by more", "source": "us", "bound": 1}
    compared = {"rule": "none-beyond", "compare": [["ecnet", "svm"]], "datasets": ["mqttset"]}
    whole = {"title": "Ours", "datasets": {"MQTTset": "mqttset"}, "tables": {}}
    paper.write_text(json.dumps(whole | {"claims": [claim | compared]}), encoding="utf-8")
    planted = {"mqttset": {"svm": NEAR, "ecnet": [s + points for s in reversed(NEAR)]}}
    row = Judged(tmp_path, planted, paper=paper).rows["most"]
    assert row["verdict"] == verdict
    assert "on MQTTset, by " in row["headline"]


def test_a_difference_that_never_varies_has_no_test(tmp_path: Path) -> None:
    planted = everywhere(AS_CLAIMED, mqttset={"svm": [score + 5 for score in HIGH]})
    row = Judged(tmp_path, planted).rows["baselines-accuracy"]
    assert (row["verdict"], row["p"]) == ("cannot be told", None)
    assert "1 of 15 comparisons show no significant difference, 1 of them without" in row["why"]


def test_an_interval_far_below_the_reported_margin_refutes_it(tmp_path: Path) -> None:
    """The paper has EcNet 13 points ahead of SVM on MQTTset."""
    row = Judged(tmp_path, everywhere(AS_CLAIMED, mqttset={"svm": NEAR})).rows["baselines-accuracy"]
    assert row["verdict"] == "margin refuted"
    assert row["p"] > 0.05
    assert row["interval"][0] < 0 < row["interval"][1]
    assert "the margin reported is too large in 1 of 15 comparisons" in row["headline"]


def test_without_a_reported_margin_such_an_interval_tells_nothing(tmp_path: Path) -> None:
    planted = everywhere(AS_CLAIMED, mqttset={"svm": NEAR})
    row = Judged(tmp_path, planted, task="binary").rows["binary"]
    assert row["verdict"] == "cannot be told"
    assert "2 of 30 comparisons" in row["why"]  # accuracy and F1
    assert "would take about " in row["headline"]


def test_models_within_a_point_everywhere_are_practically_equal(tmp_path: Path) -> None:
    close = [s + shift for s, shift in zip(HIGH, [0.1, -0.1, 0.2] * 2, strict=True)]
    planted = everywhere({"ecnet": HIGH, "ecnet-no-attention": close})
    row = Judged(tmp_path, planted).rows["attention-accuracy"]
    assert row["verdict"] == "practically equal"
    assert row["headline"].startswith("Not confirmed: ")
    assert "in all 5 comparisons the two are within 1 point of each other" in row["headline"]


def test_ahead_by_less_than_reported_is_said(tmp_path: Path) -> None:
    behind = [s - shift for s, shift in zip(HIGH, [0.6, 0.5, 0.7] * 2, strict=True)]
    planted = everywhere({"ecnet": HIGH, "ecnet-no-attention": behind})
    row = Judged(tmp_path, planted).rows["attention-accuracy"]
    assert row["verdict"] == "holds by less"
    assert row["headline"].startswith("True, but by less than reported: ")


def test_classes_with_few_test_records_decide_nothing(tmp_path: Path) -> None:
    controls = ("majority", "stratified", "tree")
    planted = everywhere({"ecnet": HIGH, **dict.fromkeys(controls, LOW)})
    row = Judged(tmp_path, planted, support={"Scan": 29}).rows["attack-types"]
    assert row["verdict"] == "cannot be told"
    words = {c["metric"]: (c["few"], c["verdict"]) for c in row["comparisons"]}
    assert words == {"F1 of Flood": (False, "holds"), "F1 of Scan": (True, "cannot be told")}


def test_a_headline_says_that_traffic_is_simulated(tmp_path: Path) -> None:
    row = Judged(tmp_path, everywhere(AS_CLAIMED), source="simulated").rows["baselines-accuracy"]
    assert row["headline"].endswith("(simulated traffic).")


def test_a_missing_dataset_or_variant_is_named(tmp_path: Path) -> None:
    planted = everywhere(AS_CLAIMED)
    del planted["mqttset"]
    without = {name: {v: s for v, s in of.items() if v != "svm"} for name, of in planted.items()}
    row = Judged(tmp_path, without).rows["baselines-accuracy"]
    assert row["verdict"] == "cannot be told"
    assert row["why"] == "Missing: MQTTset, SVM."


def test_nothing_measured_is_no_verdict(tmp_path: Path) -> None:
    judged = Judged(tmp_path, {})
    decided = {claim for claim, row in judged.rows.items() if row["verdict"] != "cannot be told"}
    assert decided == {"harmonic"}  # which the paper's own numbers refute


CELLS = ("ecnet", "ecnet-rnn", "ecnet-gru")


@pytest.mark.parametrize(
    ("separate", "merged", "behind", "verdict"),
    [
        (HIGH, LOW, (), "holds"),
        (LOW, HIGH, (), "reversed"),
        (HIGH, LOW, ("iot-23", "bot-iot"), "margin refuted"),  # 9 of 15: p = 0.61
    ],
)
def test_most_cases_are_more_than_chance_gives(
    tmp_path: Path,
    separate: list[float],
    merged: list[float],
    behind: Sequence[str],
    verdict: str,
) -> None:
    pairs = (dict.fromkeys(CELLS, separate), {f"{name}-merged": merged for name in CELLS})
    swapped = (dict.fromkeys(CELLS, merged), {f"{name}-merged": separate for name in CELLS})
    planted = {}
    for dataset in IN_TABLES:
        first, second = swapped if dataset in behind else pairs
        planted[dataset] = {**first, **second}
    row = Judged(tmp_path, planted).rows["separate"]
    assert (row["verdict"], row["test"]) == (verdict, "sign test")
    assert (row["p"] < 0.05) == (verdict != "margin refuted")


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        (HIGH, "holds"),
        ([60.0, 61.0, 60.0, 61.0, 60.0, 61.0], "fails"),
        ([69.0, 72.0, 71.0, 68.0, 73.0, 70.0], "cannot be told"),
    ],
)
def test_a_bound_is_compared_with_intervals(
    tmp_path: Path, scores: list[float], verdict: str
) -> None:
    planted = everywhere({"ecnet-rnn": HIGH, "ecnet-gru": HIGH}, iot_ni={"ecnet-gru": scores})
    assert Judged(tmp_path, planted).verdict("above-70") == verdict


def test_the_score_that_refutes_a_bound_is_the_one_named(tmp_path: Path) -> None:
    """Not the one with the lowest mean, if its interval still holds the bound."""
    far = [10.0, 90.0, 10.0, 90.0, 10.0, 90.0]
    sure = [60.0, 61.0, 60.0, 61.0, 60.0, 61.0]
    row = Judged(tmp_path, {"iot-23": {"ecnet-rnn": far, "ecnet-gru": sure}}).rows["above-70"]
    assert row["verdict"] == "fails"
    assert row["why"].startswith("ecnet-gru on IoT-23")
    assert row["interval"][1] < 70


def test_attack_types_are_compared_with_every_control(tmp_path: Path) -> None:
    controls = ("majority", "stratified", "tree")
    planted = everywhere({"ecnet": HIGH, **dict.fromkeys(controls, LOW)})
    told = Judged(tmp_path / "told", planted)
    assert told.verdict("attack-types") == "holds"
    assert "30 of 30" in told.rows["attack-types"]["measured"]  # 5 datasets, 3 controls, 2 attacks
    blind = Judged(tmp_path / "blind", planted, by_class={"Scan": 0.0})
    assert blind.verdict("attack-types") == "cannot be told"


def test_the_binary_task_is_judged_by_itself(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED), task="binary")
    assert judged.verdict("binary") == "holds"
    assert judged.verdict("baselines-accuracy") == "cannot be told"


def test_other_datasets_are_compared_with_the_controls(tmp_path: Path) -> None:
    scores = {"ecnet": HIGH, "majority": LOW, "stratified": LOW, "tree": LOW}
    planted = dict.fromkeys(("nsl-kdd", "iot-ds2"), scores)
    assert Judged(tmp_path, planted).verdict("other-datasets") == "holds"


@pytest.mark.parametrize(
    ("drops", "verdict", "words"),
    [
        ([(40.0, 2.0), (0.0, 0.1)], "fails", "1 of 2 networks"),
        ([(0.1, 0.2), (0.0, 0.1)], "holds", "On no network"),
        ([(0.1, 3.0), (0.0, 0.1)], "cannot be told", "An interval"),
        ([(3.0, 1.0), (0.0, 0.1), (0.0, 0.1)], "cannot be told", "An interval"),  # Holm
        ([], "cannot be told", "Nothing was measured"),
    ],
)
def test_robustness_is_judged_by_networks_left_out_of_training(
    tmp_path: Path, drops: list[tuple[float, float]], verdict: str, words: str
) -> None:
    row = Judged(tmp_path, {"iot-ds2": AS_CLAIMED}, drops=drops).rows["real-world"]
    assert row["verdict"] == verdict
    assert words in row["why"]


def test_a_fall_on_another_network_is_quoted_with_both_scores(tmp_path: Path) -> None:
    drops = [(40.0, 2.0), (20.0, 2.0)]
    row = Judged(tmp_path, {"iot-ds2": AS_CLAIMED}, drops=drops).rows["real-world"]
    assert row["headline"].startswith("False: ")
    assert "is 98.0% on networks that it was trained on, and 68.0%" in row["headline"]
    assert row["data"] == "real"


def test_without_a_bound_light_cannot_be_told(tmp_path: Path) -> None:
    row = Judged(tmp_path, everywhere(AS_CLAIMED)).rows["light"]
    assert row["verdict"] == "cannot be told"
    assert "EcNet 1,000 parameters, 4,096 bytes" in row["measured"]


@pytest.mark.parametrize(
    ("changes", "unknown", "verdict", "words"),
    [
        ({}, {}, "holds", "every label and count fits"),
        ({}, {"iot-23": ["MitiM"]}, "fails", "no class of IoT-23: MitiM"),
        ({"classes": {"Flood": {"read": 9}}}, {}, "fails", "Flood (100, not 9)"),
        ({"classes": {"Flood": {"read": 9}}, "source": "simulated"}, {}, "cannot be told", "whole"),
        ({"classes": {"Flood": {"read": 9}}, "published_files": 2}, {}, "cannot be told", "whole"),
        ({"classes": {"Flood": {"read": 9}}, "format": "cut"}, {}, "cannot be told", "whole"),
    ],
)
def test_label_counts_are_compared_with_whole_datasets(
    tmp_path: Path, changes: dict[str, Any], unknown: dict[str, list[str]], verdict: str, words: str
) -> None:
    counts = [counted(name, **(changes if name == "iot-23" else {})) for name in IN_TABLES]
    row = Judged(tmp_path, {}, counts=counts, unknown=unknown).rows["label-counts"]
    assert row["verdict"] == verdict
    assert words in row["measured"]


def test_rows_that_are_not_a_harmonic_mean_are_counted(tmp_path: Path) -> None:
    row = Judged(tmp_path, everywhere(AS_CLAIMED)).rows["harmonic"]
    assert (row["verdict"], row["data"]) == ("fails", "none")
    assert row["why"].startswith("18 of the paper's 25 rows")
    assert row["measured"].startswith("20 of 20 rows of ours")  # all four numbers are planted equal


def counts_of(row: Mapping[str, Any]) -> tuple[str, list[tuple[int, int]]]:
    return row["reported"]["answer"], [(c["held"], c["of"]) for c in row["reported"]["counts"]]


def test_the_papers_own_numbers_are_counted(tmp_path: Path) -> None:
    """The same counts as tests/render/test_interpretation.py holds the page to."""
    rows = Judged(tmp_path, {}).rows
    percent = PAPER.percent
    beside_ablation = sum(
        percent["VI", name, "xgboost", key] > percent["VII", name, "ecnet-no-attention", key]
        for name in IN_TABLES
        for key in ("accuracy", "precision", "recall", "f1")
    )
    assert counts_of(rows["xgboost-second"]) == ("partly", [(60, 60), (beside_ablation, 20)])
    assert counts_of(rows["baselines-accuracy"]) == ("yes", [(15, 15)])
    assert counts_of(rows["cells"]) == ("partly", [(10, 10), (9, 10)])
    assert counts_of(rows["above-70"]) == ("yes", [(10, 10)])
    assert counts_of(rows["attention-accuracy"]) == ("yes", [(5, 5)])
    assert counts_of(rows["separate"]) == ("partly", [(10, 15)])
    assert counts_of(rows["separate-lstm"]) == ("partly", [(4, 5)])
    assert counts_of(rows["harmonic"]) == ("partly", [(7, 25)])
    assert counts_of(rows["binary"]) == ("no number", [])
    assert round(rows["separate"]["reported"]["counts"][0]["p"], 2) == 0.30


def test_data_of_both_kinds_are_mixed(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED), source="mirror, simulated")
    assert judged.rows["baselines-accuracy"]["data"] == "mixed"
