"""Delimited files as people save, join and export them: each is read as the plain file, or refused.

READ, SET_ASIDE and REFUSED are the tables of cases: what is done to a plain file, and what comes
of it. No case may give other records than the plain file.
"""

import codecs
import csv
import gzip
import io
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import native
import pandas as pd
import pyarrow as pa
import pytest
from test_sieve import sampled

from ecnet import datasets
from ecnet.audit.recognise import recognised
from ecnet.datasets.declaration import Form
from ecnet.errors import InputError
from ecnet.readers import Batch, header, read
from ecnet.readers.columns import key

Table = pd.DataFrame
"""Text cells by header name."""

Written = str | bytes
FORMS = {
    "argus": ("bot-iot", "UNSW_2018_IoT_Botnet_Dataset_1.csv"),
    "10best": ("bot-iot", "UNSW_2018_IoT_Botnet_Final_10_Best.csv"),
    "iotid20": ("iot-ni", "IoT Network Intrusion Dataset.csv"),
    "csv": ("mqttset", "train70_reduced.csv"),
    "full": ("nsl-kdd", "KDDTrain+.txt"),
}
ROWS = 40
DAY_FIRST = "%d/%m/%Y %I:%M:%S %p"


def form_of(name: str) -> Form:
    return datasets.load(FORMS[name][0]).form(name)


def labels_of(name: str, label: str) -> dict[str, str]:
    """Return the raw label columns of a class."""
    category, _, protocol = label.partition("-")
    if name in ("argus", "10best"):
        attack = str(int(label != "Normal"))
        return {"attack": attack, "category": category, "subcategory": protocol or category}
    if name == "iotid20":
        return {"Label": "Normal" if label == "Normal" else "Anomaly", "Sub_Cat": label}
    if name == "csv":
        return {"target": "legitimate" if label == "Normal" else "flood"}
    return {"attack": "normal" if label == "Normal" else "neptune"}


def table_of(name: str) -> Table:
    """Return some records of a form as text, in the order of its layout."""
    form = form_of(name)
    table = native.records(form, f"cases {name}", lambda label: labels_of(name, label)).head(ROWS)
    if name in ("argus", "10best"):
        table["pkSeqID"] = [str(number) for number in range(1, len(table) + 1)]
    return table[list(form.layout)] if form.layout else table


def text(table: Table, **options: object) -> str:
    """Return a table as CSV."""
    out = io.StringIO(newline="")
    table.to_csv(out, **{"index": False, "lineterminator": "\n", **options})
    return out.getvalue()


def plain(name: str, table: Table) -> str:
    return text(table, header=name not in ("argus", "full"))


def whole(path: Path, name: str) -> Batch:
    form = form_of(name)
    batches = list(read(path, form, form.source(path.name)))
    return Batch(
        table=pa.concat_tables([batch.table for batch in batches]),
        rejected=pd.concat([batch.rejected for batch in batches], ignore_index=True),
        notices=batches[-1].notices,
    )


def write(folder: Path, name: str, written: Written) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / FORMS[name][1]
    path.write_bytes(written.encode() if isinstance(written, str) else written)
    return path


def separated(by: str) -> Callable[[Table], Written]:
    return lambda table: text(table, sep=by)


def headless(by: str) -> Callable[[Table], Written]:
    return lambda table: text(table, sep=by, header=False)


def renamed(spell: Callable[[str], str], **options: object) -> Callable[[Table], Written]:
    return lambda table: text(table.rename(columns=spell), **options)


def with_times(write_time: Callable[[pd.Series], pd.Series]) -> Callable[[Table], Written]:
    """Write the times of IoTID20 otherwise; they are spread over days, to tell month from day."""

    def change(table: Table) -> Written:
        times = pd.to_datetime(table["Timestamp"], format=DAY_FIRST)
        return text(table.assign(Timestamp=write_time(times)))

    return change


def formatted(form: str) -> Callable[[Table], Written]:
    return with_times(lambda times: times.dt.strftime(form))


def commas(table: Table) -> Table:
    """Write decimal commas, as a spreadsheet does in many countries."""
    return table.replace(r"^(-?\d+)\.(\d+)$", r"\1,\2", regex=True)


def thousands(table: Table, mark: str, point: str) -> Table:
    """Write the times of Argus, which are large, with marks of thousands."""

    def grouped(cell: str) -> str:
        whole, _, rest = cell.partition(".")
        return f"{int(whole):,}".replace(",", mark) + point + rest

    other = table.replace(r"^(-?\d+)\.(\d+)$", rf"\1{point}\2", regex=True)
    return other.assign(stime=table["stime"].map(grouped), ltime=table["ltime"].map(grouped))


def european(table: Table) -> Written:
    return codecs.BOM_UTF8 + text(commas(table), sep=";", lineterminator="\r\n").encode()


def numbered(table: Table, start: int = 0) -> list[str]:
    return [str(number) for number in range(start, start + len(table))]


def with_index(table: Table, name: str = "", start: int = 0) -> Table:
    return pd.concat([pd.Series(numbered(table, start), table.index, name=name), table], axis=1)


def closed(table: Table) -> Table:
    """Put an index before the records, and an empty field after them."""
    return with_index(table).assign(end="")


def index_without_name(by: str) -> Callable[[Table], Written]:
    """Write as R does: the header has a name less than the records have fields."""

    def change(table: Table) -> Written:
        head = by.join(table.columns) + "\n"
        return head + text(with_index(table, start=1), sep=by, header=False)

    return change


def ended(records: str = ",", head: str = ",") -> Callable[[Table], Written]:
    """Write a separator after the last field of the records, of the header."""

    def change(table: Table) -> Written:
        first, *rest = text(table).splitlines()
        return "".join([first + head + "\n", *(line + records + "\n" for line in rest)])

    return change


def blank_columns(names: str) -> Callable[[Table], Written]:
    """Write undeclared columns that share a name, before and after the others."""

    def change(table: Table) -> Written:
        first, *rest = text(table).splitlines()
        lines = [f"{names},{first},{names},{names}", *(f"7,{line},," for line in rest)]
        return "\n".join(lines) + "\n"

    return change


def joined(head: Callable[[list[str]], list[str]], by: str = ",") -> Callable[[Table], Written]:
    """Write two files one after the other, the second with a header of its own."""

    def change(table: Table) -> Written:
        half = len(table) // 2
        second = by.join(head(list(table.columns)))
        return (
            text(table.iloc[:half], sep=by)
            + f"{second}\n"
            + text(table.iloc[half:], sep=by, header=False)
        )

    return change


def reordered(table: Table) -> Written:
    """Write two files one after the other, the second with its columns in another order."""
    half = len(table) // 2
    return text(table.iloc[:half]) + text(table.iloc[half:][table.columns[::-1]])


def headless_then(head: bool, other: bool) -> Callable[[Table], Written]:
    """Write records without header, then a header, then records."""

    def change(table: Table) -> Written:
        first, second = table.iloc[:9], table.iloc[9:]
        if other:
            second = second[table.columns[::-1]]
        return text(first, header=False) + text(second, header=head)

    return change


def coded(mark: bytes, encoding: str) -> Callable[[Table], Written]:
    return lambda table: mark + text(table).encode(encoding)


def spaced(table: Table) -> Written:
    lines = text(table, quoting=csv.QUOTE_ALL).splitlines()
    return "".join(line.replace('","', '", "') + "\n" for line in lines)


def without_difficulty(table: Table) -> Table:
    return table.drop(columns="difficulty")


def numbered_header(prefix: str, start: int, **options: object) -> Callable[[Table], Written]:
    """Write a header as programs make one up for a file that has none."""

    def change(table: Table) -> Written:
        names = [f"{prefix}{start + place}" for place in range(table.shape[1])]
        return text(table.set_axis(names, axis=1), **options)

    return change


def taken_for_header(index: bool) -> Callable[[Table], Written]:
    """Write as pandas does that was not told that there is no header."""
    return lambda table: text(pd.read_csv(io.StringIO(text(table, header=False))), index=index)


def with_gaps(mark: str) -> Callable[[Table], Written]:
    return lambda table: text(table.replace("", mark))


def in_quotes(name: str) -> Callable[[Table], Written]:
    """Write categories and labels in quotes that are a part of the cell, as Weka does."""
    form = form_of(name)
    names = [c.header for c in form.columns if c.kind == "category"] + list(form.labels)
    return lambda table: text(table.assign(**{of: "'" + table[of] + "'" for of in names}))


def in_milliseconds(table: Table) -> Written:
    return text(
        table.assign(
            **{
                of: (table[of].astype(float) * 1000).map("{:.0f}".format)
                for of in ("stime", "ltime")
            }
        )
    )


READ: dict[str, tuple[str, Callable[[Table], Written]]] = {
    "empty lines before the header": ("csv", lambda table: "\n\r\n" + text(table)),
    "empty lines before records": ("full", lambda table: "\n\n" + text(table, header=False)),
    "a line in quotes that names the separator": (
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
        f"{mark} for what is missing": ("iotid20", with_gaps(mark))
        for mark in ("NA", "N/A", "#N/A", "<NA>", "NULL", "null", "None", r"\N")
    },
    "labels and categories in quotes": ("iotid20", in_quotes("iotid20")),
    "categories in quotes": ("full", in_quotes("full")),
    "milliseconds where seconds are published": ("argus", in_milliseconds),
    "semicolons": ("iotid20", separated(";")),
    "tabs": ("iotid20", separated("\t")),
    "bars": ("csv", separated("|")),
    "semicolons without header": ("argus", headless(";")),
    "bars without header": ("full", headless("|")),
    "a line that names the separator": ("csv", lambda table: "sep=;\r\n" + text(table, sep=";")),
    "10 best as published": ("10best", lambda table: text(with_index(table), sep=";")),
    "an index of pandas": ("10best", lambda table: text(with_index(table, "Unnamed: 0"))),
    "an index that the header does not name": ("10best", index_without_name(";")),
    "the same with blanks for separators' names": ("iotid20", index_without_name("\t")),
    "an index without header": ("argus", lambda table: text(with_index(table), header=False)),
    "an index from 1, without header": (
        "full",
        lambda table: text(with_index(table, start=1), header=False),
    ),
    "an index and no difficulty, as many fields as with one and without the other": (
        "full",
        lambda table: text(with_index(without_difficulty(table)), header=False),
    ),
    "an index without a name, and a separator at the end of all lines": (
        "iotid20",
        lambda table: ",".join(table.columns) + ",\n" + text(closed(table), header=False),
    ),
    "the same where the header has no separator at its end": (
        "csv",
        lambda table: ",".join(table.columns) + "\n" + text(closed(table), header=False),
    ),
    "an index, and a separator at the end of the header alone": (
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
    "separators at the ends, without header": (
        "argus",
        lambda table: text(table.assign(end=""), header=False),
    ),
    "blank names twice": ("iotid20", blank_columns("")),
    "one undeclared name three times": ("iotid20", blank_columns("Unnamed: 0")),
    "a European spreadsheet": ("argus", european),
    "a European spreadsheet of another form": ("10best", european),
    "decimal commas without header": (
        "argus",
        lambda table: text(commas(table), sep=";", header=False),
    ),
    "decimal commas in quotes": ("csv", lambda table: text(commas(table))),
    "decimal commas between tabs": ("argus", lambda table: text(commas(table), sep="\t")),
    "points for thousands": ("argus", lambda table: text(thousands(table, ".", ","), sep=";")),
    "commas for thousands": ("argus", lambda table: text(thousands(table, ",", "."))),
    "UTF-8 with a mark": ("csv", coded(codecs.BOM_UTF8, "utf-8")),
    "UTF-16, little end first": ("iotid20", coded(codecs.BOM_UTF16_LE, "utf-16-le")),
    "UTF-16, big end first": ("iotid20", coded(codecs.BOM_UTF16_BE, "utf-16-be")),
    "UTF-32": ("iotid20", coded(codecs.BOM_UTF32_LE, "utf-32-le")),
    "ISO times": ("iotid20", formatted("%Y-%m-%d %H:%M:%S")),
    "ISO times with a zone": ("iotid20", formatted("%Y-%m-%dT%H:%M:%SZ")),
    "ISO times with fractions": ("iotid20", formatted("%Y-%m-%d %H:%M:%S.%f")),
    "years first": ("iotid20", formatted("%Y/%m/%d %H:%M:%S")),
    "24 hours": ("iotid20", formatted("%d/%m/%Y %H:%M:%S")),
    "points in dates": ("iotid20", formatted("%d.%m.%Y %H:%M:%S")),
    "days and months without zeros": (
        "iotid20",
        with_times(lambda times: times.dt.strftime(DAY_FIRST).str.replace(r"\b0", "", regex=True)),
    ),
    "US times": ("iotid20", formatted("%m/%d/%Y %I:%M:%S %p")),
    "US times with dashes": ("iotid20", formatted("%m-%d-%Y %H:%M:%S")),
    "seconds for times": ("iotid20", formatted("%s")),
    "dates where seconds are published": (
        "argus",
        lambda table: text(
            table.assign(
                stime=pd.to_datetime(table["stime"].astype(float), unit="s").astype("str"),
                ltime=pd.to_datetime(table["ltime"].astype(float), unit="s").astype("str"),
            )
        ),
    ),
    "blanks for underscores": ("iotid20", renamed(lambda name: name.replace("_", " "))),
    "points for slashes and underscores, as R has it": (
        "iotid20",
        renamed(lambda name: name.replace("_", ".").replace("/", ".")),
    ),
    "a header in capitals": ("10best", renamed(str.upper)),
    "a header in small letters": ("10best", renamed(str.lower, sep=";")),
    "underscores for points": ("csv", renamed(lambda name: name.replace(".", "_"))),
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
    "a header again": ("iotid20", joined(list)),
    "a header again, otherwise spelled": (
        "csv",
        joined(lambda names: [name.upper() for name in names], by=";"),
    ),
    "a header after records": ("argus", headless_then(head=True, other=False)),
    "a header as the last line": ("csv", lambda table: text(table) + text(table.head(0))),
}


@pytest.mark.parametrize(("name", "change"), READ.values(), ids=READ)
def test_a_file_is_read_as_the_plain_one(
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
def test_a_sieve_changes_nothing_of_it(
    tmp_path: Path, name: str, change: Callable[[Table], Written]
) -> None:
    written = change(spread(name))
    content = written.encode() if isinstance(written, str) else written
    given = {"name": FORMS[name][1], "dataset": FORMS[name][0], "form": form_of(name)}
    expected = sampled(tmp_path / "all", content, 2, large=10**9, **given)
    assert not isinstance(expected, str)
    assert sampled(tmp_path / "sieved", content, 2, large=0, **given) == expected


def spread(name: str) -> Table:
    """Return the records of a form; the times of IoTID20 lie on days that tell day from month."""
    table = table_of(name)
    if name != "iotid20":
        return table
    days = pd.date_range("2019-07-01 03:25:53", periods=len(table), freq="26h")
    return table.assign(Timestamp=days.strftime(DAY_FIRST))


def at(row: int, column: str, value: str) -> Callable[[Table], Table]:
    """Change one cell."""

    def change(table: Table) -> Table:
        table = table.copy()
        table.loc[table.index[row], column] = value
        return table

    return change


def swapped(table: Table) -> Written:
    names = [*table.columns[:-2], "difficulty", "attack"]
    return text(table[names], header=False)


SET_ASIDE: dict[str, tuple[str, Callable[[Table], Written], list[object]]] = {
    "a number with two readings among decimal commas": (
        "argus",
        lambda table: text(at(3, "dur", "1.234")(commas(table)), sep=";"),
        [5, "dur", "1.234", "decimal comma"],
    ),
    "a number with two readings among decimal points": (
        "argus",
        lambda table: text(at(3, "dur", "1,234")(table)),
        [5, "dur", "1,234", "decimal point"],
    ),
    "a time of another kind than the others": (
        "iotid20",
        lambda table: text(at(3, "Timestamp", "2019-07-04")(table)),
        [5, "Timestamp", "2019-07-04", "2019-07-25 03:25:53"],
    ),
    "a time of no kind that is read": (
        "iotid20",
        lambda table: text(at(0, "Timestamp", "Jul 25 2019")(table)),
        [2, "Timestamp", "Jul 25 2019", "2019-07-25 03:25:53"],
    ),
    "a day that no month has": (
        "iotid20",
        lambda table: text(at(3, "Timestamp", "31/02/2019 03:25:53 AM")(table)),
        [5, "Timestamp", "31/02/2019 03:25:53 AM", "seconds since 1970"],
    ),
    "label and difficulty in each other's place": (
        "full",
        swapped,
        [1, "difficulty", "normal|neptune", "is no number"],
    ),
}


@pytest.mark.parametrize(("name", "change", "line"), SET_ASIDE.values(), ids=SET_ASIDE)
def test_a_row_that_does_not_parse_says_what_would(
    tmp_path: Path, name: str, change: Callable[[Table], Written], line: list[object]
) -> None:
    form, path = form_of(name), write(tmp_path, name, change(spread(name)))
    rejected = next(iter(read(path, form, form.source(path.name)))).rejected
    row, column, value, reason = rejected.iloc[0]
    assert [row, column] == line[:2]
    assert value in str(line[2]).split("|")
    assert str(line[3]) in reason


REFUSED: dict[str, tuple[str, Callable[[Table], Written], str]] = {
    "a column twice": (
        "csv",
        lambda table: text(pd.concat([table, table[["tcp.len"]]], axis=1)),
        r"column tcp\.len twice, as field 3 .* and 35",
    ),
    "a column in two spellings, neither its own": (
        "10best",
        lambda table: text(table.rename(columns={"proto": "Proto"}).assign(PROTO="x")),
        r"column proto twice, as field 2 \(Proto\) and 20 \(PROTO\)",
    ),
    "a second header in another order": (
        "iotid20",
        reordered,
        r"line 22 is no record but a second header of these columns in another order",
    ),
    "a second header in another order, after a mark": (
        "csv",
        lambda table: text(table) + "\ufeff" + text(table[table.columns[::-1]]),
        r"line 42 is no record but a second header of these columns in another order",
    ),
    "a second header of other columns": (
        "iotid20",
        joined(lambda names: [f"column_{name[::-1]}" for name in names]),
        r"line 22 is no record but a second header of other columns",
    ),
    "a second header with a column more": (
        "csv",
        joined(lambda names: ["added", *names]),
        r"line 22 is a second header of other columns",
    ),
    "a header of another order after records": (
        "argus",
        headless_then(head=True, other=True),
        r"line 10 is no record but a second header",
    ),
    "UTF-16 without a mark": ("csv", coded(b"", "utf-16-le"), "iconv -f UTF-16LE -t UTF-8"),
    "UTF-32 without a mark": ("csv", coded(b"", "utf-32-be"), "iconv -f UTF-32BE -t UTF-8"),
    "UTF-16 that is cut": (
        "csv",
        lambda table: codecs.BOM_UTF16_LE + text(table).encode("utf-16-le")[:-1],
        "truncated data",
    ),
    "Latin-1 in a column that is not read": (
        "csv",
        lambda table: text(table.assign(note="é")).encode("latin-1"),
        "line 2 is no UTF-8; .*iconv -f LATIN1",
    ),
    "Latin-1 in the header": (
        "csv",
        lambda table: text(table.assign(é="x")).encode("latin-1"),
        "line 1 is no UTF-8",
    ),
    "carriage returns for line ends": (
        "argus",
        lambda table: text(table, lineterminator="\r"),
        r"tr '\\r' '\\n'",
    ),
    "carriage returns twice": (
        "csv",
        lambda table: text(table).replace("\n", "\r\r\n"),
        r"tr -d '\\r'",
    ),
    "a first record that pandas took for a header": (
        "full",
        taken_for_header(index=False),
        r"line 1 is a record that a program took for names of columns.*header=None",
    ),
    "the same with an index": ("argus", taken_for_header(index=True), "line 1 is a record that"),
    "empty lines alone": ("csv", lambda _: "\n\n", "holds no line"),
    "ARFF": (
        "full",
        lambda table: "@relation 'KDDTrain'\n@data\n" + text(table, header=False),
        r"is an ARFF file.*KDDTrain\+\.txt",
    ),
    "ARFF that begins with a comment": (
        "full",
        lambda table: "% NSL-KDD\n@RELATION k\n@DATA\n" + text(table, header=False),
        "is an ARFF file",
    ),
    "a column added that is no index": (
        "argus",
        lambda table: text(with_index(table).assign(**{"": "7"}), header=False),
        "has 36 fields.* has 35; delete what was added",
    ),
    "two columns added": (
        "argus",
        lambda table: text(with_index(with_index(table)), header=False),
        "has 37 fields",
    ),
    "no header where one must be": (
        "iotid20",
        lambda table: text(table, header=False),
        "is its header line missing",
    ),
    "dates in two orders": (
        "iotid20",
        lambda table: text(at(5, "Timestamp", "07/25/2019 03:25:53 AM")(table)),
        r"Timestamp is day/month in line 13 .* and month/day in line 7 ",
    ),
    "dates in two orders, far from each other": (
        "iotid20",
        lambda table: text(
            at(0, "Timestamp", "07/25/2019 03:25:53 AM")(
                pd.concat([table] * 100).reset_index(drop=True)
            ).iloc[::-1]
        ),
        r"line 4001: Timestamp is '07/25/2019 03:25:53 AM'.*day/month",
    ),
    "decimal commas and points": (
        "10best",
        lambda table: text(at(0, "max", "0.5")(commas(table)), sep=";"),
        r"decimal comma \(\d+,\d+\) and with a decimal point \(0\.5\)",
    ),
    "a packed file without its suffix": (
        "csv",
        lambda table: gzip.compress(text(table).encode()),
        r"is packed by gzip; rename it",
    ),
    "a spreadsheet": ("csv", lambda _: b"PK\x03\x04rest", "save it as CSV"),
    "a header alone": ("csv", lambda table: text(table.head(0)), "no record after line 1"),
    "lines of another width": (
        "csv",
        lambda table: text(table.head(0)) + "1,2\n" * 9,
        r"no record of 34 fields: line 2 has 2 fields, expected 34 \('1,2'\)",
    ),
}


@pytest.mark.parametrize(("name", "change", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_certain_is_refused_in_one_line(
    tmp_path: Path, name: str, change: Callable[[Table], Written], message: str
) -> None:
    path = write(tmp_path, name, change(spread(name)))
    with pytest.raises(InputError, match=message) as error:
        whole(path, name)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "case", ["UTF-16 without a mark", "carriage returns for line ends", "carriage returns twice"]
)
def test_the_command_that_a_message_names_helps(tmp_path: Path, case: str) -> None:
    name, change, _ = REFUSED[case]
    path = write(tmp_path, name, change(spread(name)))
    with pytest.raises(InputError) as error:
        whole(path, name)
    command = str(error.value).rsplit(": ", 1)[1]
    done = subprocess.run(shlex.split(command), stdin=path.open(), capture_output=True, check=True)
    assert len(whole(write(tmp_path, name, done.stdout), name).records) == ROWS


def undecided(table: Table) -> Table:
    """Give dates whose days are all at most 12, in no month alone."""
    days = [f"{day:02d}/{month:02d}/2019 03:25:53 AM" for day in range(1, 9) for month in (3, 4)]
    return table.head(len(days)).assign(Timestamp=days)


def test_dates_of_two_readings_are_read_as_published_and_both_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "iotid20", text(undecided(spread("iotid20"))))
    found = whole(path, "iotid20")
    assert pd.to_datetime(found.records["Timestamp"], unit="s").dt.month.tolist() == [3, 4] * 8
    (said,) = found.notices
    assert said.startswith(f"{path}: the dates of Timestamp may be day/month or month/day")
    assert "read as day/month" in said


def test_one_date_decides_the_order_of_the_whole_file(tmp_path: Path) -> None:
    """However far it is from the first lines."""
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
def test_decimal_commas_after_lines_without_decimals_stop_the_file(
    tmp_path: Path, odd: str
) -> None:
    """Else 1.234, anywhere in it, would be another number than was written."""
    table = spread("argus")
    for column in form_of("argus").columns:
        if column.kind == "number":
            table[column.header] = "1"
    many = pd.concat([table] * 60, ignore_index=True)
    many.loc[0, "rate"] = "1.234"
    many.loc[len(many) - 1, "rate"] = odd
    path = write(tmp_path, "argus", text(many, sep=";"))
    assert path.stat().st_size > 1 << 17
    with pytest.raises(InputError, match=rf"line \d+: rate is '{odd}'.*with a decimal point"):
        whole(path, "argus")


def test_rows_keep_the_numbers_of_their_lines_after_a_header_again(tmp_path: Path) -> None:
    table = spread("csv")
    path = write(tmp_path, "csv", joined(list)(table))
    half = len(table) // 2
    assert whole(path, "csv").records["row"].tolist() == [
        *range(2, half + 2),
        *range(half + 3, len(table) + 3),
    ]


@pytest.mark.parametrize(
    ("name", "change"),
    [case for case in READ.values() if case[0] != "argus"],  # its columns are of other forms, too
    ids=[case for case, (name, _) in READ.items() if name != "argus"],
)
def test_a_file_in_any_dialect_is_recognised(
    tmp_path: Path, name: str, change: Callable[[Table], Written]
) -> None:
    path = write(tmp_path, name, change(spread(name))).rename(tmp_path / "renamed.data")
    assert recognised(path).dataset.name == FORMS[name][0]


def test_arff_is_refused_by_its_name_when_audited(tmp_path: Path) -> None:
    path = tmp_path / "KDDTrain+.arff"
    path.write_text("@relation k\n@attribute class {normal, anomaly}\n@data\n1,normal\n")
    with pytest.raises(InputError, match=r"is an ARFF file.*KDDTrain\+\.txt"):
        recognised(path)


def test_what_no_form_can_read_is_said_when_audited(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("a,b,c,d\n1,2,3,4\n".encode("utf-16-le"))
    with pytest.raises(InputError, match="is UTF-16LE without a byte-order mark"):
        recognised(path)


@pytest.mark.parametrize(
    "form",
    [form for name in datasets.names() for form in datasets.load(name).forms],
    ids=lambda form: form.title,
)
def test_no_two_columns_of_a_form_share_a_spelling(form: Form) -> None:
    names = header.wanted(form) | set(form.layout)
    assert len({key(name) for name in names}) == len(names)


CASES = {
    "b05-index-headerless": ("argus", 80),
    "b07-decimal-commas": ("argus", 79),
    "b16-utf16": ("argus", 59),
    "c01-iso-times": ("iotid20", 79),
    "c02-us-times-ambiguous": ("iotid20", 79),
    "c05-spaces-for-underscores": ("iotid20", 79),
    "f01-42-fields": ("full", 80),
}


@pytest.mark.mirror
@pytest.mark.parametrize("case", CASES)
def test_the_shared_cases_are_read(mirror: Path, case: str) -> None:
    name, count = CASES[case]
    batch = whole(next((mirror / "cases" / case).iterdir()), name)
    assert len(batch.records) == count
    assert batch.rejected.empty
