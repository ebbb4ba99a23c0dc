"""Delimited files as programs save, concatenate and export them: the same records as a plain file.

READ is the table of cases: changes of a plain file. No case may give different records;
test_reader_cases_rejected.py has the cases that are errors.
"""

import codecs
import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from delimited_files import (
    DAY_FIRST,
    FORMATS,
    Table,
    Written,
    at,
    blank_columns,
    closed,
    coded,
    commas,
    ended,
    european,
    format_of,
    formatted,
    headless,
    headless_then,
    in_milliseconds,
    in_quotes,
    index_without_name,
    joined,
    numbered_header,
    plain,
    renamed,
    separated,
    spaced,
    spread,
    text,
    thousands,
    whole,
    with_gaps,
    with_index,
    with_times,
    without_difficulty,
    write,
)
from test_prefilter import sampled

from ecnet import datasets
from ecnet.audit.detect_format import detect
from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.readers import header
from ecnet.readers.columns import key

READ: dict[str, tuple[str, Callable[[Table], Written]]] = {
    "empty lines before the header": ("csv", lambda table: "\n\r\n" + text(table)),
    "empty lines before records": ("full", lambda table: "\n\n" + text(table, header=False)),
    "a quoted line with the separator": (
        "csv",
        lambda table: '"sep=;"\n' + text(table, sep=";"),
    ),
    "columns numbered by pandas": ("full", numbered_header("", 0)),
    "columns numbered by pandas, with its index": ("argus", numbered_header("", 0, index=True)),
    "columns numbered by R, with its index": (
        "full",
        numbered_header("V", 1, index=True, quoting=csv.QUOTE_NONNUMERIC),
    ),
    "columns numbered, without difficulty": (
        "full",
        lambda table: numbered_header("", 0)(without_difficulty(table)),
    ),
    **{
        f"{mark} for missing values": ("iotid20", with_gaps(mark))
        for mark in ("NA", "N/A", "#N/A", "<NA>", "NULL", "null", "None", r"\N")
    },
    "labels and categories in quotes": ("iotid20", in_quotes("iotid20")),
    "categories in quotes": ("full", in_quotes("full")),
    "milliseconds instead of seconds": ("argus", in_milliseconds),
    "semicolons": ("iotid20", separated(";")),
    "tabs": ("iotid20", separated("\t")),
    "bars": ("csv", separated("|")),
    "semicolons without header": ("argus", headless(";")),
    "bars without header": ("full", headless("|")),
    "a line with the separator": ("csv", lambda table: "sep=;\r\n" + text(table, sep=";")),
    "10 best as published": ("10best", lambda table: text(with_index(table), sep=";")),
    "an index of pandas": ("10best", lambda table: text(with_index(table, "Unnamed: 0"))),
    "an index without a name in the header": ("10best", index_without_name(";")),
    "the same between tabs": ("iotid20", index_without_name("\t")),
    "an index without header": ("argus", lambda table: text(with_index(table), header=False)),
    "an index from 1, without header": (
        "full",
        lambda table: text(with_index(table, start=1), header=False),
    ),
    "an index and no difficulty: the usual number of fields": (
        "full",
        lambda table: text(with_index(without_difficulty(table)), header=False),
    ),
    "an index without a name, and a separator at the end of all lines": (
        "iotid20",
        lambda table: ",".join(table.columns) + ",\n" + text(closed(table), header=False),
    ),
    "the same without a separator at the end of the header": (
        "csv",
        lambda table: ",".join(table.columns) + "\n" + text(closed(table), header=False),
    ),
    "an index, and a separator only at the end of the header": (
        "argus",
        lambda table: ",".join(table.columns) + ",\n" + text(with_index(table), header=False),
    ),
    "an index and a separator at the ends, without header": (
        "full",
        lambda table: text(closed(table), header=False),
    ),
    "a separator at the end of all lines": ("csv", ended()),
    "a separator at the end of records": ("csv", ended(head="")),
    "a separator at the end of the header": ("csv", ended(records="")),
    "several separators at the end of all lines": ("csv", ended(",,,", ",,,")),
    "several separators at the end of the header": ("csv", ended("", ",,")),
    "several separators at the end of records": ("csv", ended(",,", "")),
    "several separators at the ends, without header": (
        "argus",
        lambda table: text(table, header=False).replace("\n", ",,,\n"),
    ),
    "several separators after all but the last column, which may be missing": (
        "full",
        lambda table: text(without_difficulty(table), header=False).replace("\n", ",,,\n"),
    ),
    "separators at the ends, without header": (
        "argus",
        lambda table: text(table.assign(end=""), header=False),
    ),
    "blank names twice": ("iotid20", blank_columns("")),
    "one undeclared name three times": ("iotid20", blank_columns("Unnamed: 0")),
    "a European spreadsheet": ("argus", european),
    "a European spreadsheet of another format": ("10best", european),
    "decimal commas without header": (
        "argus",
        lambda table: text(commas(table), sep=";", header=False),
    ),
    "decimal commas in quotes": ("csv", lambda table: text(commas(table))),
    "decimal commas between tabs": ("argus", lambda table: text(commas(table), sep="\t")),
    "points as thousands separators": (
        "argus",
        lambda table: text(thousands(table, ".", ","), sep=";"),
    ),
    "commas as thousands separators": ("argus", lambda table: text(thousands(table, ",", "."))),
    "UTF-8 with a mark": ("csv", coded(codecs.BOM_UTF8, "utf-8")),
    "UTF-16, little endian": ("iotid20", coded(codecs.BOM_UTF16_LE, "utf-16-le")),
    "UTF-16, big endian": ("iotid20", coded(codecs.BOM_UTF16_BE, "utf-16-be")),
    "UTF-32": ("iotid20", coded(codecs.BOM_UTF32_LE, "utf-32-le")),
    "ISO times": ("iotid20", formatted("%Y-%m-%d %H:%M:%S")),
    "ISO times with a zone": ("iotid20", formatted("%Y-%m-%dT%H:%M:%SZ")),
    "ISO times with fractions": ("iotid20", formatted("%Y-%m-%d %H:%M:%S.%f")),
    "years first": ("iotid20", formatted("%Y/%m/%d %H:%M:%S")),
    "24 hours": ("iotid20", formatted("%d/%m/%Y %H:%M:%S")),
    "points in dates": ("iotid20", formatted("%d.%m.%Y %H:%M:%S")),
    "days and months without leading zeros": (
        "iotid20",
        with_times(lambda times: times.dt.strftime(DAY_FIRST).str.replace(r"\b0", "", regex=True)),
    ),
    "US times": ("iotid20", formatted("%m/%d/%Y %I:%M:%S %p")),
    "US times with dashes": ("iotid20", formatted("%m-%d-%Y %H:%M:%S")),
    "seconds instead of dates": ("iotid20", formatted("%s")),
    "dates instead of seconds": (
        "argus",
        lambda table: text(
            table.assign(
                stime=pd.to_datetime(table["stime"].astype(float), unit="s").astype("str"),
                ltime=pd.to_datetime(table["ltime"].astype(float), unit="s").astype("str"),
            )
        ),
    ),
    "blanks instead of underscores": ("iotid20", renamed(lambda name: name.replace("_", " "))),
    "points instead of slashes and underscores, as in R": (
        "iotid20",
        renamed(lambda name: name.replace("_", ".").replace("/", ".")),
    ),
    "a header in upper case": ("10best", renamed(str.upper)),
    "a header in lower case": ("10best", renamed(str.lower, sep=";")),
    "underscores instead of points": ("csv", renamed(lambda name: name.replace(".", "_"))),
    "blanks around names": ("csv", renamed(lambda name: f"  {name} ")),
    "everything in quotes": ("csv", lambda table: text(table, quoting=csv.QUOTE_ALL)),
    "blanks before quotes": ("csv", spaced),
    "NSL-KDD without difficulty": (
        "full",
        lambda table: text(without_difficulty(table), header=False),
    ),
    "NSL-KDD with a header": ("full", text),
    "NSL-KDD with a header and without difficulty": (
        "full",
        lambda table: text(without_difficulty(table)),
    ),
    "a repeated header": ("iotid20", joined(list)),
    "a repeated header in another spelling": (
        "csv",
        joined(lambda names: [name.upper() for name in names], by=";"),
    ),
    "a header after records": ("argus", headless_then(head=True, other=False)),
    "a header as the last line": ("csv", lambda table: text(table) + text(table.head(0))),
}


@pytest.mark.parametrize(("name", "change"), READ.values(), ids=READ)
def test_a_file_gives_the_records_of_the_plain_one(
    tmp_path: Path, name: str, change: Callable[[Table], Written]
) -> None:
    table = spread(name)
    found = whole(write(tmp_path / "other", name, change(table)), name)
    expected = whole(write(tmp_path / "plain", name, plain(name, table)), name)
    assert found.rejected.empty
    assert expected.rejected.empty
    records = expected.records.drop(columns="row")
    if "difficulty" in records and "difficulty" not in found.records:
        records = records.drop(columns="difficulty")
    pd.testing.assert_frame_equal(found.records.drop(columns="row"), records)


@pytest.mark.parametrize(("name", "change"), READ.values(), ids=READ)
def test_the_prefilter_does_not_change_the_sample(
    tmp_path: Path, name: str, change: Callable[[Table], Written]
) -> None:
    written = change(spread(name))
    content = written.encode() if isinstance(written, str) else written
    given = {"name": FORMATS[name][1], "dataset": FORMATS[name][0], "format": format_of(name)}
    expected = sampled(tmp_path / "all", content, 2, large=10**9, **given)
    assert not isinstance(expected, str)
    assert sampled(tmp_path / "filtered", content, 2, large=0, **given) == expected


def undecided(table: Table) -> Table:
    """Return dates that may be day/month or month/day."""
    days = [f"{day:02d}/{month:02d}/2019 03:25:53 AM" for day in range(1, 9) for month in (3, 4)]
    return table.head(len(days)).assign(Timestamp=days)


def test_ambiguous_dates_are_read_as_published_with_a_notice(tmp_path: Path) -> None:
    path = write(tmp_path, "iotid20", text(undecided(spread("iotid20"))))
    found = whole(path, "iotid20")
    assert pd.to_datetime(found.records["Timestamp"], unit="s").dt.month.tolist() == [3, 4] * 8
    (notice,) = found.notices
    assert notice.startswith(f"{path}: the dates of Timestamp may be day/month or month/day")
    assert "(01/03/2019 may be 2019-03-01 or 2019-01-03)" in notice
    assert "read as day/month" in notice


def test_dates_with_one_number_for_day_and_month_are_read_without_a_notice(tmp_path: Path) -> None:
    same = spread("iotid20").assign(Timestamp="04/04/2019 03:25:53 AM")
    found = whole(write(tmp_path, "iotid20", text(same)), "iotid20")
    assert set(pd.to_datetime(found.records["Timestamp"], unit="s").dt.month) == {4}
    assert not found.notices


def test_one_unambiguous_date_determines_the_order_in_the_whole_file(tmp_path: Path) -> None:
    """Even far from the first lines."""
    table = undecided(spread("iotid20"))
    many = pd.concat([table] * 200, ignore_index=True)
    last = at(len(many) - 1, "Timestamp", "04/25/2019 03:25:53 AM")(many)
    found = whole(write(tmp_path, "iotid20", text(last)), "iotid20")
    months = pd.to_datetime(found.records["Timestamp"], unit="s").dt.month.tolist()
    assert months == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8] * 199 + [
        *(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 4)
    ]
    assert not found.notices


@pytest.mark.parametrize("odd", ["0,5", "1.234,5"])
def test_decimal_commas_after_lines_without_decimals_are_an_error(tmp_path: Path, odd: str) -> None:
    """Otherwise 1.234, anywhere in the file, would be read as a wrong number."""
    table = spread("argus")
    for column in format_of("argus").columns:
        if column.kind == "number":
            table[column.header] = "1"
    many = pd.concat([table] * 60, ignore_index=True)
    many.loc[0, "rate"] = "1.234"
    many.loc[len(many) - 1, "rate"] = odd
    path = write(tmp_path, "argus", text(many, sep=";"))
    assert path.stat().st_size > 1 << 17
    with pytest.raises(InputError, match=rf"line \d+: rate is '{odd}'.*with a decimal point"):
        whole(path, "argus")


def test_rows_after_a_repeated_header_keep_their_line_numbers(tmp_path: Path) -> None:
    table = spread("csv")
    path = write(tmp_path, "csv", joined(list)(table))
    half = len(table) // 2
    assert whole(path, "csv").records["row"].tolist() == [
        *range(2, half + 2),
        *range(half + 3, len(table) + 3),
    ]


@pytest.mark.parametrize(
    ("name", "change"),
    [case for case in READ.values() if case[0] != "argus"],  # other formats have its columns too
    ids=[case for case, (name, _) in READ.items() if name != "argus"],
)
def test_the_format_of_a_file_in_any_dialect_is_detected(
    tmp_path: Path, name: str, change: Callable[[Table], Written]
) -> None:
    path = write(tmp_path, name, change(spread(name))).rename(tmp_path / "renamed.data")
    assert detect(path).dataset.name == FORMATS[name][0]


def test_auditing_an_arff_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "KDDTrain+.arff"
    path.write_text("@relation k\n@attribute class {normal, anomaly}\n@data\n1,normal\n")
    with pytest.raises(InputError, match=r"is an ARFF file.*KDDTrain\+\.txt"):
        detect(path)


def test_auditing_an_unreadable_file_is_an_error_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("a,b,c,d\n1,2,3,4\n".encode("utf-16-le"))
    with pytest.raises(InputError, match="is UTF-16LE without a byte-order mark"):
        detect(path)


@pytest.mark.parametrize(
    "format",
    [format for name in datasets.names() for format in datasets.load(name).formats],
    ids=lambda format: format.title,
)
def test_no_two_columns_of_a_format_have_a_common_spelling(format: Format) -> None:
    names = header.wanted(format) | set(format.layout)
    assert len({key(name) for name in names}) == len(names)
