"""Sampling: which records are kept depends only on the seed, the file and the row."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecnet import datasets, tables
from ecnet.datasets.papers import LabelCount
from ecnet.errors import InputError
from ecnet.files import write_json
from ecnet.prepare import rejected_rows, sample
from ecnet.readers import priority, spill

LABELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=200)


def table(labels: list[str], start: int = 0, subset: str = "") -> pa.Table:
    rows = np.arange(start, start + len(labels))
    return pa.table(
        {
            "label": labels,
            "row": rows,
            "subset": [subset] * len(labels),
            "priority": priority.priorities(1, "f", rows),
        }
    )


def kept(batches: list[pa.Table], targets: dict[str, int | None], folder: Path) -> set[int]:
    path = folder / "spool.parquet"
    chosen = list(priority.candidates(batches, targets))
    pq.write_table(pa.concat_tables(chosen), path, row_group_size=7)
    return lowest([path], targets)


def lowest(paths: list[Path], targets: dict[str, int | None]) -> set[int]:
    batches = priority.keep_lowest(spill.parquet_files(paths), targets)
    return {row for batch in batches for row in batch["row"].to_pylist()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


@given(labels=LABELS, chunk=st.integers(1, 50), k=st.integers(0, 40))
def test_the_sample_does_not_depend_on_the_chunk_size(
    folder: Path, labels: list[str], chunk: int, k: int
) -> None:
    whole = table(labels)
    pieces = [whole.slice(start, chunk) for start in range(0, len(labels), chunk)]
    targets: dict[str, int | None] = {"a": k, "b": 2 * k, "c": None}
    assert kept([whole], targets, folder) == kept(pieces, targets, folder)


@given(labels=LABELS, k=st.integers(0, 40))
def test_each_class_keeps_its_lowest_priorities(folder: Path, labels: list[str], k: int) -> None:
    whole = table(labels).to_pandas()
    expected: set[int] = set()
    for _, group in whole.groupby("label"):
        expected |= set(group.nsmallest(k, "priority")["row"])
    assert kept([table(labels)], dict.fromkeys("abc", k), folder) == expected


@given(labels=LABELS, k=st.integers(0, 30), more=st.integers(0, 30))
def test_a_larger_target_contains_the_smaller_sample(
    folder: Path, labels: list[str], k: int, more: int
) -> None:
    small = kept([table(labels)], dict.fromkeys("abc", k), folder)
    assert small <= kept([table(labels)], dict.fromkeys("abc", k + more), folder)


@given(labels=LABELS, cut=st.integers(0, 200), k=st.integers(1, 40))
def test_shards_merge_to_the_sample_of_the_whole(
    folder: Path, labels: list[str], cut: int, k: int
) -> None:
    targets: dict[str, int | None] = dict.fromkeys("abc", k)
    paths = []
    for number, part in enumerate((labels[:cut], labels[cut:])):
        rows = table(part, start=0 if number == 0 else min(cut, len(labels)))
        path = folder / f"shard-{number}.parquet"
        pq.write_table(pa.concat_tables(list(priority.candidates([rows], targets))), path)
        paths.append(path)
    whole = kept([table(labels)], targets, folder)
    assert lowest(paths, targets) == whole
    assert lowest(paths[::-1], targets) == whole


@given(labels=LABELS, k=st.integers(0, 40), chunk=st.integers(1, 50), most=st.integers(0, 4000))
def test_records_buffered_in_a_file_and_in_memory_are_the_same(
    folder: Path, labels: list[str], k: int, chunk: int, most: int
) -> None:
    whole, found = table(labels), []
    for held in (most, 1 << 20):
        pieces = (whole.slice(start, chunk) for start in range(0, len(labels), chunk))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spill, "_HELD", held)
            with spill.buffered(folder / "waiting", pieces) as records:
                kept_lowest = list(priority.keep_lowest(records, dict.fromkeys("abc", k)))
        found.append(pa.concat_tables(kept_lowest).replace_schema_metadata().to_pylist())
        assert not (folder / "waiting").exists()
    assert found[0] == found[1]


@pytest.mark.parametrize("rows", [0, 1, 6, 7, 8, 21, 50])
@pytest.mark.parametrize("chunk", [1, 5, 7, 50])
def test_a_file_depends_on_its_records_and_not_on_the_batches_they_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, chunk: int
) -> None:
    monkeypatch.setattr(tables, "_GROUP", 7)
    whole = table(["a", "b"] * 25).slice(0, rows)
    pieces = [whole.slice(start, chunk) for start in range(0, max(1, rows), chunk)]
    for name, batches in (("whole", [whole]), ("pieces", pieces)):
        tables.write(tmp_path / name, iter(batches))
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "pieces").read_bytes()
    assert pq.read_table(tmp_path / "whole").to_pylist() == whole.to_pylist()
    assert pq.ParquetFile(tmp_path / "whole").num_row_groups == max(1, -(-rows // 7))


def test_an_official_test_subset_is_kept_completely_and_does_not_count_for_the_targets(
    folder: Path,
) -> None:
    test, train = table(["a"] * 20, subset="test"), table(["a"] * 20, start=20)
    found = kept([test, train], {"a": 3}, folder)
    assert set(range(20)) < found
    assert len(found) == 23


def test_priorities_of_a_file_are_distinct_and_spread_evenly() -> None:
    found = priority.priorities(1, "file", np.arange(100_000))
    assert len(np.unique(found)) == 100_000
    share = np.histogram(found.astype(np.float64) / 2**64, bins=10, range=(0, 1))[0] / 100_000
    assert np.abs(share - 0.1).max() < 0.005


def test_priorities_change_with_seed_and_file() -> None:
    rows = np.arange(50)
    first = priority.priorities(1, "file", rows)
    assert not (first == priority.priorities(2, "file", rows)).any()
    assert not (first == priority.priorities(1, "other", rows)).any()


SETTINGS = {"targets": "paper", "cap": 100, "unlisted": "cap"}
ZEEK = datasets.load("iot-23").format("zeek")
REPORTED = [LabelCount("Benign", 5_000, "Benign"), LabelCount("Torii", 30, "C&C-Torii")]


def test_targets_are_the_paper_counts_up_to_the_cap() -> None:
    found = sample.targets(ZEEK, REPORTED, SETTINGS)
    assert (found["Benign"], found["C&C-Torii"], found["C&C"]) == (100, 30, 100)


def test_a_class_that_is_not_in_the_paper_can_be_dropped() -> None:
    found = sample.targets(ZEEK, REPORTED, {**SETTINGS, "unlisted": "drop"})
    assert (found["C&C"], found["Benign"]) == (0, 100)


def test_without_paper_counts_the_cap_is_the_only_limit() -> None:
    found = sample.targets(ZEEK, [], {"targets": "paper", "cap": None, "unlisted": "cap"})
    assert set(found.values()) == {None}
    found = sample.targets(ZEEK, REPORTED, {"targets": "none", "cap": None, "unlisted": "cap"})
    assert set(found.values()) == {None}


def shard(folder: Path, lines: list[str], **changes: object) -> Path:
    """Sample a small KDDTrain+_20Percent.txt; return the folder of its shard."""
    raw = folder / "KDDTrain+_20Percent.txt"
    raw.write_bytes("\r\n".join(lines).encode())
    provenance = folder / "provenance.json"
    write_json(provenance, {"sha256": "0" * 64, "bytes": 1, "source": "mirror"})
    format = datasets.load("nsl-kdd").format("20percent")
    settings = {
        "dataset": "nsl-kdd",
        "format": "20percent",
        "source": "mirror",
        "seed": 1,
        "rule": "priority",
        "head": 5,
        "targets": dict.fromkeys(format.classes, 3),
        "max_rejected": 0.5,
        "check_facts": False,
        "companions": [],
        **changes,
    }
    sample.shard(raw=raw, provenance=provenance, folder=folder / "out", settings=settings)
    return folder / "out"


def connection(duration: object = 0, attack: str = "normal") -> str:
    return ",".join([str(duration), "tcp", "http", "SF", *["1"] * 37, attack, "20"])


def test_every_record_is_counted(tmp_path: Path) -> None:
    lines = [connection(i, attack) for i in range(10) for attack in ("normal", "neptune")]
    out = shard(tmp_path, [*lines, connection("long")])
    facts = json.loads((out / "KDDTrain+_20Percent.txt.json").read_text())
    assert (facts["records"], facts["rejected"]) == (20, 1)
    assert (facts["read"]["Normal"], facts["read"]["DoS"]) == (10, 10)
    rows = pd.read_parquet(out / "KDDTrain+_20Percent.txt.parquet")
    assert rows["label"].value_counts().to_dict() == {"Normal": 3, "DoS": 3}
    aside = pd.read_csv(out / "KDDTrain+_20Percent.txt.rejected.csv")
    assert aside[["row", "column", "value"]].to_numpy().tolist() == [[21, "duration", "long"]]


def test_the_head_rule_keeps_the_first_records_of_a_file(tmp_path: Path) -> None:
    out = shard(tmp_path, [connection(i) for i in range(10)], rule="head")
    rows = pd.read_parquet(out / "KDDTrain+_20Percent.txt.parquet")
    assert rows["row"].tolist() == [1, 2, 3, 4, 5]


def test_too_many_rejected_rows_are_an_error_that_names_the_first(tmp_path: Path) -> None:
    lines = [connection(i) for i in range(10)] + [connection("long")]
    with pytest.raises(InputError, match=r"row 11: duration is 'long'.*1 of 11 rows.*max_rejected"):
        shard(tmp_path, lines, max_rejected=0.01)
    assert not list((tmp_path / "out").iterdir())


def test_a_file_with_a_different_number_of_records_than_published_is_an_error(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match=r"has 1 records, the published file has 25192"):
        shard(tmp_path, [connection()], check_facts=True)


def test_a_sample_contains_the_origin_of_its_records(tmp_path: Path) -> None:
    lines = [connection(i, attack) for i in range(5) for attack in ("normal", "neptune")]
    out = shard(tmp_path, lines)
    origin = {"dataset": "nsl-kdd", "format": "20percent", "source": "mirror"}
    sampled = out / "KDDTrain+_20Percent.txt.parquet"
    assert json.loads(pq.read_schema(sampled).metadata[b"ecnet"]) == origin
    format = datasets.load("nsl-kdd").format("20percent")
    merged = {
        "rule": "priority",
        "label_counts": [],
        "targets": dict.fromkeys(format.classes, 3),
        **origin,
    }
    sample.merge(
        shards=[sampled],
        output=tmp_path / "whole.parquet",
        counts=tmp_path / "whole.json",
        rejected=tmp_path / "whole.csv",
        settings=merged,
    )
    assert json.loads(pq.read_schema(tmp_path / "whole.parquet").metadata[b"ecnet"]) == origin
    assert json.loads((tmp_path / "whole.json").read_text())["source"] == "mirror"


def test_a_file_from_another_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"source is 'mirror', .* is 'simulated'; delete it"):
        shard(tmp_path, [connection()], source="simulated")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+1", "'+1+1"),
        ("-x", "'-x"),
        ("-1_0", "-1_0"),
        ("many", "many"),
    ],
)
def test_no_rejected_value_is_written_as_a_formula(
    tmp_path: Path, value: str, written: str
) -> None:
    row = {"file": "f", "row": 1, "column": "c", "value": value, "reason": "r"}
    rejected_rows.write(tmp_path / "rejected.csv", [pd.DataFrame([row])])
    assert pd.read_csv(tmp_path / "rejected.csv")["value"].to_list() == [written]
