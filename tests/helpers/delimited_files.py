"""Delimited files as programs save, export and concatenate them, for the tests of readers."""

import codecs
import csv
import io
from collections.abc import Callable
from pathlib import Path

import native
import pandas as pd
import pyarrow as pa

from ecnet import datasets
from ecnet.datasets.declaration import Format
from ecnet.readers import RecordBatch, read

Table = pd.DataFrame
"""Text cells by header name."""

Written = str | bytes
FORMATS = {
    "argus": ("bot-iot", "UNSW_2018_IoT_Botnet_Dataset_1.csv"),
    "10best": ("bot-iot", "UNSW_2018_IoT_Botnet_Final_10_Best.csv"),
    "iotid20": ("iot-ni", "IoT Network Intrusion Dataset.csv"),
    "csv": ("mqttset", "train70_reduced.csv"),
    "full": ("nsl-kdd", "KDDTrain+.txt"),
}
ROWS = 40
DAY_FIRST = "%d/%m/%Y %I:%M:%S %p"


def format_of(name: str) -> Format:
    return datasets.load(FORMATS[name][0]).format(name)


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
    """Return some records of a format as text, in the order of its layout."""
    format = format_of(name)
    table = native.records(format, f"cases {name}", lambda label: labels_of(name, label)).head(ROWS)
    if name in ("argus", "10best"):
        table["pkSeqID"] = [str(number) for number in range(1, len(table) + 1)]
    return table[list(format.layout)] if format.layout else table


def text(table: Table, **options: object) -> str:
    """Return a table as CSV."""
    out = io.StringIO(newline="")
    table.to_csv(out, **{"index": False, "lineterminator": "\n", **options})
    return out.getvalue()


def plain(name: str, table: Table) -> str:
    return text(table, header=name not in ("argus", "full"))


def whole(path: Path, name: str) -> RecordBatch:
    format = format_of(name)
    batches = list(read(path, format, format.source(path.name)))
    return RecordBatch(
        table=pa.concat_tables([batch.table for batch in batches]),
        rejected=pd.concat([batch.rejected for batch in batches], ignore_index=True),
        notices=batches[-1].notices,
    )


def write(folder: Path, name: str, written: Written) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / FORMATS[name][1]
    path.write_bytes(written.encode() if isinstance(written, str) else written)
    return path


def separated(by: str) -> Callable[[Table], Written]:
    return lambda table: text(table, sep=by)


def headless(by: str) -> Callable[[Table], Written]:
    return lambda table: text(table, sep=by, header=False)


def renamed(spell: Callable[[str], str], **options: object) -> Callable[[Table], Written]:
    return lambda table: text(table.rename(columns=spell), **options)


def with_times(write_time: Callable[[pd.Series], pd.Series]) -> Callable[[Table], Written]:
    """Write the times of IoTID20 differently; some dates are unambiguous."""

    def change(table: Table) -> Written:
        times = pd.to_datetime(table["Timestamp"], format=DAY_FIRST)
        return text(table.assign(Timestamp=write_time(times)))

    return change


def formatted(format: str) -> Callable[[Table], Written]:
    return with_times(lambda times: times.dt.strftime(format))


def commas(table: Table) -> Table:
    """Write decimal commas, as spreadsheets do in many countries."""
    return table.replace(r"^(-?\d+)\.(\d+)$", r"\1,\2", regex=True)


def thousands(table: Table, mark: str, point: str) -> Table:
    """Write the times of Argus, which are large numbers, with thousands separators."""

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
    """Write as R does: the header has one name less than the records have fields."""

    def change(table: Table) -> Written:
        head = by.join(table.columns) + "\n"
        return head + text(with_index(table, start=1), sep=by, header=False)

    return change


def ended(records: str = ",", head: str = ",") -> Callable[[Table], Written]:
    """Write a separator after the last field of the records, and of the header."""

    def change(table: Table) -> Written:
        first, *rest = text(table).splitlines()
        return "".join([first + head + "\n", *(line + records + "\n" for line in rest)])

    return change


def blank_columns(names: str) -> Callable[[Table], Written]:
    """Write undeclared columns with the same name, before and after the others."""

    def change(table: Table) -> Written:
        first, *rest = text(table).splitlines()
        lines = [f"{names},{first},{names},{names}", *(f"7,{line},," for line in rest)]
        return "\n".join(lines) + "\n"

    return change


def joined(head: Callable[[list[str]], list[str]], by: str = ",") -> Callable[[Table], Written]:
    """Write two concatenated files, the second with its own header."""

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
    """Write two concatenated files, the second with a different order of columns."""
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
    """Write a header as programs invent it for a file without one."""

    def change(table: Table) -> Written:
        names = [f"{prefix}{start + place}" for place in range(table.shape[1])]
        return text(table.set_axis(names, axis=1), **options)

    return change


def taken_for_header(index: bool) -> Callable[[Table], Written]:
    """Write as pandas does after reading a file without header=None."""
    return lambda table: text(pd.read_csv(io.StringIO(text(table, header=False))), index=index)


def with_gaps(mark: str) -> Callable[[Table], Written]:
    return lambda table: text(table.replace("", mark))


def in_quotes(name: str) -> Callable[[Table], Written]:
    """Write categories and labels with quotes as a part of the cell, as Weka does."""
    format = format_of(name)
    names = [c.header for c in format.columns if c.kind == "category"] + list(format.labels)
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


def spread(name: str) -> Table:
    """Return the records of a format; some dates of IoTID20 are unambiguous."""
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
