"""Format columns as native text and join them into lines, vectorised over records."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.simulate.distributions import ABSENT, FloatArray, IntArray


def number(values: npt.NDArray[np.floating], decimals: int = 0, missing: str = "") -> pa.Array:
    """Return numbers with a fixed number of decimals; ABSENT and NaN as `missing`."""
    absent = (values == ABSENT) | np.isnan(values)
    unit = 10**decimals
    scaled = np.rint(np.where(absent, 0.0, values) * unit).astype(np.int64)
    text = pa.array(scaled // unit if decimals == 0 else np.abs(scaled) // unit).cast(pa.string())
    if decimals:
        fraction = pa.array(np.abs(scaled) % unit + unit).cast(pa.string())
        sign = pa.array(np.where(scaled < 0, "-", ""))
        text = joined([joined([sign, text]), pc.utf8_slice_codeunits(fraction, 1)], ".")
    return pc.if_else(pa.array(absent), missing, text) if absent.any() else text


def shortest(values: FloatArray, missing: str = "") -> pa.Array:
    """Return the shortest exact form of numbers: `0.5`, `2`, `Infinity`."""
    text = pa.array(np.where(values == ABSENT, np.nan, values)).cast(pa.string())
    text = pc.replace_substring_regex(text, r"\.0$", "")
    text = pc.if_else(pc.equal(text, "inf"), "Infinity", text)
    return pc.if_else(pc.equal(text, "nan"), missing, text)


def category(
    codes: FloatArray | IntArray, levels: Sequence[str | None], missing: str = ""
) -> pa.Array:
    """Return the level of each code."""
    values = pa.array([missing if level is None else level for level in levels], pa.string())
    return values.take(pa.array(np.asarray(codes, dtype=np.int64)))


def joined(parts: Sequence[pa.Array | str], separator: str = "") -> pa.Array:
    """Return the parts of each record joined by `separator`."""
    return pc.binary_join_element_wise(*parts, separator)


def lines(columns: Sequence[pa.Array], separator: str, end: str) -> bytes:
    """Return the lines of records as bytes."""
    text = joined([joined(columns, separator), ""], end).cast(pa.large_string())
    # The characters of all values are contiguous in memory.
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int64)
    characters = text.buffers()[2]
    first, last = offsets[text.offset], offsets[text.offset + len(text)]
    return b"" if characters is None else memoryview(characters)[first:last].tobytes()
