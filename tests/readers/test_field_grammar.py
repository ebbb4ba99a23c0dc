"""Cells by grammar: what they mean is computed independently, by another parser or by writing them.

test_spelling.py has cells of random characters, and fuzz/ whole files.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small import FORMAT

from ecnet.datasets.declaration import Column
from ecnet.readers import decimals, times
from ecnet.readers.batch import RawBatch, cast
from ecnet.readers.decimals import Marks

FEW = settings(max_examples=60)
LENGTHS = st.sampled_from([1, 2, 5, 20, 300])
SIGN = st.sampled_from(["", "", "-", "+"])


@st.composite
def digits(draw: st.DrawFn, alphabet: str = "0123456789") -> str:
    """Return up to 300 digits, more than any type holds."""
    return draw(st.text(alphabet, min_size=1, max_size=3)) * draw(LENGTHS)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    whole, fraction = draw(digits()), draw(st.one_of(st.just(""), digits().map(".".__add__)))
    power = draw(st.one_of(st.just(""), st.integers(-400, 400).map("e{}".format)))
    return f"{draw(SIGN)}{whole}{fraction}{power}"


def typed(text: str, column: Column) -> tuple[object, bool]:
    values, bad = cast(pa.chunked_array([pa.array([text], pa.string())]), column)
    return values[0].as_py(), bool(bad[0])


@given(numbers())
@FEW
def test_a_number_has_the_value_of_its_digits(text: str) -> None:
    assert typed(text, Column("n")) == (float(Decimal(text)), False)


@given(st.one_of(numbers(), digits("0123456789abcdefABCDEF").map("0x".__add__)))
@example("0x" + "f" * 300)
@example("-1")
@FEW
def test_a_port_is_a_whole_number_of_16_bits_or_rejected(text: str) -> None:
    exact = Fraction(int(text, 16) if text.startswith("0x") else Decimal(text))
    is_port = exact.denominator == 1 and 0 <= exact <= 65535
    rounded = not text.startswith("0x") and float(Decimal(text)).is_integer()
    if is_port:
        assert typed(text, Column("p", "port")) == (int(exact), False)
    elif exact == -1:
        assert typed(text, Column("p", "port")) == (None, False)
    elif not (rounded and -1 <= exact <= 65535):  # a double cannot tell 80 + 1e-30 from 80
        assert typed(text, Column("p", "port")) == (None, True)


LAYOUTS = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S+00:00",
    "%Y/%m/%d %H:%M:%S",
    "%d/%m/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S%p",
]
TIME = Column("t", "time", format="%d/%m/%Y %I:%M:%S %p")
BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(seconds=st.lists(st.integers(0, 2**32), min_size=1, max_size=5))
@FEW
def test_times_in_any_layout_are_read_as_they_were_written(layout: str, seconds: list[int]) -> None:
    seconds = [*seconds, 1_577_793_600]  # 31 December tells day from month
    cells = [(BEGIN + timedelta(seconds=second)).strftime(layout) for second in seconds]
    text = pa.chunked_array([pa.array(cells, pa.string())])
    raw = RawBatch(pa.table({"t": text}), np.arange(len(cells)))
    found = times.detect(TIME, [raw], Path("x.csv"))
    values, bad = times.parse(text, found.format)
    assert values.to_pylist() == seconds
    assert not bad.any()


CLOCKS = (
    "",
    " 03:25",
    " 3:25:53 PM",
    "T03:25:53Z",
    " 25:61:61",
    " 15:25:53 PM",
    " 03:25:53.123456",
)
DATES = ("25/07/2019", "0/0/0", "99/99/9999", "2019-02-30", "2019/7/25", "07.25.2019", "1-1-0001")


@given(st.sampled_from(DATES), st.sampled_from(CLOCKS), st.sampled_from(["", " ", "x", "+14:00"]))
@FEW
def test_an_almost_valid_time_is_read_or_rejected(date: str, clock: str, end: str) -> None:
    text = date + clock + end
    format = times.format_of(text, TIME)
    value, bad = typed(text, Column("t", "time", format=format or TIME.format))
    assert bad == (value is None)


@given(st.one_of(numbers(), st.floats(allow_nan=False).map(repr)))
@example("1e400")
@example("inf")
@example("-1e9")
@example("253402300800")
@example("1000000000000000000")
@FEW
def test_seconds_of_the_years_1_to_9999_are_times_and_others_are_rejected(text: str) -> None:
    value, bad = typed(text, Column("t", "time"))
    if bad:
        assert value is None
        assert not -62_135_596_800 <= float(text) < 253_402_300_800
    else:
        assert value == float(text)
        assert 1 <= datetime.fromtimestamp(float(text), UTC).year <= 9999


@pytest.mark.parametrize("marks", [Marks(",", "."), Marks(",", " "), Marks(".", ",")])
@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=5))
@FEW
def test_numbers_of_a_spreadsheet_have_the_values_that_were_written(
    marks: Marks, given_numbers: list[Decimal]
) -> None:
    swap = {",": marks.thousands, ".": marks.decimal}
    cells = ["".join(swap.get(mark, mark) for mark in f"{one:,}") for one in given_numbers]
    column = next(one for one in decimals.numeric(FORMAT) if one.kind == "number")
    table = pa.table({column.header: pa.chunked_array([pa.array(cells, pa.string())])})
    raw = RawBatch(table, np.arange(len(cells)))
    read = decimals.normalized(raw, FORMAT, marks).table[column.header]
    values, bad = cast(read, column)
    assert values.to_pylist() == [float(one) for one in given_numbers]
    assert not bad.any()
