"""An audit as files: JSON for machines, CSV of its findings, Markdown to read."""

from collections.abc import Iterable, Mapping, Sequence
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
    """Write stem.json, stem.csv and stem.md."""
    name = stem.name
    write_json(stem.with_name(f"{name}.json"), audit)
    write_csv(
        stem.with_name(f"{name}.csv"),
        ["dataset", "source", "check", "severity", "subject", "value", "meaning", "remedy"],
        [[audit["dataset"], audit["source"], *row] for row in _rows(audit)],
    )
    write_text(stem.with_name(f"{name}.md"), markdown(audit))


def _rows(audit: Mapping[str, Any]) -> Iterable[list[object]]:
    """Yield the findings, then the checks that could not run."""
    for finding in audit["findings"]:
        yield list(finding.values())
    for skipped in audit["not_run"]:
        yield [skipped["check"], "not run", "", "", skipped["reason"], ""]


def markdown(audit: Mapping[str, Any]) -> str:
    """Return an audit as Markdown."""
    parts = [
        f"# Audit of {audit['title']}: {audit['format_title']}",
        f"Source: **{audit['source']}**. {audit['duplicates']['records']:,} records of "
        f"{len(audit['captures'])} captures, {len(audit['features'])} features, "
        f"{audit['rows_set_aside']:,} rows set aside. Seed {audit['settings']['seed']}.",
        *_section("Findings", _findings(audit["findings"])),
        *_section("Could not run", _table(["check", "reason"], map(dict.values, audit["not_run"]))),
        *_section("Before and after cleaning", _card(audit["scorecard"])),
        *_section("One column alone", _trees(audit["trees"])),
        *_section("Classes", _classes(audit)),
        *_section("Beside the paper's counts", _paper(audit["label_counts"])),
        *_section("Captures", _captures(audit["captures"])),
        *_section("Earlier against later half of a capture", _time(audit["over_time"])),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, body: str) -> list[str]:
    return [f"## {title}", body] if body else []


def _findings(findings: Sequence[Mapping[str, Any]]) -> str:
    return _table(
        ["severity", "check", "about", "value", "what it means", "what to do"],
        [
            [
                f"**{f['severity']}**" if f["severity"] == "critical" else f["severity"],
                f["check"],
                f["subject"] or _NONE,
                f"{f['value']:.4g}",
                f["meaning"],
                f["remedy"],
            ]
            for f in findings
        ],
    )


def _card(card: Mapping[str, Mapping[str, Any]]) -> str:
    return _table(
        ["", *VIEWS.values()],
        [
            [title, *(_shown(card[view][key], title) for view in VIEWS)]
            for key, title in _CARD.items()
        ],
    )


def _trees(trees: Sequence[Mapping[str, Any]]) -> str:
    ordered = sorted(trees, key=lambda tree: -_f1(tree))
    columns = [(task, key) for task in ("multiclass", "binary") for key in ("accuracy", "f1")]
    rows = [
        [tree["column"], "yes" if tree["feature"] else "no", listed(tree["copies"]) or _NONE]
        + [_shown(tree[task][key] if tree[task] else None, "%") for task, key in columns]
        for tree in ordered
    ]
    heads = ["accuracy, %", "macro-F1, %", "accuracy (binary), %", "macro-F1 (binary), %"]
    return _table(["column", "feature", "copies the label", *heads], rows)


def _f1(tree: Mapping[str, Any]) -> float:
    return float(tree["multiclass"]["f1"]) if tree["multiclass"] else -1.0


def _classes(audit: Mapping[str, Any]) -> str:
    return _table(
        ["class", "records", "distinct", "source hosts"],
        [
            [name, f"{c['records']:,}", f"{c['distinct']:,}", _shown(audit["hosts"].get(name), "")]
            for name, c in audit["classes"].items()
        ],
    )


def _paper(rows: Sequence[Mapping[str, Any]]) -> str:
    keys = ("paper", "found", "difference")
    return _table(
        ["label in the paper", "class here", "paper", "in the files", "difference"],
        [
            [
                row["paper_label"] or _NONE,
                row["class"] or _NONE,
                *(_shown(row[k], "") for k in keys),
            ]
            for row in rows
        ],
    )


def _captures(captures: Mapping[str, Mapping[str, Any]]) -> str:
    return _table(
        ["capture", "records of each class", "distance of its class shares from all"],
        [
            [
                name,
                listed(f"{cls} {count:,}" for cls, count in found["classes"].items()),
                f"{found['distance']:.4f}",
            ]
            for name, found in captures.items()
        ],
    )


def _time(rows: Sequence[Mapping[str, Any]]) -> str:
    keys = ("column", "measure", "capture", "class")
    return _table(
        ["column", "measure", "capture", "class", "largest distance", "comparisons"],
        [
            [*(row[key] or _NONE for key in keys), f"{row['distance']:.4f}", row["compared"]]
            for row in rows
        ],
    )


def _shown(value: Any, title: str) -> str:
    """Return a value as it stands in a cell; a share as percent where the title says so."""
    if value is None:
        return _NONE
    if isinstance(value, str):
        return value
    return f"{100 * value:.2f}" if title.endswith("%") else f"{value:,}"


def _table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table, nothing where there is no row."""
    lines = [
        "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in row) + " |"
        for row in rows
    ]
    rule = "| " + " | ".join("---" for _ in head) + " |"
    return "\n".join(["| " + " | ".join(head) + " |", rule, *lines]) if lines else ""
