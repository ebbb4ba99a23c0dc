"""The figures as SVG, PDF and PNG; the same bytes for the same metrics."""

from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure

from ecnet.files import atomic
from ecnet.render import accuracy, confusion, matrices
from ecnet.render import reliability as diagrams
from ecnet.render.inputs import Measured, settings_of

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
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
"""What matplotlib would write of the clock and of itself."""


def figure(*, number: int, metrics: list[Path], folder: Path, settings: dict[str, Any]) -> None:
    """Write Figure 5 or 6 to `folder` as SVG, PDF and PNG.

    `figure_5` shows the accuracy of the recurrent cells, `figure_5_compared` beside it what the
    paper reports; `figure_6` the confusion matrices of the binary task, for which the paper
    gives no number to compare with.

    number: 5 or 6.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    chosen = settings_of(settings)
    with style.context(["default", STYLE]):
        if number == 5:
            measured = Measured(metrics, task="multiclass", settings=chosen)
            for name, beside in (("figure_5", False), ("figure_5_compared", True)):
                drawn, title = accuracy.draw(measured, chosen, beside_paper=beside)
                save(drawn, folder / name, title, dpi=chosen.figure["dpi"])
        else:
            measured = Measured(metrics, task="binary", settings=chosen)
            drawn, title = confusion.draw(measured, chosen)
            save(drawn, folder / "figure_6", title, dpi=chosen.figure["dpi"])


def reliability(*, metrics: list[Path], folder: Path, settings: dict[str, Any]) -> None:
    """Write the figure `reliability` to `folder`: how confidence and accuracy go together.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    chosen = settings_of(settings)
    measured = Measured(metrics, task="multiclass", settings=chosen)
    with style.context(["default", STYLE]):
        drawn, title = diagrams.draw(measured, chosen)
        save(drawn, folder / "reliability", title, dpi=chosen.figure["dpi"])


def confusion_matrices(
    *, metrics: list[Path], dataset: str, folder: Path, settings: dict[str, Any]
) -> None:
    """Write the figure `confusion_<dataset>` to `folder`: the matrices of Table VI's models.

    dataset: its name, as in params.yaml.

    Raises:
        InputError: the metrics of a variant are missing or contradict each other.
    """
    chosen = settings_of(settings)
    measured = Measured(metrics, task="multiclass", settings=chosen)
    with style.context(["default", STYLE]):
        drawn, title = matrices.draw(measured, chosen, dataset)
        save(drawn, folder / f"confusion_{dataset}", title, dpi=chosen.figure["dpi"])


def save(drawn: Figure, stem: Path, title: str, *, dpi: int) -> None:
    """Write the three formats, with `title` but no date and no version in their metadata."""
    for suffix, nothing in _NO_METADATA.items():
        with atomic(stem.with_suffix(f".{suffix}")) as path:
            drawn.savefig(path, format=suffix, dpi=dpi, metadata={"Title": title} | nothing)
