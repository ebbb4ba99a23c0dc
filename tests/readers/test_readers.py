"""Reading delimited files: types, line numbers, rejected rows, and wrong files."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import FORMAT, HEADER, ROW, SOURCE, failure, whole

from ecnet.datasets.declaration import Column, Format
from ecnet.readers import lines, read, times


def test_columns_have_the_types_of_their_kinds(file):
    records = whole(file(HEADER + ROW + "2,udp,,11,,bad\n")).records
    assert records["size"].dtype == np.float64
    assert records["proto"].dtype == "str"
    assert records["sport"].dtype == pd.Int32Dtype()
    assert records["at"].dtype == np.float64
    assert records["label"].dtype == "str"
    assert records["row"].dtype == np.int64
    assert list(records.columns) == ["size", "proto", "sport", "at", "note", "label", "row"]
    assert records.iloc[0].tolist() == [1.5, "tcp", 80, 10.25, "x", "Normal", 2]
    assert records.iloc[1][["sport", "note"]].isna().all()


def test_types_do_not_depend_on_the_values_of_a_block(file):
    usual = whole(file(HEADER + ROW)).records.dtypes
    missing = whole(file(HEADER + "-,-,-,-,-,ok\n")).records.dtypes
    odd = whole(file(HEADER + " 2 , tcp,0x50,11, y ,ok\n")).records.dtypes
    assert usual.equals(missing)
    assert usual.equals(odd)


@pytest.mark.parametrize("text", ["", "-", "(empty)", "?", "NaN", "nan", " "])
def test_missing_values_are_missing_in_columns_of_every_kind(file, text):
    records = whole(file(HEADER + f"{text},{text},{text},{text},{text},ok\n")).records
    assert records.iloc[0, :5].isna().all()


def test_infinities_are_numbers(file):
    rows = "".join(f"{text},a,1,1,x,ok\n" for text in ["Infinity", "inf", "-inf", "-Infinity"])
    assert whole(file(HEADER + rows)).records["size"].tolist() == [np.inf, np.inf, -np.inf, -np.inf]


@pytest.mark.parametrize(
    ("text", "port"), [("80", 80), ("0x0303", 771), ("80.0", 80), ("-1", None), ("65535", 65535)]
)
def test_ports_may_be_written_in_several_ways(file, text, port):
    read_port = whole(file(HEADER + f"1,a,{text},1,x,ok\n")).records["sport"][0]
    assert (None if read_port is pd.NA else read_port) == port


@pytest.mark.parametrize("text", ["65536", "80.5", "-2", "http", "inf", "8_0"])
def test_an_invalid_port_is_rejected(file, text):
    batch = whole(file(HEADER + ROW + f"1,a,{text},1,x,ok\n"))
    assert batch.rejected.iloc[0].tolist() == [3, "sport", text, "is not a port"]
    assert batch.records["row"].tolist() == [2]


def test_times_with_a_format_are_seconds_since_the_epoch(file):
    format = Format(
        **{
            **vars(FORMAT),
            "columns": (Column("at", "time", format="%d/%m/%Y %I:%M:%S %p"),),
            "layout": ("at", "kind"),
        }
    )
    path = file("at,kind\n25/07/2019 03:25:53 AM,ok\n25/07/2019 12:00:00 PM,ok\n2019,ok\n,ok\n")
    batch = whole(path, format)
    assert batch.records["at"].tolist()[:2] == [1564025153.0, 1564056000.0]
    assert np.isnan(batch.records["at"][2])
    assert batch.rejected.values.tolist() == [
        [4, "at", "2019", f"is not a time; supported are {times.SUPPORTED}"]
    ]


def test_rejected_rows_have_line_column_value_and_reason(file):
    path = file(HEADER + ROW + "x,tcp,80,1,n,ok\n" + "1,tcp,80\n" + "\n" + ROW)
    batch = whole(path)
    assert batch.records["row"].tolist() == [2, 6]
    assert batch.rejected.values.tolist() == [
        [3, "size", "x", "is not a number"],
        [4, "", "1,tcp,80", "has 3 fields, expected 6"],
        [5, "", "", "empty"],
    ]


def test_a_row_with_two_invalid_cells_is_rejected_once(file):
    assert len(whole(file(HEADER + ROW + "x,tcp,y,1,n,ok\n")).rejected) == 1


@given(
    kinds=st.lists(st.sampled_from(["good", "short", "empty", "word"]), min_size=1, max_size=60),
    header=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    block=st.integers(60, 400),
)
@settings(max_examples=60)
def test_every_line_is_a_record_or_rejected_with_its_own_number(
    tmp_path_factory, kinds, header, end, last, block
):
    texts = {"good": ROW.strip(), "short": "1,2", "empty": "", "word": "x,tcp,80,1,n,ok"}
    kinds = ["good", *kinds, "good"]
    body = ([HEADER.strip()] if header else []) + [texts[kind] for kind in kinds]
    path = tmp_path_factory.mktemp("lines") / "records.csv"
    path.write_bytes((end.join(body) + (end if last else "")).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", block)
        batch = whole(path)
    numbered = list(enumerate(kinds, start=2 if header else 1))
    assert batch.records["row"].tolist() == [row for row, kind in numbered if kind == "good"]
    assert batch.rejected["row"].tolist() == [row for row, kind in numbered if kind != "good"]


@given(
    values=st.lists(st.floats(allow_nan=False) | st.integers(-(10**9), 10**9), min_size=1),
    odd=st.sampled_from(["", " 7 ", "x"]),
)
@settings(max_examples=60)
def test_a_number_does_not_depend_on_its_neighbours(tmp_path_factory, values, odd):
    path = tmp_path_factory.mktemp("numbers") / "records.csv"
    rows = [f"{value},a,1,1,x,ok" for value in values]
    path.write_text(HEADER + "\n".join([*rows, f"{odd},a,1,1,x,ok"]) + "\n")
    sizes = whole(path).records["size"].tolist()[: len(values)]
    assert sizes == [float(value) for value in values]


def test_records_do_not_depend_on_the_size_of_a_block(file, monkeypatch):
    path = file(HEADER + "".join(f"{n},tcp,{n},{n}.5,x,ok\n" for n in range(500)))
    at_once = whole(path).records
    monkeypatch.setattr(lines, "_BLOCK", 100)
    assert len(list(read(path, FORMAT, SOURCE))) > 10
    pd.testing.assert_frame_equal(whole(path).records, at_once)


@pytest.mark.parametrize(
    "content",
    [
        HEADER + ROW + ROW,
        "\ufeff" + HEADER + ROW + ROW,
        (HEADER + ROW + ROW).replace("\n", "\r\n"),
        (HEADER + ROW + ROW).rstrip("\n"),
        (HEADER + ROW + ROW).replace(",", "\t"),
        HEADER + '1.5,"tcp","80",10.25,"x",ok\n' + ROW,
        ROW + ROW,
        "\ufeff" + ROW + ROW,
        "kind,note,at,extra,sport,Proto,size\n" + "ok,x,10.25,7,80,tcp,1.5\n" * 2,
    ],
    ids=[
        "plain",
        "BOM",
        "CRLF",
        "no end",
        "tabs",
        "quotes",
        "headerless",
        "headerless BOM",
        "order",
    ],
)
def test_every_variant_of_a_file_gives_the_same_records(file, content):
    records = whole(file(content)).records.drop(columns="row")
    expected = whole(file(HEADER + ROW + ROW, "expected.csv")).records.drop(columns="row")
    pd.testing.assert_frame_equal(records, expected)


def test_an_optional_column_may_be_missing(file):
    records = whole(file("size,Proto,sport,at,kind\n1,tcp,80,1,ok\n")).records
    assert "note" not in records


def test_the_error_for_a_missing_column_has_the_most_similar_name(file):
    text = failure(file("Sizes,Proto,sport,at,note,kind\n" + ROW))
    assert "no column size" in text
    assert "Sizes" in text


def test_a_misspelt_header_is_not_read_as_a_record(file):
    assert "no column Proto" in failure(file("size,Protocol,sport,at,note,kind\n" + ROW))


def test_a_header_of_another_dataset_is_an_error(file):
    assert "6" in failure(file("ts,uid,orig_h\n1,2,3\n"))


def test_a_repeated_column_is_an_error(file):
    assert "size twice" in failure(file("size,size,Proto,sport,at,kind\n1,1,a,1,1,ok\n"))


def test_a_headerless_file_with_a_wrong_number_of_fields_is_an_error(file):
    text = failure(file("1,2,3\n"))
    assert "3 fields" in text
    assert "6" in text


@pytest.mark.parametrize("content", ["", HEADER, HEADER + "1,2\n"])
def test_a_file_without_records_is_an_error(file, content):
    failure(file(content))


def test_the_error_for_an_unknown_label_has_line_value_and_known_labels(file):
    text = failure(file(HEADER + ROW + "1,a,1,1,x,worse\n" + ROW))
    assert "line 3" in text
    assert "kind=worse" in text
    assert "Normal, Attack" in text


def test_a_last_line_truncated_in_its_label_is_rejected(file):
    batch = whole(file(HEADER + ROW + "1,a,1,1,x,ba"))
    assert batch.records["row"].tolist() == [2]
    assert batch.rejected.values.tolist() == [[3, "kind", "kind=ba", "line is truncated"]]


def test_bytes_that_are_not_utf8_are_an_error(file):
    assert "line 2 is not UTF-8" in failure(file(HEADER.encode() + b"1,\xff\xfe,1,1,x,ok\n"))
    failure(file(b"size,\xff\n1,2\n"))


@pytest.mark.parametrize("stray", ['1,"a,1,1,x,ok\n', '1,"a\nb",1,1,x,ok\n'])
def test_a_quote_that_spans_several_lines_is_an_error(file, stray):
    assert "quote" in failure(file(HEADER + ROW + stray + ROW * 3))
