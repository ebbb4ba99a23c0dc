"""An audit as files: JSON for machines, CSV of its findings, Markdown and HTML to read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ecnet.audit.findings import listed
from ecnet.audit.scorecard import VIEWS
from ecnet.datasets.declaration import Dataset, Format
from ecnet.files import write_csv, write_json, write_text

_CARD = {
    "columns": "columns",
    "records": "records",
    "duplicates": "records that repeat another, %",
    "duplicates_across_split": "test records of a random split with a duplicate in train, %",
    "best_accuracy": "best accuracy that any model can reach, %",
    "best_column": "column whose tree has the best macro-F1",
    "best_column_f1": "its macro-F1, %",
    "best_column_accuracy": "its accuracy, %",
    "majority": "accuracy of always naming the largest class there, %",
}
_NONE = "\N{EN DASH}"
_NAMES = ("dataset", "format")
_MOST_TREES = 100
"""Trees that are shown; the JSON file has those of all columns."""


def origin(
    dataset: Dataset,
    format: Format,
    *,
    source: str,
    files: Sequence[str],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what an audit says of where its records come from, and by which limits it judged."""
    return {
        "dataset": dataset.name,
        "title": dataset.title,
        "format": format.name,
        "format_title": format.title,
        "source": source,
        "files": list(files),
        "settings": {key: settings[key] for key in sorted(settings) if key not in _NAMES},
    }


def write(audit: Mapping[str, Any], stem: Path) -> None:
    """Write stem.json, stem.csv, stem.md, and stem.html, a fragment for the report."""
    name = stem.name
    write_json(stem.with_name(f"{name}.json"), audit)
    write_csv(
        stem.with_name(f"{name}.csv"),
        ["dataset", "source", "check", "severity", "subject", "value", "meaning", "remedy"],
        [[audit["dataset"], audit["source"], *row] for row in _rows(audit)],
    )
    write_text(stem.with_name(f"{name}.md"), markdown(audit))
    write_text(stem.with_name(f"{name}.html"), html(audit))


def _rows(audit: Mapping[str, Any]) -> Iterable[list[object]]:
    """Yield the findings, then the checks that could not run."""
    for finding in audit["findings"]:
        yield list(finding.values())
    for skipped in audit["not_run"]:
        yield [skipped["check"], "not run", "", "", skipped["reason"], ""]


@dataclass(frozen=True)
class _Section:
    """A table of an audit: its title, its column titles, and rows of cells as text."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def markdown(audit: Mapping[str, Any]) -> str:
    """Return an audit as Markdown."""
    title, opening = _opening(audit)
    opening = opening.replace(audit["source"], f"**{audit['source']}**", 1)
    parts = [f"# {title}", opening]
    for section in _sections(audit):
        rows = [[_escaped(cell) for cell in row] for row in section.rows]
        lines = [section.head, ["---"] * len(section.head), *rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        parts += [f"## {section.title}", table]
    return "\n\n".join(parts) + "\n"


def _escaped(cell: str) -> str:
    text = " ".join(cell.split()).replace("|", "\\|")
    return f"**{text}**" if text == "critical" else text


def html(audit: Mapping[str, Any]) -> str:
    """Return an audit as an HTML fragment; all of its text is escaped."""
    title, opening = _opening(audit)
    parts = [f'<p class="caption">{escape(title)}. {escape(opening)}</p>\n']
    for section in _sections(audit):
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in section.head)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n"
            for row in section.rows
        )
        parts.append(
            f'<h4>{escape(section.title)}</h4>\n<div class="scroll" tabindex="0" role="group" '
            f'aria-label="{escape(section.title)}"><table>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
        )
    return "".join(parts)


def _opening(audit: Mapping[str, Any]) -> tuple[str, str]:
    """Return the title of an audit, and its first sentences."""
    return f"Audit of {audit['title']}: {audit['format_title']}", (
        f"Source: {audit['source']}. {audit['duplicates']['records']:,} records of "
        f"{len(audit['captures'])} captures, {len(audit['features'])} features, "
        f"{audit['rows_set_aside']:,} rows set aside. Seed {audit['settings']['seed']}."
    )


def _sections(audit: Mapping[str, Any]) -> list[_Section]:
    """Return the tables of an audit that have rows."""
    skipped = [list(map(str, skip.values())) for skip in audit["not_run"]]
    sections = [
        _findings(audit["findings"]),
        _Section("Could not run", ["check", "reason"], skipped),
        _card(audit["scorecard"]),
        _trees(audit["trees"]),
        _classes(audit),
        _paper(audit["label_counts"]),
        _captures(audit["captures"]),
        _time(audit["over_time"]),
    ]
    return [section for section in sections if section.rows]


def _findings(findings: Sequence[Mapping[str, Any]]) -> _Section:
    head = ["severity", "check", "about", "value", "what it means", "what to do"]
    rows = [
        [
            *(f["severity"], f["check"], f["subject"] or _NONE, f"{f['value']:.4g}"),
            *(f["meaning"], f["remedy"]),
        ]
        for f in findings
    ]
    return _Section("Findings", head, rows)


def _card(card: Mapping[str, Mapping[str, Any]]) -> _Section:
    rows = [
        [title, *(_shown(card[view][key], title) for view in VIEWS)] for key, title in _CARD.items()
    ]
    return _Section("Before and after cleaning", ["of the records", *VIEWS.values()], rows)


def _trees(trees: Sequence[Mapping[str, Any]]) -> _Section:
    columns = [(task, key) for task in ("multiclass", "binary") for key in ("accuracy", "f1")]
    rows = [
        [tree["column"], "yes" if tree["feature"] else "no", listed(tree["copies"]) or _NONE]
        + [_shown(tree[task][key] if tree[task] else None, "%") for task, key in columns]
        for tree in sorted(trees, key=lambda tree: -_f1(tree))[:_MOST_TREES]
    ]
    title = "One column alone"
    if len(trees) > _MOST_TREES:
        title += f": the best {_MOST_TREES} of {len(trees):,}"
    scores = ["accuracy, %", "macro-F1, %", "accuracy (binary), %", "macro-F1 (binary), %"]
    return _Section(title, ["column", "feature", "copies the label", *scores], rows)


def _f1(tree: Mapping[str, Any]) -> float:
    return float(tree["multiclass"]["f1"]) if tree["multiclass"] else -1.0


def _classes(audit: Mapping[str, Any]) -> _Section:
    rows = [
        [name, f"{c['records']:,}", f"{c['distinct']:,}", _shown(audit["hosts"].get(name), "")]
        for name, c in audit["classes"].items()
    ]
    return _Section("Classes", ["class", "records", "distinct", "source hosts"], rows)


def _paper(counts: Sequence[Mapping[str, Any]]) -> _Section:
    rows = [
        [row["paper_label"] or _NONE, row["class"] or _NONE]
        + [_shown(row[key], "") for key in ("paper", "found", "difference")]
        for row in counts
    ]
    head = ["label in the paper", "class here", "paper", "in the files", "difference"]
    return _Section("Beside the paper's counts", head, rows)


def _captures(captures: Mapping[str, Mapping[str, Any]]) -> _Section:
    rows = [
        [
            name,
            listed(f"{cls} {count:,}" for cls, count in found["classes"].items()),
            f"{found['distance']:.4f}",
        ]
        for name, found in captures.items()
    ]
    head = ["capture", "records of each class", "distance of its class shares from all"]
    return _Section("Captures", head, rows)


def _time(distances: Sequence[Mapping[str, Any]]) -> _Section:
    keys = ("column", "measure", "capture", "class")
    rows = [
        [*(row[key] or _NONE for key in keys), f"{row['distance']:.4f}", str(row["compared"])]
        for row in distances
    ]
    return _Section(
        "Earlier against later half of a capture", [*keys, "largest distance", "comparisons"], rows
    )


def _shown(value: Any, title: str) -> str:
    """Return a value as text of a cell; a share as percent where the title has the unit."""
    if value is None:
        return _NONE
    if isinstance(value, str):
        return value
    return f"{100 * value:.2f}" if title.endswith("%") else f"{value:,}"
