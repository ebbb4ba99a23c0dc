"""The table of fidelity in docs/simulator.md."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from ecnet.audit.fidelity.scores import MODELS
from ecnet.errors import InputError
from ecnet.files import atomic

_BEGIN, _END = "<!-- fidelity -->\n", "<!-- /fidelity -->\n"


def write(output: Path, rows: Sequence[tuple[str, pd.DataFrame]], number: int) -> None:
    """Write the table of measures over `number` seeds to a new file, or between two marker lines.

    Raises:
        InputError: the file exists without the marker lines.
    """
    before, after = around(output)
    with atomic(output) as temporary:
        temporary.write_text(before + table(rows, number) + after, encoding="utf-8")


def around(output: Path) -> tuple[str, str]:
    """Return the text of the output before and after the table."""
    if not output.exists():
        return "", ""
    text = output.read_text(encoding="utf-8")
    if not (text.count(_BEGIN) == text.count(_END) == 1 and text.index(_BEGIN) < text.index(_END)):
        raise InputError(
            f"{output}: exists without the lines {_BEGIN.strip()} and {_END.strip()}; add them "
            "where the table belongs, or name a new file"
        )
    return text[: text.index(_BEGIN) + len(_BEGIN)], text[text.index(_END) :]


def table(rows: Sequence[tuple[str, pd.DataFrame]], number: int) -> str:
    """Return the measures as a Markdown table: mean and half of the 95% interval over seeds."""
    shown = [f"{model} TSTR / TRTR" for model in MODELS]
    shown += [f"{model} {what}" for model in MODELS for what in ("TRTR", "TSTS")]
    shown += ["C2ST", "C2ST of all", "floor", "copies", "real copies", "of rare", "real of rare"]
    lines = ["| " + " | ".join(["records", *shown]) + " |", "| --- " * (len(shown) + 1) + "|"]
    for title, measured in rows:
        values = measured.assign(
            **{f"{m} TSTR / TRTR": measured[f"TSTR {m}"] / measured[f"TRTR {m}"] for m in MODELS},
            **{f"{m} {w}": measured[f"{w} {m}"] for m in MODELS for w in ("TRTR", "TSTS")},
        )
        cells = [_interval(values[name]) for name in shown]
        lines.append("| " + " | ".join([title, *cells]) + " |")
    return "\n".join([*lines, "", f"{number} seeds.", ""])


def _interval(values: "pd.Series[float]") -> str:
    if len(values) < 2:
        return f"{values.mean():.3f}"
    width = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.3f} ± {width:.3f}"
