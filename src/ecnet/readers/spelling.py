"""One spelling for each value: a category, or a label, is the same however a program writes it.

A spreadsheet, pandas and the versions of tshark write one value as 6, 6.0, +6, 06 or 6e0, and one
flag as 1, True or TRUE. Each of them is read as 6, or as 1; quotes around a value (Weka writes
them) are no part of it. What differs in meaning stays apart:
a fraction (1.10 may be a version), the case of a name (it tells who sent, in Zeek's history), and
0 and 0x00 where a column has values in hexadecimal: MQTTset writes 0 where a packet has no field.
"""

import decimal

import pyarrow as pa
import pyarrow.compute as pc

MISSING = (
    *("", "-", "(empty)", "?", "NaN", "nan", "NA", "N/A", "n/a", "#N/A", "<NA>"),
    *("NULL", "null", "None", "\\N"),
)
"""What stands for a missing value: as Zeek (`-`, `(empty)`), Weka (`?`), pandas, R, spreadsheets
and databases write it."""

_MISSING = pa.array(MISSING)
_NUMBER = r"^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?|0[xX][0-9a-fA-F]+)$"
_PLAIN = r"^(?:0|-?[1-9]\d*)$"
_BOOLEANS = {
    text: number
    for name, number in (("true", "1"), ("false", "0"))
    for text in (name, name.upper(), name.capitalize())
}
_QUOTED = r"""^\s*(?:'(.*)'|"(.*)")\s*$"""
_DIGITS = 40
"""Of a whole number at most: one of more is no code of anything, and is left as it is."""


def without_missing(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `text` without outer blanks and with nulls where it stands for a missing value."""
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.is_in(trimmed, _MISSING), pa.scalar(None, pa.string()), trimmed)


def canonical(text: pa.ChunkedArray, hexadecimal: int = 0) -> pa.ChunkedArray:
    """Return `text` (n,) with the one spelling of each value, and nulls where it is missing.

    hexadecimal: how many digits a number in hexadecimal has; 0: it is written in decimal.
    """
    coded = text.combine_chunks().dictionary_encode()
    values = without_missing(pc.replace_substring_regex(coded.dictionary, _QUOTED, r"\1\2"))
    odd = pc.and_not(
        pc.match_substring_regex(values, _NUMBER), pc.match_substring_regex(values, _PLAIN)
    )
    odd = pc.fill_null(pc.or_(odd, pc.is_in(values, pa.array(_BOOLEANS))), False)
    if pc.any(odd).as_py():
        texts = zip(values.to_pylist(), odd.to_pylist(), strict=True)
        values = pa.array(
            [_spelled(value, hexadecimal) if is_odd else value for value, is_odd in texts],
            pa.string(),
        )
    return pa.chunked_array([values.take(coded.indices)])


def _spelled(text: str, hexadecimal: int) -> str:
    """Return the spelling of a number or a boolean; of one that is not whole, the text as it is."""
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[:2] in ("0x", "0X"):
        if len(text) > _DIGITS:
            return text
        number = int(text, 16)
        return f"0x{number:0{hexadecimal}x}" if hexadecimal else str(number)
    value = decimal.Decimal(text)
    whole = value == value.to_integral_value() and (not value or value.adjusted() < _DIGITS)
    return str(int(value)) if whole else text
