"""One canonical spelling for each category and label, whatever program wrote it.

Spreadsheets, pandas and versions of tshark write the same value as 6, 6.0, +6, 06 or 6e0, and the
same flag as 1, True or TRUE. They are all read as 6, or as 1. Quotes around a value (from Weka) are
removed. Values with different meanings stay different: fractions (1.10 may be a version), names in
upper and lower case (in Zeek's history the case tells the sender), and 0 and 0x00 in a hexadecimal
column (MQTTset writes 0 where a packet lacks the field).
"""

import decimal

import pyarrow as pa
import pyarrow.compute as pc

MISSING = (
    *("", "-", "(empty)", "?", "NaN", "nan", "NA", "N/A", "n/a", "#N/A", "<NA>"),
    *("NULL", "null", "None", "\\N"),
)
"""Texts for a missing value, from Zeek (`-`, `(empty)`), Weka (`?`), pandas, R, spreadsheets and
databases."""

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
"""The maximum length of a whole number; longer ones are not codes, and are not changed."""


def without_missing(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `text` without outer blanks, and with nulls for missing values."""
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.is_in(trimmed, _MISSING), pa.scalar(None, pa.string()), trimmed)


def canonical(text: pa.ChunkedArray, hexadecimal: int = 0) -> pa.ChunkedArray:
    """Return `text` (n,) with the canonical spelling of each value, and nulls for missing values.

    hexadecimal: the number of digits for hexadecimal numbers; 0 converts them to decimal.
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
    """Return the canonical spelling of a whole number or a boolean; other text is unchanged."""
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
