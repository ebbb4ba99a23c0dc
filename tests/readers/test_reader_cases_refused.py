"""Delimited files that are set aside or refused: each says why, and what helps."""

import codecs
import gzip
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from delimited_files import (
    ROWS,
    Table,
    Written,
    at,
    coded,
    commas,
    form_of,
    headless_then,
    joined,
    reordered,
    spread,
    taken_for_header,
    text,
    whole,
    with_index,
    write,
)

from ecnet.errors import InputError
from ecnet.readers import read


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
    format, path = form_of(name), write(tmp_path, name, change(spread(name)))
    rejected = next(iter(read(path, format, format.source(path.name)))).rejected
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
