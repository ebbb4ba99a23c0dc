"""The audit of a dataset: each planted fault is found, and clean records have only notes."""

from dataclasses import asdict, replace

import audits
import numpy as np
import pandas as pd
import pytest
from audits import FORMAT, audited, clean, coded, found
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from ecnet.audit import drift, duplicates, report, single_column
from ecnet.audit.codes import record_ids, vectors
from ecnet.datasets.declaration import Column, Issue
from ecnet.datasets.papers import LabelCount


def test_clean_records_have_only_notes() -> None:
    audit = audited(clean())
    assert {finding["severity"] for finding in audit["findings"]} == {"note"}
    assert audit["duplicates"]["duplicates"] == 0
    assert audit["duplicates"]["best_accuracy"] == {"record": 1.0, "vector": 1.0}


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("proto", ["w", "x", "y", "z"]),
        ("size", [7.0, 3.0, 5.0, np.nan]),
        ("serial", [4.0, 2.0, 9.0, 1.0]),
        ("host", ["a", "b", "c", "d"]),
    ],
)
def test_a_column_that_copies_the_label_is_critical(
    classes: int, column: str, values: list[object]
) -> None:
    records = clean(classes=classes)
    records[column] = [values[FORMAT.classes.index(label)] for label in records["label"]]
    (finding,) = found(audited(records), "label-copied")
    assert (finding["severity"], finding["subject"]) == ("critical", column)


def test_a_column_that_copies_normal_against_attack_is_critical() -> None:
    records = clean(classes=4)
    records["proto"] = np.where(records["label"] == "Normal", "x", "y")
    audit = audited(records)
    assert [finding["subject"] for finding in found(audit, "label-copied")] == ["proto"]
    assert next(t["copies"] for t in audit["trees"] if t["column"] == "proto") == ["binary"]


def test_a_column_with_one_exception_is_not_a_copy() -> None:
    records = clean()
    records["proto"] = records["label"]
    records.loc[0, "proto"] = "Flood"
    audit = audited(records)
    assert not found(audit, "label-copied")
    (finding,) = found(audit, "column-tells-class")
    assert (finding["severity"], finding["subject"]) == ("warning", "proto")


def test_duplicates_across_a_random_split_are_found() -> None:
    records = clean(200)
    audit = audited(pd.concat([records] * 50, ignore_index=True))
    assert audit["duplicates"]["distinct"] == 200
    assert audit["duplicates"]["duplicates"] == 1 - 200 / 10_000
    assert audit["duplicates"]["random_split"]["share"] > 0.999
    assert audit["duplicates"]["random_split"]["test_records"] == 2_000
    assert found(audit, "duplicates-across-split")[0]["severity"] == "warning"
    assert audit["scorecard"]["kept"]["records"] == 200
    assert audit["scorecard"]["kept"]["duplicates_across_split"] == 0


def test_the_share_of_duplicates_across_the_split_equals_that_of_a_drawn_split() -> None:
    """Records are drawn one by one here, not numbers of copies."""
    random = np.random.default_rng(1)
    record_id = np.sort(random.integers(0, 3_000, 4_000))
    record_id = np.unique(record_id, return_inverse=True)[1]
    one_class, shares = np.zeros(len(record_id), dtype=np.int32), []
    for _ in range(30):
        subset = random.permutation(np.repeat([0, 1, 2], [2_400, 800, 800]))
        shares.append(np.isin(record_id[subset == 2], record_id[subset == 0]).mean())
    measured = [
        duplicates.measure(
            record_id,
            np.arange(record_id.max() + 1),
            one_class,
            shares=(0.2, 0.2),
            random=np.random.default_rng(seed),
        )["random_split"]["share"]
        for seed in range(30)
    ]
    assert np.mean(measured) == pytest.approx(np.mean(shares), abs=0.01)


def test_numbers_that_differ_in_their_last_digits_are_not_duplicates() -> None:
    records = clean(4, classes=2)
    records[["rate", "proto", "port"]] = [1.0, "tcp", 80]
    records["size"] = [16_777_216.0, 16_777_217.0, 16_777_218.0, 16_777_219.0]
    assert audited(records)["duplicates"]["distinct"] == 4
    records["size"] = [0.0, -0.0, np.nan, np.nan]
    records["label"] = "Normal"
    assert audited(records)["duplicates"]["distinct"] == 2


def test_an_audit_of_many_columns_stays_readable() -> None:
    names = [f"byte-{place}" for place in range(150)]
    format = replace(FORMAT, columns=(*FORMAT.columns, *map(Column, names)))
    records = pd.concat([clean(60), pd.DataFrame(0.0, range(60), names)], axis=1)
    audit = audited(records, format=format)
    (constant,) = found(audit, "constant-columns")
    assert constant["subject"].endswith("byte-39 and 110 more")
    origin = report.origin(
        audits.DATASET, format, source="simulated", files=[], settings=audits.SETTINGS
    )
    shown = report.markdown(origin | audit)
    assert f"One column alone: the best 100 of {len(audit['trees'])}\n" in shown


def test_the_best_accuracy_equals_that_computed_by_hand() -> None:
    """A: 3 Normal and 1 Scan; B: 2 Scan; C: 1 of each. 6 of 8 records; 3 vectors of 5 pairs."""
    records = clean(8, classes=2)
    records[["size", "rate", "port"]] = [1.0, 1.0, 80]
    records["proto"] = list("AAAABBCC")
    records["label"] = ["Normal"] * 3 + ["Scan"] * 3 + ["Normal", "Scan"]
    audit = audited(records)
    assert audit["duplicates"]["best_accuracy"] == {"record": 6 / 8, "vector": 3 / 5}
    assert audit["duplicates"]["conflicting_vectors"] == 2
    assert audit["duplicates"]["conflicting_records"] == 6
    assert found(audit, "conflicting-labels")[0]["severity"] == "warning"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=60))
def test_no_rule_exceeds_the_best_accuracy_and_the_majority_of_each_vector_reaches_it(
    pairs: list[tuple[int, int]],
) -> None:
    frame = pd.DataFrame(pairs, columns=["size", "label"])
    vector = pd.factorize(frame["size"], sort=True)[0]
    record_id, vector_of = record_ids(vector, frame["label"].to_numpy(np.int32), 3)
    best = duplicates.measure(
        record_id,
        vector_of,
        frame["label"].to_numpy(np.int32),
        shares=(0.2, 0.2),
        random=np.random.default_rng(1),
    )["best_accuracy"]["record"]
    majority = frame.groupby("size")["label"].transform(lambda labels: labels.mode()[0])
    assert best == (majority == frame["label"]).mean()
    assert best >= frame["label"].value_counts(normalize=True).max()


def test_a_class_too_small_for_every_subset_is_named() -> None:
    records = clean()
    records.loc[[0, 3, 6, 9], "label"] = "Theft"
    records.loc[[3, 6, 9], ["size", "rate", "proto", "port"]] = [1.0, 2.0, "tcp", 2000]
    (finding,) = found(audited(records), "small-classes")
    assert (finding["severity"], finding["subject"], finding["value"]) == ("warning", "Theft", 2)
    records.loc[3, "size"] = 1.5
    assert not found(audited(records), "small-classes")


def test_a_shortcut_that_predicts_the_class_is_a_note_and_as_a_feature_a_warning() -> None:
    records = clean(900)
    records["serial"] = records["label"].map({"Normal": 0, "Scan": 1e6, "Flood": 2e6})
    records["serial"] += np.arange(900)
    (finding,) = found(audited(records), "column-tells-class")
    assert (finding["severity"], finding["subject"], finding["value"]) == ("note", "serial", 1.0)
    kept = audited(records, keep=["serial"])
    assert found(kept, "column-tells-class")[0]["severity"] == "warning"
    assert audited(records)["scorecard"]["all_columns"]["best_column"] == "serial"
    assert audited(records)["scorecard"]["features"]["best_column"] != "serial"


def test_every_column_and_every_kind_of_port_has_a_tree() -> None:
    trees = audited(clean())["trees"]
    assert [tree["column"] for tree in trees] == [c.name for c in FORMAT.columns] + ["port_kind"]
    assert [t["column"] for t in trees if t["feature"]] == ["size", "rate", "proto", "port_kind"]


def test_halves_share_no_vector_and_both_have_every_class() -> None:
    audit_of = coded(pd.concat([clean(90)] * 5, ignore_index=True))
    vector = vectors(audit_of.of(["size", "rate"]), len(audit_of))
    record_id, vector_of = record_ids(vector, audit_of.labels, 3)
    second = single_column.halves(record_id, vector_of, audit_of.labels, np.random.default_rng(1))
    assert not np.intersect1d(vector[second], vector[~second]).size
    assert np.array_equal(*(np.bincount(audit_of.labels[half]) for half in (second, ~second)))


def test_a_column_that_drifts_over_time_is_found() -> None:
    records = clean(600).sort_values("at", ignore_index=True)
    records.loc[300:, "rate"] += 10
    (finding,) = found(audited(records), "drift-over-time")
    assert (finding["severity"], finding["subject"], finding["value"]) == ("warning", "rate", 1.0)
    (still,) = found(audited(clean(600)), "drift-over-time")
    assert still["severity"] == "note"


def test_class_shares_that_drift_over_time_are_found() -> None:
    records = clean(600).sort_values("at", ignore_index=True)
    records["label"] = ["Normal"] * 300 + ["Scan"] * 300
    (finding,) = found(audited(records), "drift-over-time")
    assert (finding["subject"], finding["value"]) == ("label", 1.0)


def test_captures_with_different_classes_are_found() -> None:
    records = clean(600)
    audit = audited(records, capture=records["label"].map(lambda label: f"{label}.log"))
    assert found(audit, "capture-tells-class")[0]["severity"] == "warning"
    assert found(audit, "drift-between-captures")[0]["value"] == pytest.approx(2 / 3)
    mixed = audited(records, capture=np.where(np.arange(600) % 2, "a", "b"))
    assert found(mixed, "drift-between-captures")[0]["value"] == 0
    assert found(mixed, "capture-tells-class")[0]["severity"] == "note"


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40),
    st.lists(st.integers(0, 9), min_size=1, max_size=40),
)
def test_distances_equal_those_of_scipy_and_of_the_definition(
    one: list[int], other: list[int]
) -> None:
    counts = [np.bincount(part, minlength=10) for part in (one, other)]
    shares = [part / part.sum() for part in counts]
    expected = ks_2samp(one, other, method="asymp").statistic
    assert drift.kolmogorov_smirnov(*counts) == pytest.approx(expected)
    largest = max(
        abs(sum(shares[0][v] - shares[1][v] for v in range(10) if mask >> v & 1))
        for mask in range(1 << 10)
    )
    assert drift.total_variation(*counts) == pytest.approx(largest)


def test_constant_missing_and_infinite_columns_are_named() -> None:
    records = clean()
    records["proto"] = "tcp"
    records.loc[:5, "size"] = np.nan
    records.loc[:1, "rate"] = np.inf
    audit = audited(records)
    assert found(audit, "constant-columns")[0]["subject"] == "proto"
    assert found(audit, "missing-values")[0]["subject"] == "size"
    (infinite,) = found(audit, "infinite-values")
    assert (infinite["severity"], infinite["subject"]) == ("warning", "rate")


def test_classes_of_one_host_are_named() -> None:
    records = clean()
    records.loc[records["label"] == "Scan", "host"] = "10.0.0.9"
    assert found(audited(records), "one-host-classes")[0]["subject"] == "Scan"


def test_label_counts_are_compared_with_the_papers() -> None:
    counts = [
        LabelCount("normal", 200, "Normal"),
        LabelCount("scan", 1, "Scan"),
        LabelCount("x", 9, ""),
    ]
    audit = audited(clean(600), label_counts=[asdict(row) for row in counts])
    rows = {(r["paper_label"], r["class"]): r["difference"] for r in audit["label_counts"]}
    assert rows["normal", "Normal"] == 0
    assert rows["scan", "Scan"] == 199
    assert rows["x", ""] is None
    assert found(audit, "paper-counts")[0]["subject"] == "scan, x"


def test_known_issues_are_cited() -> None:
    known = replace(audits.DATASET, known_issues=(Issue("It is old.", "A. Author: Title, 2000"),))
    records = coded(clean())
    audit = audits.checks.audit(records, known, FORMAT, read={}, aside=0, settings=audits.SETTINGS)
    (finding,) = found(audit, "known-issue")
    assert "A. Author" in finding["remedy"]


def test_rejected_rows_are_a_warning_above_the_limit() -> None:
    for aside, severity in ((3, "note"), (60, "warning")):
        audit = audits.checks.audit(
            coded(clean()), audits.DATASET, FORMAT, read={}, aside=aside, settings=audits.SETTINGS
        )
        assert found(audit, "rows-set-aside")[0]["severity"] == severity


def test_checks_that_could_not_run_are_listed_with_the_reason() -> None:
    records = clean().drop(columns=["at", "host", "serial"])
    skipped = {skip["check"]: skip["reason"] for skip in audited(records)["not_run"]}
    assert set(skipped) == {
        "column-tells-class",
        "drift-between-captures",
        "capture-tells-class",
        "drift-over-time",
        "one-host-classes",
        "paper-counts",
    }
    assert skipped["column-tells-class"] == "the file has no column at, host, serial"
    one = audited(clean().assign(label="Normal"))
    assert "fewer than two classes have two distinct vectors" in {
        s["reason"] for s in one["not_run"]
    }


@settings(max_examples=5)
@given(st.randoms(use_true_random=False), st.integers(1, 120))
def test_neither_the_order_of_records_nor_the_size_of_batches_matters(
    random: object, batch: int
) -> None:
    records = pd.concat([clean(60), clean(60).head(30)], ignore_index=True)
    records.loc[:3, "size"] = np.nan
    order = list(records.index)
    random.shuffle(order)  # type: ignore[attr-defined]
    captures = pd.Series(np.where(records["at"] % 2, "a", "b"))
    shuffled = records.loc[order].reset_index(drop=True)
    assert audited(shuffled, captures.loc[order].to_numpy(), batch=batch) == audited(
        records, captures
    )
