"""The step that draws figures as SVG, PDF and PNG; the same bytes for the same results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import style

from ecnet.files import atomic
from ecnet.render.marks import titled
from ecnet.render.panels import Drawing
from ecnet.render.settings import settings_of
from ecnet.render.sources import Sources
from ecnet.render.tables import function

STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans", "sans-serif"],  # a browser that lacks the first takes another
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "ecnet",
    "pdf.fonttype": 42,
}
"""For text of 7 points at the width at which the figure is printed."""

_NO_METADATA: dict[str, dict[str, str | None]] = {
    "svg": dict.fromkeys(("Date", "Creator")),
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
    "png": dict.fromkeys(("Software",)),
}
"""What matplotlib would write of the time and of itself."""


def figures(
    *,
    folder: Path,
    settings: dict[str, Any],
    metrics: Sequence[Path] = (),
    audits: Sequence[Path] = (),
    transfers: Sequence[Path] = (),
    statistics: Path | None = None,
    claims: Path | None = None,
    devices: Sequence[Path] = (),
) -> None:
    """Draw the figures that the settings name, each as SVG, PDF and PNG.

    audits: the audits of the datasets.
    transfers, devices: what the step of this name wrote, a file for each dataset.
    statistics, claims: what the step of this name wrote.

    Raises:
        InputError: a file is missing or is not what its step writes.
    """
    chosen = settings_of(settings)
    sources = Sources(
        chosen,
        metrics=metrics,
        audits=audits,
        transfers=transfers,
        statistics=statistics,
        claims=claims,
        devices=devices,
    )
    for shown in chosen.shown:
        with style.context(["default", STYLE]):
            drawing = function(shown)(sources, chosen, shown)
            save(drawing, folder / shown.name, dpi=chosen.figure["dpi"])


def save(drawing: Drawing, stem: Path, *, dpi: int) -> None:
    """Write the three formats, with a title but no date and no version in their metadata."""
    # The layout is found once. Otherwise each format finds it twice, which takes most of the time.
    drawing.figure.draw_without_rendering()
    drawing.figure.set_layout_engine("none")
    for suffix, nothing in _NO_METADATA.items():
        with atomic(stem.with_suffix(f".{suffix}")) as path:
            metadata = {"Title": drawing.title} | nothing
            drawing.figure.savefig(path, format=suffix, dpi=dpi, metadata=metadata)
            if suffix == "svg":
                path.write_text(titled(path.read_text(encoding="utf-8")), encoding="utf-8")
