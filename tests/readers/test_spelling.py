"""Categories and labels have one canonical spelling, whatever program wrote them."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import FORMAT, HEADER, ROW, failure, whole

from ecnet import datasets
from ecnet.datasets import _labels
from ecnet.datasets.declaration import Column
from ecnet.readers import times
from ecnet.readers.batch import cast
from ecnet.readers.spelling import canonical


def spelled(*texts: str | None, hexadecimal: int = 0) -> list[str | None]:
    chunked = pa.chunked_array([pa.array(texts, pa.string())])
    found: list[str | None] = canonical(chunked, hexadecimal).to_pylist()
    return found


@pytest.mark.parametrize(
    ("plain", "texts"),
    [
        ("6", ["6", "6.", "6.0", "6.00", "06", "+6", "6e0", "0.6E1", "60e-1", " 6.0 ", "0x06"]),
        ("0", ["0", "0.0", "-0", "-0.0", "00", ".0", "0e9", "0x0", "False", "false", "FALSE"]),
        ("1", ["1", "1.0", "True", "true", "TRUE", "1e0"]),
        ("-1", ["-1", "-1.0", "-01"]),
        ("1000", ["1000", "1e3", "1E+03", "1000.000"]),
        ("12345678901234567890", ["12345678901234567890", "12345678901234567890.0"]),
        (None, [None, "", "-", "(empty)", "?", "NaN", "nan", " "]),
    ],
)
def test_one_value_has_one_spelling(plain: str | None, texts: list[str]) -> None:
    assert spelled(*texts) == [plain] * len(texts)


@pytest.mark.parametrize(
    "text",
    [
        *("tcp", "TCP", "S0", "SF", "ShADad", "1.10", "1.1", "0.5", "e s", "1_0", "1e", "0x", "٣"),
        *("1,5", "1e400x", "inf", "T", "192.168.1.1", "6.0.0", "1e9999", "9" * 41 + ".0", "0xfg"),
    ],
)
def test_text_that_is_not_a_whole_number_is_unchanged(text: str) -> None:
    assert spelled(text) == [text]


def test_hexadecimal_numbers_have_the_digits_of_their_column_and_stay_hexadecimal() -> None:
    texts = ["0x0018", "0x18", "0X018", "0x00000018"]
    assert spelled(*texts, hexadecimal=4) == ["0x0018"] * 4
    assert spelled("0", "0.0", "0x00", hexadecimal=2) == ["0", "0", "0x00"]
    assert spelled("0x" + "f" * 300) == ["0x" + "f" * 300]


def test_a_category_does_not_depend_on_its_neighbours() -> None:
    texts = ["6", "6.0", "tcp", None, "0x06", "1.10"]
    assert spelled(*texts) == [spelled(text)[0] for text in texts]


CELL = st.text(alphabet="0123456789.+-eExXfFnaNiI_ tu٣()", max_size=8) | st.sampled_from(
    [
        *("1e400", "-1e999", "1" * 400, "0x" + "9" * 300, "inf", "nan(1)", "NAN", "-nan", "+nan"),
        *(
            "0xFFFFFFFF",
            "0x1FFFF",
            "65535",
            "65536",
            "-1",
            "-1.0",
            "80.0",
            "80.5",
            "\uff18\uff10",
            "http",
        ),
        *("9" * 300, "1e-400", "-0", "+80", "0080", "True", "infinity", "0x-5", "\x00", "1\x00"),
    ]
)
KINDS = [Column("n"), Column("p", "port"), Column("t", "time"), Column("c", "category")]


@pytest.mark.parametrize("column", KINDS, ids=lambda column: column.kind)
@given(cells=st.lists(CELL, min_size=1, max_size=6))
def test_a_cell_does_not_depend_on_its_neighbours(column: Column, cells: list[str]) -> None:
    def typed(texts: list[str]) -> list[tuple[object, bool]]:
        values, bad = cast(pa.chunked_array([pa.array(texts, pa.string())]), column)
        return list(zip(map(str, values.to_pylist()), bad.tolist(), strict=True))

    together = typed(cells)
    assert together == [typed([cell])[0] for cell in cells]
    assert together == typed([*cells, "an odd one"])[: len(cells)]  # on the slow path
    assert "nan" not in {value for value, _ in together if column.kind != "category"}


@pytest.mark.parametrize("text", ["0x" + "9" * 300, "9" * 300, "1e400", "nan(1)", "0x", "\uff18_0"])
def test_a_port_far_out_of_range_is_rejected(file, text: str) -> None:
    batch = whole(file(HEADER + ROW + f"1,a,{text},1,x,ok\n"))
    assert batch.rejected.values.tolist() == [[3, "sport", text[:80], "is not a port"]]
    assert len(batch.records) == 1


def test_labels_are_classified_in_their_canonical_spelling(file) -> None:
    codes = replace(FORMAT, classify=lambda labels, _: labels["kind"].map({"0": "Normal"}))
    rows = "".join(f"1,a,1,1,x,{text}\n" for text in ("0", "0.0", " 0", "False", "0x0"))
    assert whole(file(HEADER + rows), codes).records["label"].tolist() == ["Normal"] * 5
    text = failure(file(HEADER + "1,a,1,1,x,2.0\n"), codes)
    assert "kind=2.0" in text  # as in the file


FORMATS = [
    pytest.param(format, id=f"{name}-{format.name}")
    for name in datasets.names()
    for format in datasets.load(name).formats
]


@pytest.mark.parametrize("format", FORMATS)
def test_no_two_classes_of_a_format_differ_only_by_case_or_separators(format) -> None:
    keys = [_labels._key(name) for name in format.classes]
    assert len(set(keys)) == len(format.classes)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2262-04-12 00:00:00", 9_223_372_800.0),
        ("9999-12-31 23:59:59", 253_402_300_799.0),
        ("0001-01-01 00:00:00", -62_135_596_800.0),
        ("0001-01-01 00:00:00+14:00", None),
        ("9999-12-31 23:59:59-14:00", None),
    ],
)
def test_a_date_of_any_year_is_converted(text: str, seconds: float | None) -> None:
    """After 2262, nanoseconds since 1970 do not fit into 64 bits."""
    cells = pa.chunked_array([pa.array([text, "1970-01-01 00:00:01", None])])
    found, bad = times.parse(cells, "ISO8601")
    assert found.to_pylist()[1:] == [1.0, None]
    assert bad.tolist()[1:] == [False, False]
    if seconds is None:  # in UTC it is outside the years 1 to 9999
        assert (found[0].as_py() is None) == bool(bad[0])
    else:
        assert (found[0].as_py(), bool(bad[0])) == (seconds, False)
