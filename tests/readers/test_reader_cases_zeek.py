"""Zeek logs in many variants: each gives the records of the plain log, or an error in one line."""

import csv
import gzip
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import native
import pandas as pd
import pytest
from test_prefilter import sampled

from ecnet import datasets
from ecnet.errors import InputError
from ecnet.readers import jsonlines, lines, read, zeeklog

FORMAT = datasets.load("iot-23").format("zeek")
NAME = "CTU-IoT-Malware-Capture-3-1.conn.log.labeled"
BOM = "\ufeff"
ROWS = 60


def labels(name: str) -> dict[str, str]:
    benign = name == "Benign"
    return {
        "label": "Benign" if benign else "Malicious",
        "detailed-label": "-" if benign else name,
    }


FLOWS = native.records(FORMAT, "iot-23", labels, missing="-").head(ROWS)
FLOWS = FLOWS.assign(local_orig="-", tunnel_parents="(empty)")  # as in all captures
PLAIN = native.zeek(FLOWS)
FIRST, SECOND = FLOWS.head(ROWS // 2), FLOWS.tail(ROWS - ROWS // 2)


def table(content: str | bytes, folder: Path, suffix: str = "") -> pd.DataFrame:
    """Return the records of a log without line numbers; no row may be rejected."""
    path = folder / f"{NAME}{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    batches = list(read(path, FORMAT, FORMAT.source(path.name)))
    assert [batch.rejected for batch in batches if len(batch.rejected)] == []
    frame = pd.concat([batch.records for batch in batches], ignore_index=True)
    row = frame.pop("row")
    assert row.is_monotonic_increasing
    assert row.is_unique
    return frame


def renamed(text: str, old: str, new: str) -> str:
    head, _, rest = text.partition("#types")
    return head.replace(old, new) + "#types" + rest


def without(text: str, start: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith(start))


def plain_names(log: str) -> str:
    """Return a log without comments, and with its #fields as a plain first line."""
    names = next(line for line in log.splitlines(True) if line.startswith("#fields"))
    return names.removeprefix("#fields\t") + without(log, "#")


def reordered(flows: pd.DataFrame, parting: str = "   ") -> str:
    """Return a log of these flows with its columns in a different order."""
    names = list(flows.columns)
    return native.zeek(flows[names[18:20] + names[2:18] + names[:2] + names[20:]], parting=parting)


def commas(flows: pd.DataFrame) -> str:
    text = native.zeek(flows.map(lambda cell: cell.replace(",", "\\x2c")), parting="\t")
    return text.replace("#separator \\x09", "#separator \\x2c").replace("\t", ",")


def as_json(flows: pd.DataFrame, of: Callable[[dict[str, str]], Any] = lambda row: row) -> str:
    rows = flows.to_dict("records")
    return "".join(json.dumps(of(row)) + "\n" for row in rows)


def native_json(row: dict[str, str]) -> dict[str, Any]:
    """Return a record as Zeek writes it: numbers as numbers, without unset fields."""
    texts = {column.header for column in FORMAT.columns if column.kind in ("text", "category")}
    return {
        name: text if name in {*texts, *FORMAT.labels} else json.loads(text)
        for name, text in row.items()
        if text not in ("-", "(empty)")
    } | {"tunnel_parents": []}


def nested_json(row: dict[str, str]) -> dict[str, Any]:
    record = native_json(row)
    inner = {name[3:]: record.pop(name) for name in list(record) if name.startswith("id.")}
    return {"id": inner, **record}


def newer(row: dict[str, str]) -> dict[str, str]:
    return {"_path": "conn", "detailedlabel": "x", **row}


TIMES = pd.to_datetime(FLOWS["ts"].astype(float), unit="s")
TABS = native.zeek(FLOWS, parting="\t")
A, B = native.zeek(FIRST), native.zeek(SECOND)
LOWER = FLOWS.assign(**{name: FLOWS[name].str.lower() for name in FORMAT.labels})
LABELLED = FLOWS.assign(**{"detailed-label": FLOWS["detailed-label"].str.replace("-", " ")})

READ = {
    "fields separated by tabs": TABS,
    "detailedlabel": renamed(TABS, "detailed-label", "detailedlabel"),
    "detailed_label with upper case": renamed(TABS, "detailed-label", "Detailed_Label"),
    "detailedlabel in a joined field": renamed(PLAIN, "detailed-label", "detailedlabel"),
    "no #types": without(PLAIN, "#types"),
    "no #separator": without(PLAIN, "#separator"),
    "a byte-order mark": BOM + PLAIN,
    "CRLF": PLAIN.replace("\n", "\r\n"),
    "a byte-order mark and CRLF": BOM + PLAIN.replace("\n", "\r\n"),
    "no closing line": native.zeek(FLOWS, closed=False),
    "labels in lower case": native.zeek(LOWER),
    "labels with blanks": native.zeek(LABELLED, parting="\t"),
    "two logs with one header": A + B,
    "two logs with one header, no closing line": without(A + B, "#close"),
    "two logs, the second in a different order": A + reordered(SECOND),
    "two logs, the second separated by tabs": A + native.zeek(SECOND, parting="\t"),
    "two logs, the second in a different order and by tabs": A + reordered(SECOND, "\t"),
    "two logs, each with a byte-order mark": BOM + A + BOM + reordered(SECOND),
    "two logs with CRLF": (A + reordered(SECOND)).replace("\n", "\r\n"),
    "two logs, the second without #types": A + without(reordered(SECOND), "#types"),
    "two logs, the second with an additional field": A
    + native.zeek(pd.concat([SECOND.assign(extra="x")["extra"], SECOND], axis=1)),
    "two logs, the second without an optional field": A
    + native.zeek(SECOND.drop(columns=["local_orig"])),
    "two logs, the first without an optional field": native.zeek(FIRST.drop(columns=["local_orig"]))
    + B,
    "two logs, the second with commas": A + commas(SECOND),
    "an empty log before another one": native.zeek(FLOWS.head(0)) + reordered(FLOWS),
    "two logs and an empty one": A + reordered(SECOND) + native.zeek(FLOWS.head(0)),
    "separated by commas": commas(FLOWS),
    "empty lines before the header": "\n\r\n" + PLAIN,
    "UTF-16": PLAIN.encode("utf-16"),
    "a table without #fields": FLOWS.to_csv(index=False, sep="\t"),
    "a table with bars": FLOWS.to_csv(index=False, sep="|"),
    "the names as a plain first line": plain_names(PLAIN),
    "the names as a plain first line, with CRLF and a mark": BOM
    + plain_names(PLAIN).replace("\n", "\r\n"),
    "two logs, each with the names as a plain first line": plain_names(A) + plain_names(B),
    "a table after a line with the separator": "sep=,\n" + FLOWS.to_csv(index=False),
    "bars after #fields, without #separator": without(TABS, "#separator")
    .replace(",", "\\x2c")
    .replace("\t", "|"),
    "a table with an index and quotes": FLOWS.to_csv(quoting=csv.QUOTE_ALL),
    "times in ISO 8601": native.zeek(FLOWS.assign(ts=TIMES.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))),
    "times in milliseconds": native.zeek(
        FLOWS.assign(ts=(FLOWS["ts"].astype(float) * 1000).map("{:.0f}".format))
    ),
    "JSON, UTF-16": as_json(FLOWS).encode("utf-16"),
    "JSON, an empty line first": "\n" + as_json(FLOWS),
    "JSON, an array with one record per line": f"[\n{as_json(FLOWS)[:-1]}\n]\n".replace(
        "}\n{", "},\n{"
    ),
    "a different separator of sets": PLAIN.replace("#set_separator\t,", "#set_separator\t;"),
    "JSON, all as text": as_json(FLOWS),
    "JSON, as Zeek writes it": as_json(FLOWS, native_json),
    "JSON, addresses in an object": as_json(FLOWS, nested_json),
    "JSON, detailedlabel": as_json(FLOWS).replace("detailed-label", "detailedlabel"),
    "JSON, both spellings and more": as_json(FLOWS, newer),
    "JSON, a byte-order mark and CRLF": BOM + as_json(FLOWS).replace("\n", "\r\n"),
    "JSON, keys in a different order": as_json(FLOWS, lambda row: dict(reversed(row.items()))),
}


def content(case: str) -> bytes:
    written = READ[case]
    return written if isinstance(written, bytes) else written.encode()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return table(PLAIN, tmp_path_factory.mktemp("plain"))


def same(found: pd.DataFrame, plain: pd.DataFrame) -> None:
    # Optional columns without any value may be missing.
    pd.testing.assert_frame_equal(found[plain.columns], plain)


@pytest.mark.parametrize("case", READ)
def test_a_log_gives_the_records_of_the_plain_one(
    tmp_path: Path, plain: pd.DataFrame, case: str
) -> None:
    same(table(READ[case], tmp_path), plain)


@pytest.mark.parametrize("case", ["detailedlabel", "JSON, as Zeek writes it", "a byte-order mark"])
def test_a_compressed_log_gives_the_same_records(
    tmp_path: Path, plain: pd.DataFrame, case: str
) -> None:
    same(table(gzip.compress(content(case)), tmp_path, ".gz"), plain)


@pytest.mark.parametrize("case", READ)
def test_the_records_do_not_depend_on_block_boundaries(
    tmp_path: Path, plain: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr(zeeklog, "_BLOCK", 97)
    monkeypatch.setattr(jsonlines, "_BLOCK", 997)
    monkeypatch.setattr(lines, "_BLOCK", 997)
    same(table(READ[case], tmp_path), plain)


ERRORS = {
    "only records": (without(PLAIN, "#"), ["line 1", "#fields", "JSON"]),
    "no #fields": (without(PLAIN, "#fields"), ["line 8", "#fields"]),
    "UTF-16 without a mark": (PLAIN.encode("utf-16-le"), ["UTF-16LE", "iconv"]),
    "compressed without a suffix": (
        gzip.compress(PLAIN.encode()),
        ["compressed with gzip", "end with .gz"],
    ),
    "a different mark of unset fields": (
        PLAIN.replace("#unset_field\t-", "#unset_field\tunset"),
        ["line 4", "#unset_field", "unset"],
    ),
    "a different mark of empty fields": (
        PLAIN.replace("#empty_field\t(empty)", "#empty_field\tEMPTY"),
        ["line 3", "#empty_field", "EMPTY"],
    ),
    "an unsupported separator": (
        PLAIN.replace("\\x09", "\\x01"),
        ["line 1", "#separator", "x01"],
    ),
    "a separator that #fields does not use": (
        PLAIN.replace("\\x09", "\\x2c"),
        ["line 7", "#fields", "','"],
    ),
    "a second header with a different mark": (
        A + B.replace("#unset_field\t-", "#unset_field\tunset"),
        ["line 43", "#unset_field"],
    ),
    "a second header without a required column": (
        A + native.zeek(SECOND.drop(columns="proto")),
        ["line 47", "no column proto"],
    ),
    "a second header of another log": (
        A + "#fields\tts\tquery\n1\tx\n",
        ["no column uid"],
    ),
    "a second plain first line in a different order": (
        plain_names(A) + plain_names(reordered(SECOND)),
        ["line 32", "second header with a different order"],
    ),
    "an array": (json.dumps(FLOWS.to_dict("records")), ["JSON", "jq"]),
    "JSON over several lines": (as_json(FLOWS).replace(", ", ",\n"), ["JSON", "jq"]),
    "JSON without labels": (as_json(FLOWS.drop(columns=list(FORMAT.labels))), ["no column label"]),
    "JSON without addresses": (as_json(FLOWS.drop(columns="id.orig_h")), ["id.orig_h"]),
    "an unknown attack": (PLAIN.replace("Okiru\n", "Okirv\n"), ["unknown label", "Okirv", "DDoS"]),
    "an unknown label": (PLAIN.replace("Malicious", "Unknown"), ["unknown label", "Unknown"]),
    "only a header": (native.zeek(FLOWS.head(0)), ["no record"]),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_unsupported_log_is_an_error_in_one_line(tmp_path: Path, case: str) -> None:
    content, parts = ERRORS[case]
    with pytest.raises(InputError) as error:
        table(content, tmp_path)
    text = str(error.value)
    assert "\n" not in text
    for part in [NAME, *parts]:
        assert part in text


REJECTED = {
    "not JSON": ('{"ts": 1\n', "is not JSON"),
    "a list": ("[1]\n", "is JSON, but not an object"),
    "a key twice": ('{"ts": "1", "ts": "2"}\n', "has ts twice"),
    "two spellings of a key": ('{"orig bytes": 1, "orig-bytes": 2}\n', "has orig_bytes twice"),
    "a lone surrogate": ('{"ts": "\\ud800"}\n', "is not JSON"),
    "many open brackets": ("[" * 100_000 + "\n", "is not JSON"),
    "a comment": ("#close\n", "is not JSON"),
    "an empty line": ("\n", "empty"),
    "no fields": ("{}\n", "empty"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_line_that_is_not_a_json_record_is_rejected(tmp_path: Path, case: str) -> None:
    line, reason = REJECTED[case]
    path = tmp_path / NAME
    path.write_text(as_json(FIRST) + line + as_json(SECOND))
    batches = list(read(path, FORMAT, FORMAT.source(path.name)))
    rejected = pd.concat([batch.rejected for batch in batches])
    assert rejected[["row", "reason"]].values.tolist() == [[len(FIRST) + 1, reason]]
    assert sum(len(batch.records) for batch in batches) == ROWS


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1545350599.493114", 1545350599.493114),
        ('"2018-12-21T00:03:19.493114Z"', 1545350599.493114),
        ('"2018-12-21T01:03:19+01:00"', 1545350599.0),
        ("1545350599493", 1545350599.493),
    ],
)
def test_json_may_have_all_time_formats_of_zeek(tmp_path: Path, text: str, seconds: float) -> None:
    content = as_json(FLOWS.head(1)).replace(json.dumps(FLOWS["ts"].iloc[0]), text)
    assert table(content, tmp_path)["ts"].tolist() == [seconds]


def test_a_flag_in_json_equals_that_of_the_plain_log(tmp_path: Path) -> None:
    flows = FLOWS.head(2).assign(local_orig=["T", "F"])
    content = as_json(flows).replace('"T"', "true").replace('"F"', "false")
    same(table(content, tmp_path / ""), table(native.zeek(flows), tmp_path))


LARGE = [case for case in READ if not case.startswith("JSON")]


@pytest.mark.parametrize("case", LARGE)
def test_the_prefilter_does_not_change_the_sample_of_a_log(tmp_path: Path, case: str) -> None:
    made = partial(sampled, name=NAME, dataset="iot-23", format=FORMAT)
    given = content(case)
    expected = made(tmp_path / "all", given, 2, large=10**9)
    assert made(tmp_path / "filtered", given, 2, large=0) == expected
    assert not isinstance(expected, str)


def test_an_empty_line_between_logs_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text(A + "\n" + B)
    batches = list(read(path, FORMAT, FORMAT.source(path.name)))
    rejected = pd.concat([batch.rejected for batch in batches])
    assert rejected[["row", "reason"]].values.tolist() == [[40, "empty"]]


def test_a_log_compressed_twice_is_an_error(tmp_path: Path) -> None:
    twice = gzip.compress(gzip.compress(PLAIN.encode()))
    with pytest.raises(
        InputError, match=r"contains another file compressed with gzip; unpack it to"
    ):
        table(twice, tmp_path, ".gz")
