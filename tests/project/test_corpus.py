"""Input that fuzzing has found is read, or refused with an InputError.

So is generated input; and other spellings of numbers give the same records.
"""

import random
from pathlib import Path

import formats
import grammar
import pandas as pd
import pytest
import targets

from ecnet.readers import read

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(target, marks=[pytest.mark.tshark] if target == "captures" else [])
        for target in targets.TARGETS
    ],
)
def test_every_found_input_is_read_or_refused(target: str) -> None:
    found = sorted((CORPUS / target).iterdir())
    assert found
    for path in found:
        targets.TARGETS[target](path.read_bytes())


@pytest.mark.parametrize(
    ("target", "count"),
    [
        ("delimited", 120),
        ("zeek", 120),
        pytest.param("captures", 4, marks=pytest.mark.tshark),
    ],
)
def test_generated_input_is_read_or_refused(target: str, count: int) -> None:
    for seed in range(count):
        targets.TARGETS[target](grammar.made(target, seed))


OTHERWISE = ("{}.0", "+{}", "0{}", "{}e0", " {} ", "{}.")


def plain_lines(index: int) -> list[list[str]]:
    """Return the cells of some lines that nothing is odd about."""
    format = formats.delimited(index)[0]
    draw = random.Random(index)
    lines = []
    for place in range(20):
        labels = formats.LABELS[format.labels][place % 2]
        cells = {
            column.header: {
                "port": str(draw.randrange(65536)),
                "category": draw.choice(("6", "17", "tcp", "0", "1")),
                "time": "25/07/2019 03:25:53 AM" if column.format else "1.5",
            }.get(column.kind, str(draw.randrange(9)))
            for column in format.columns
        }
        cells |= dict(zip(format.labels, labels, strict=True))
        lines.append([cells[name] for name in _names(index)])
    return lines


def _names(index: int) -> list[str]:
    format = formats.delimited(index)[0]
    return list(format.layout or (*(column.header for column in format.columns), *format.labels))


def records(lines: list[list[str]], index: int, folder: Path) -> pd.DataFrame:
    format, source, name = formats.delimited(index)
    names = [] if format.headerless else [_names(index)]
    path = folder / name
    path.write_text("".join(",".join(cells) + "\n" for cells in [*names, *lines]))
    batches = list(read(path, format, source))
    assert all(batch.rejected.empty for batch in batches)
    return pd.concat([batch.records for batch in batches])


@pytest.mark.parametrize("otherwise", OTHERWISE)
@pytest.mark.parametrize(
    "index", range(len(formats.DELIMITED)), ids=lambda i: formats.DELIMITED[i][1]
)
def test_other_spellings_of_numbers_give_the_same_records(
    tmp_path: Path, index: int, otherwise: str
) -> None:
    format = formats.delimited(index)[0]
    lines = plain_lines(index)
    texts = {column.header for column in format.columns if column.kind == "text" or column.format}
    spelled = [
        [
            otherwise.format(cell) if cell.isdigit() and name not in texts else cell
            for name, cell in zip(_names(index), cells, strict=True)
        ]
        for cells in lines
    ]
    assert spelled != lines
    # On one line in two only: a category is the same whatever its neighbours are.
    mixed = [lines[place] if place % 2 else spelled[place] for place in range(len(lines))]
    plain = records(lines, index, tmp_path)
    pd.testing.assert_frame_equal(records(spelled, index, tmp_path), plain)
    pd.testing.assert_frame_equal(records(mixed, index, tmp_path), plain)
