"""Delimited files with rejected rows or errors: messages have a reason and a remedy."""

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
    format_of,
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


REJECTED: dict[str, tuple[str, Callable[[Table], Written], list[object]]] = {
    "an ambiguous number among decimal commas": (
        "argus",
        lambda table: text(at(3, "dur", "1.234")(commas(table)), sep=";"),
        [5, "dur", "1.234", "decimal comma"],
    ),
    "an ambiguous number among decimal points": (
        "argus",
        lambda table: text(at(3, "dur", "1,234")(table)),
        [5, "dur", "1,234", "decimal point"],
    ),
    "a time in another format than the others": (
        "iotid20",
        lambda table: text(at(3, "Timestamp", "2019-07-04")(table)),
        [5, "Timestamp", "2019-07-04", "2019-07-25 03:25:53"],
    ),
    "a time in an unsupported format": (
        "iotid20",
        lambda table: text(at(0, "Timestamp", "Jul 25 2019")(table)),
        [2, "Timestamp", "Jul 25 2019", "2019-07-25 03:25:53"],
    ),
    "a day that does not exist": (
        "iotid20",
        lambda table: text(at(3, "Timestamp", "31/02/2019 03:25:53 AM")(table)),
        [5, "Timestamp", "31/02/2019 03:25:53 AM", "seconds since 1970"],
    ),
    "label and difficulty swapped": (
        "full",
        swapped,
        [1, "difficulty", "normal|neptune", "is not a number"],
    ),
}


@pytest.mark.parametrize(("name", "change", "line"), REJECTED.values(), ids=REJECTED)
def test_a_rejected_row_has_a_reason_and_a_remedy(
    tmp_path: Path, name: str, change: Callable[[Table], Written], line: list[object]
) -> None:
    format, path = format_of(name), write(tmp_path, name, change(spread(name)))
    rejected = next(iter(read(path, format, format.source(path.name)))).rejected
    row, column, value, reason = rejected.iloc[0]
    assert [row, column] == line[:2]
    assert value in str(line[2]).split("|")
    assert str(line[3]) in reason


ERRORS: dict[str, tuple[str, Callable[[Table], Written], str]] = {
    "a column twice": (
        "csv",
        lambda table: text(pd.concat([table, table[["tcp.len"]]], axis=1)),
        r"column tcp\.len twice, as field 3 .* and 35",
    ),
    "a column in two wrong spellings": (
        "10best",
        lambda table: text(table.rename(columns={"proto": "Proto"}).assign(PROTO="x")),
        r"column proto twice, as field 2 \(Proto\) and 20 \(PROTO\)",
    ),
    "a second header in another order": (
        "iotid20",
        reordered,
        r"line 22 is a second header with a different order of columns",
    ),
    "a second header in another order, after a mark": (
        "csv",
        lambda table: text(table) + "\ufeff" + text(table[table.columns[::-1]]),
        r"line 42 is a second header with a different order of columns",
    ),
    "a second header of other columns": (
        "iotid20",
        joined(lambda names: [f"column_{name[::-1]}" for name in names]),
        r"line 22 is a second header with other columns",
    ),
    "a second header with an additional column": (
        "csv",
        joined(lambda names: ["added", *names]),
        r"line 22 is a second header with other columns",
    ),
    "a header of another order after records": (
        "argus",
        headless_then(head=True, other=True),
        r"line 10 is a second header",
    ),
    "UTF-16 without a mark": ("csv", coded(b"", "utf-16-le"), "iconv -f UTF-16LE -t UTF-8"),
    "UTF-32 without a mark": ("csv", coded(b"", "utf-32-be"), "iconv -f UTF-32BE -t UTF-8"),
    "truncated UTF-16": (
        "csv",
        lambda table: codecs.BOM_UTF16_LE + text(table).encode("utf-16-le")[:-1],
        "truncated data",
    ),
    "Latin-1 in a column that is not read": (
        "csv",
        lambda table: text(table.assign(note="é")).encode("latin-1"),
        "line 2 is not UTF-8; .*iconv -f LATIN1",
    ),
    "Latin-1 in the header": (
        "csv",
        lambda table: text(table.assign(é="x")).encode("latin-1"),
        "line 1 is not UTF-8",
    ),
    "carriage returns as line ends": (
        "argus",
        lambda table: text(table, lineterminator="\r"),
        r"tr '\\r' '\\n'",
    ),
    "carriage returns twice": (
        "csv",
        lambda table: text(table).replace("\n", "\r\r\n"),
        r"tr -d '\\r'",
    ),
    "a first record that pandas used as a header": (
        "full",
        taken_for_header(index=False),
        r"line 1 is a record that a program used as column names.*header=None",
    ),
    "the same with an index": ("argus", taken_for_header(index=True), "line 1 is a record that"),
    "only empty lines": ("csv", lambda _: "\n\n", "contains no line"),
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
    "ARFF without its first line": (
        "full",
        lambda table: "@attribute 'class' {'normal'}\n@data\n" + text(table, header=False),
        "is an ARFF file",
    ),
    "an added column that is not an index": (
        "argus",
        lambda table: text(with_index(table).assign(**{"": "7"}), header=False),
        "has 36 fields.* has 35; delete added fields",
    ),
    "two columns added": (
        "argus",
        lambda table: text(with_index(with_index(table)), header=False),
        "has 37 fields",
    ),
    "a missing header": (
        "iotid20",
        lambda table: text(table, header=False),
        "is its header line missing",
    ),
    "dates in two orders": (
        "iotid20",
        lambda table: text(at(5, "Timestamp", "07/25/2019 03:25:53 AM")(table)),
        r"Timestamp is day/month in line 13 .* and month/day in line 7 ",
    ),
    "ambiguous dates that are not as published": (
        "iotid20",
        lambda table: text(table.assign(Timestamp="03/04/2019 15:25")),
        r"\(03/04/2019 may be 2019-04-03 or 2019-03-04\).*; write them as 2019-07-25 03:25:53",
    ),
    "dates in two orders, far apart": (
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
    "a compressed file without its suffix": (
        "csv",
        lambda table: gzip.compress(text(table).encode()),
        r"is compressed with gzip; rename it",
    ),
    "a spreadsheet": ("csv", lambda _: b"PK\x03\x04rest", "save it as CSV"),
    "only a header": ("csv", lambda table: text(table.head(0)), "no record after line 1"),
    "lines with a wrong number of fields": (
        "csv",
        lambda table: text(table.head(0)) + "1,2\n" * 9,
        r"no record of 34 fields: line 2 has 2 fields, expected 34 \('1,2'\)",
    ),
}


@pytest.mark.parametrize(("name", "change", "message"), ERRORS.values(), ids=ERRORS)
def test_an_uncertain_file_is_an_error_in_one_line(
    tmp_path: Path, name: str, change: Callable[[Table], Written], message: str
) -> None:
    path = write(tmp_path, name, change(spread(name)))
    with pytest.raises(InputError, match=message) as error:
        whole(path, name)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "case", ["UTF-16 without a mark", "carriage returns as line ends", "carriage returns twice"]
)
def test_the_command_in_a_message_works(tmp_path: Path, case: str) -> None:
    name, change, _ = ERRORS[case]
    path = write(tmp_path, name, change(spread(name)))
    with pytest.raises(InputError) as error:
        whole(path, name)
    command = str(error.value).rsplit(": ", 1)[1]
    done = subprocess.run(shlex.split(command), stdin=path.open(), capture_output=True, check=True)
    assert len(whole(write(tmp_path, name, done.stdout), name).records) == ROWS
