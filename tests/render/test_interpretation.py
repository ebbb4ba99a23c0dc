"""The keys in docs/interpretation.md exist, and its numbers agree with the paper's tables."""

import re
from collections import Counter
from itertools import pairwise
from math import comb
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecnet import datasets
from ecnet.datasets import papers

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "interpretation.md").read_text(encoding="utf-8")
PARTS = ("Paper", "Gap", "Choice", "Alternatives", "Key")
CELLS = ("lstm", "rnn", "gru")

PAPER = papers.reproduced()
METRICS = ("accuracy", "precision", "recall", "f1")
VALUES = {(n.table, n.dataset, n.model, n.measure): n.percent for n in PAPER.numbers}
DATASETS = tuple(dict.fromkeys(n.dataset for n in PAPER.numbers))
HALF = 0.005 + 1e-9
"""Half of the last digit that the paper prints."""

Row = tuple[str, str, str]


def entries() -> dict[str, dict[str, str]]:
    """Return the entries of the page: heading -> part -> text."""
    found = {}
    for section in PAGE.split("\n### ")[1:]:
        heading, body = section.split("\n", 1)
        found[heading] = dict(re.findall(r"^- \*\*(\w+):\*\* (.+)$", body, flags=re.MULTILINE))
    return found


def distinct_rows() -> list[Row]:
    """Return the rows of Tables VI and VII, 'Our' once."""
    rows = {(t, d, r): None for t, d, r, _ in VALUES if t in ("VI", "VII")}
    return [row for row in rows if row[0] == "VI" or row[2] != "Our"]


def value(row: Row, column: str) -> float:
    return VALUES[(*row, column)]


def cell(dataset: str, branches: str, name: str) -> float:
    return VALUES["VIII", dataset, f"{name.upper()} {branches}", "accuracy"]


def harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)


def f1_range(row: Row) -> tuple[float, float]:
    """Return the smallest and the largest harmonic mean that the printed numbers allow."""
    precision, recall = value(row, "precision"), value(row, "recall")
    return harmonic(precision - HALF, recall - HALF), harmonic(precision + HALF, recall + HALF)


def test_every_entry_has_all_its_parts() -> None:
    assert len(entries()) > 30
    assert {heading: tuple(parts) for heading, parts in entries().items()} == dict.fromkeys(
        entries(), PARTS
    )


def exists(key: str, params: Any) -> bool:
    """Return whether a dotted key is in `params`; `<name>` stands for any."""
    head, _, rest = key.partition(".")
    if not isinstance(params, dict):
        return False
    branches = params.values() if head.startswith("<") else [params[head]] if head in params else []
    return any(not rest or exists(rest, branch) for branch in branches)


def test_a_key_that_does_not_exist_is_detected() -> None:
    params = {"a": {"b": {"c": None}, "d": 1}}
    assert exists("a.<any>.c", params)
    assert exists("a.d", params)
    assert not any(exists(key, params) for key in ("a.c", "a.<any>.e", "a.d.e", "b"))


@pytest.mark.parametrize("heading", entries())
def test_every_named_key_exists_in_params(heading: str) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    text = entries()[heading]["Key"]
    keys = re.findall(r"`([^`]+)`", text)
    assert text == ("none" if not keys else ", ".join(f"`{key}`" for key in keys))
    assert [key for key in keys if not exists(key, params)] == []


def test_every_option_that_answers_a_gap_is_explained() -> None:
    named = {key for parts in entries().values() for key in re.findall(r"`([^`]+)`", parts["Key"])}
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    wanted = {f"{s}.{key}" for s in ("split", "encode", "tables") for key in params[s]}
    wanted |= {f"models.ecnet.{key}" for key in params["models"]["ecnet"]}
    wanted |= {f"sampling.{key}" for key in params["sampling"] if key != "seed"}
    control = {"split.shuffle_labels"}  # not the answer to a gap
    assert sorted(wanted - named - control) == []


def test_the_papers_numbers_are_complete() -> None:
    assert Counter(number.table for number in PAPER.numbers) == {"VI": 80, "VII": 40, "VIII": 30}
    assert set(DATASETS) == set(PAPER.datasets)
    assert len(VALUES) == 150


def test_ours_is_the_same_in_all_three_tables() -> None:
    for dataset in DATASETS:
        for metric in METRICS:
            assert VALUES["VI", dataset, "Our", metric] == VALUES["VII", dataset, "Our", metric]
        assert VALUES["VI", dataset, "Our", "accuracy"] == cell(dataset, "separate", "lstm")


def test_the_page_lists_the_f1_values_that_are_not_harmonic_means() -> None:
    low = [row for row in distinct_rows() if value(row, "f1") + HALF < f1_range(row)[0]]
    high = [row for row in distinct_rows() if value(row, "f1") - HALF > f1_range(row)[1]]
    off = {
        row: abs(value(row, "f1") - harmonic(value(row, "precision"), value(row, "recall")))
        for row in distinct_rows()
    }
    assert (len(distinct_rows()), len(low), len(high)) == (25, 17, 1)
    assert high == [("VII", "BoT-IoT", "w/o")]
    assert sum(gap > 0.05 for gap in off.values()) == 10
    assert max(off, key=off.__getitem__) == ("VII", "IoT-23", "w/o")
    text = entries()["F1 is not the harmonic mean of its row"]["Gap"]
    assert listed(text, "Outside") == {row[1:] for row in (*low, *high)}
    assert listed(text, "Off by more than 0.05") == {r[1:] for r, gap in off.items() if gap > 0.05}


def listed(text: str, opening: str) -> set[tuple[str, str]]:
    """Return the rows that a sentence lists as 'dataset model, model; dataset ...'."""
    sentence = re.search(rf"{opening}: ([^.]+)\.", text)
    assert sentence is not None
    return {
        (dataset, model)
        for part in sentence[1].split("; ")
        for dataset, models in [part.split(" ", 1)]
        for model in models.split(", ")
    }


def test_no_row_is_a_weighted_or_micro_average() -> None:
    gaps = [abs(value(row, "recall") - value(row, "accuracy")) for row in distinct_rows()]
    assert round(min(gaps), 2) == 0.05  # both would be 0, or 0.01 after rounding


def test_patterns_in_tables_6_and_7() -> None:
    lower = {r for r in distinct_rows() if value(r, "recall") < value(r, "accuracy")}
    assert lower == {("VI", dataset, "SVM") for dataset in DATASETS}
    swapped = [r for r in distinct_rows() if value(r, "precision") < value(r, "recall")]
    assert swapped == [("VII", "MQTT", "w/o")]
    halves = [("VI", dataset, "SVM") for dataset in ("IoT-NI", "MQTT", "MQTTset")]
    for row in [*halves, ("VI", "MQTTset", "XGBoost")]:
        assert all(value(row, m) * 2 % 1 == 0 for m in ("accuracy", "precision", "recall"))
    digits = Counter(round(v * 100) % 10 for key, v in VALUES.items() if key[0] == "VI")
    assert digits.total() == 80
    assert digits[0] + digits[3] + digits[7] == 47


def test_lstm_is_behind_in_one_row_of_table_8() -> None:
    behind = [
        (dataset, branches)
        for dataset in DATASETS
        for branches in ("separate", "merged")
        if max(CELLS, key=lambda name: cell(dataset, branches, name)) != "lstm"
    ]
    assert behind == [("MQTT", "merged")]
    assert (cell("MQTT", "merged", "gru"), cell("MQTT", "merged", "lstm")) == (85.56, 84.89)


def test_largest_lead_of_lstm_over_rnn_and_gru() -> None:
    assert min(v for key, v in VALUES.items() if key[0] == "VIII") == 81.23
    gaps = {
        (dataset, name): cell(dataset, "separate", "lstm") - cell(dataset, "separate", name)
        for dataset in DATASETS
        for name in CELLS
    }
    assert max(gaps, key=gaps.__getitem__) == ("BoT-IoT", "gru")
    assert round(max(gaps.values()), 2) == 6.49
    ahead = [ours - VALUES["VI", d, "XGBoost", "accuracy"] for d, ours in our_accuracy().items()]
    assert max(ahead) < 6.49


def our_accuracy() -> dict[str, float]:
    return {dataset: VALUES["VI", dataset, "Our", "accuracy"] for dataset in DATASETS}


def test_the_page_lists_the_pairs_with_merged_ahead_of_separate() -> None:
    ahead = {
        f"{dataset} {name.upper()}"
        for dataset in DATASETS
        for name in CELLS
        if cell(dataset, "merged", name) > cell(dataset, "separate", name)
    }
    text = entries()['"Separate extraction is effective in most instances"']["Gap"]
    sentence = re.search(r"Merged is ahead in ([^.]+)\.", text)
    assert sentence is not None
    assert set(re.split(r", | and ", sentence[1])) == ahead
    assert len(ahead) == 5
    assert round(2 * sum(comb(15, k) for k in range(10, 16)) / 2**15, 2) == 0.30


def test_models_of_table_8_that_beat_ours() -> None:
    best = {
        d: max((cell(d, b, n), b, n) for b in ("separate", "merged") for n in CELLS)
        for d in DATASETS
    }
    assert {d: found[1:] for d, found in best.items() if found[0] > our_accuracy()[d]} == {
        "IoT-23": ("merged", "lstm"),
        "MQTT": ("merged", "gru"),
    }


def test_xgboost_is_second_in_table_6_but_not_if_the_ablation_is_included() -> None:
    models = ("SVM", "XGBoost", "LSTM", "Our")
    for dataset in DATASETS:
        for metric in METRICS:
            ranked = sorted(models, key=lambda m: VALUES["VI", dataset, m, metric], reverse=True)
            assert ranked[:2] == ["Our", "XGBoost"]
    assert spans("accuracy", "VI", "XGBoost") == [0.05, 0.06, 0.14, 0.21, 1.33]
    assert sum(gap < 0 for gap in spans("precision", "VI", "XGBoost")) == 4


def spans(metric: str, table: str, model: str) -> list[float]:
    """Return, in order, how far EcNet without attention is ahead of `model` on each dataset."""
    return sorted(
        round(VALUES["VII", d, "w/o", metric] - VALUES[table, d, model, metric], 2)
        for d in DATASETS
    )


def test_the_lstm_of_table_6_differs_from_those_of_the_other_tables() -> None:
    ahead = spans("accuracy", "VI", "LSTM")
    assert (ahead[0], ahead[-1]) == (1.70, 3.86)
    merged = sorted(
        round(cell(d, "merged", "lstm") - VALUES["VI", d, "LSTM", "accuracy"], 2) for d in DATASETS
    )
    assert (merged[0], merged[-1]) == (4.98, 6.08)


def test_the_gain_of_attention() -> None:
    gains = sorted(-gap for gap in spans("accuracy", "VII", "Our"))
    assert (gains[0], gains[-1]) == (1.77, 4.42)
    merged = sorted(
        round(cell(d, "merged", "lstm") - VALUES["VII", d, "w/o", "accuracy"], 2) for d in DATASETS
    )
    assert (merged[0], merged[-1]) == (1.49, 4.38)
    separation = [cell(d, "separate", "lstm") - cell(d, "merged", "lstm") for d in DATASETS]
    assert round(max(separation), 2) == 1.22


def test_label_counts_add_up_as_the_page_says() -> None:
    counts = {
        table: [row.count for row in PAPER.label_counts(name, datasets.load(name).formats[0])]
        for table, name in PAPER.label_tables.items()
    }
    assert {table: sum(found) for table, found in counts.items()} == {
        "I": 1_429_574,
        "II": 71_277_217,
        "III": 177_995,
        "IV": 541_071,
        "V": 1_911_146,
    }
    shares = {t: round(100 * max(found) / sum(found), 2) for t, found in counts.items()}
    assert shares == {"I": 57.78, "II": 28.98, "III": 51.76, "IV": 81.45, "V": 54.87}
    assert round(81.45 - VALUES["VI", "MQTTset", "SVM", "accuracy"], 2) == 6.45
    assert 38_532_480 - 19_547_603 - 19_771 == 18_965_106 == 18_695_106 + 270_000
    assert 12_315_997 + 20_659_491 + 29_706 == 33_005_194


def test_table_1_adds_up_to_the_beginnings_of_the_captures_with_malware() -> None:
    """A notebook loses three flows of each, reads 100,000 lines and drops the last of them."""
    begun, last = 3, 100_002
    sources = datasets.load("iot-23").format("zeek").sources
    captures = [source for source in sources if "Malware" in source.pattern]
    read = [min(source.records or last, last) - begun for source in captures]
    assert (len(captures), max(read), sum(read)) == (20, 99_999, 1_444_674)
    counted = PAPER.label_counts("iot-23", datasets.load("iot-23").formats[0])
    assert len(counted) == 11
    assert sum(row.count for row in counted) == 1_444_674 - 15_100


def test_headings_are_not_used_twice() -> None:
    headings = sorted(re.findall(r"^### (.+)$", PAGE, flags=re.MULTILINE))
    assert all(first != second for first, second in pairwise(headings))
