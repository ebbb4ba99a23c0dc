"""Run all checks of a dataset's records: measurements, findings, and checks that could not run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ecnet import seeds
from ecnet.audit import classes, columns, drift, duplicates, scorecard, single_column
from ecnet.audit.codes import CodedColumn, CodedRecords, record_ids, vectors
from ecnet.audit.findings import SEVERITIES, Finding, severity_of
from ecnet.datasets.declaration import Dataset, Format
from ecnet.datasets.papers import LabelCount


def audit(
    records: CodedRecords,
    dataset: Dataset,
    format: Format,
    *,
    read: Mapping[str, int],
    aside: int,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the measurements and findings of all checks; they do not depend on the record order.

    read: class -> number of records in the files, which may be more than `records`. aside: the
    number of rejected rows. settings: keep, drop, seed, validation, test, max_rejected and the
    limits (duplicates, best_accuracy, max_depth, single_column_f1, drift, min_records); and
    label_counts, those that the paper reports, each with the fields of `LabelCount`.
    """
    used = _features(records, format, settings)
    label_counts = [LabelCount(**row) for row in settings["label_counts"]]
    hosts = records.columns.get(format.host)
    candidates = records.of(_candidates(records, format, used))
    vector = vectors(records.of(used), len(records))
    record_id, vector_of = record_ids(vector, records.labels, len(records.classes))
    second = single_column.halves(record_id, vector_of, records.labels, _random(settings, "halves"))
    normal = records.classes.index(dataset.normal) if dataset.normal in records.classes else -1

    def trees(of: Sequence[CodedColumn]) -> list[dict[str, Any]]:
        return single_column.measure(
            of, records.labels, second, normal=normal, used=used, depth=settings["max_depth"]
        )

    facts: dict[str, Any] = {
        "features": used,
        "classes": classes.measure(records.classes, records.labels, record_id),
        "duplicates": duplicates.measure(
            record_id,
            vector_of,
            records.labels,
            shares=(settings["validation"], settings["test"]),
            random=_random(settings, "split"),
        ),
        "columns": columns.measure(candidates, used),
        "trees": trees(candidates),
        "captures": drift.captures(records),
        "capture_tree": trees([records.capture])[0] if _captures(records) > 1 else None,
        "over_time": _over_time(records, format, used, settings),
        "hosts": columns.hosts(records, hosts) if hosts else {},
        "label_counts": classes.beside_paper(format, read, label_counts),
        "rows_set_aside": aside,
        "known_issues": [asdict(issue) for issue in dataset.known_issues],
    }
    facts["scorecard"] = scorecard.measure(records, used, facts, normal=normal, settings=settings)
    found = _findings(facts, dataset, len(records), settings)
    return {
        **facts,
        "findings": [asdict(finding) for finding in found],
        "not_run": not_run(records, format, facts),
    }


def not_run(
    records: CodedRecords, format: Format, facts: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Return the checks that could not run, with reasons."""
    lacking = [c.name for c in format.columns if c.name not in records.columns]
    unscored = [tree["column"] for tree in facts["trees"] if not tree["multiclass"]]
    no_binary = not unscored and any(not tree["binary"] for tree in facts["trees"])
    reasons = (
        ("column-tells-class", lacking, f"the file has no column {', '.join(lacking)}"),
        ("column-tells-class", unscored, "fewer than two classes have two distinct vectors"),
        ("column-tells-class (binary)", no_binary, "normal or attack has fewer than two vectors"),
        ("drift-between-captures", _captures(records) < 2, "there is one capture only"),
        ("capture-tells-class", _captures(records) < 2, "there is one capture only"),
        ("drift-over-time", not _has_time(records, format), "the format has no time column"),
        (
            "drift-over-time",
            _has_time(records, format) and not facts["over_time"],
            "no capture has two halves in time",
        ),
        ("one-host-classes", not facts["hosts"], "the format names no source host"),
        ("paper-counts", not facts["label_counts"], "the paper has no label counts of it"),
    )
    return [{"check": check, "reason": reason} for check, applies, reason in reasons if applies]


def _findings(
    facts: Mapping[str, Any], dataset: Dataset, records: int, settings: Mapping[str, Any]
) -> list[Finding]:
    """Return all findings, the most severe first."""
    found = [
        *single_column.findings(facts["trees"], settings),
        *duplicates.findings(facts["duplicates"], settings),
        *classes.findings(facts["classes"]),
        *_capture_findings(facts["capture_tree"], settings),
        *drift.findings(facts["captures"], facts["over_time"], settings),
        *columns.findings(facts["columns"], records),
        *columns.host_findings(facts["hosts"]),
        *classes.rejected_findings(facts["rows_set_aside"], records, settings["max_rejected"]),
        *classes.paper_findings(facts["label_counts"]),
        *classes.issue_findings(dataset.known_issues),
    ]
    return sorted(found, key=lambda finding: -SEVERITIES.index(finding.severity))


def _capture_findings(tree: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> list[Finding]:
    if not tree or not tree["multiclass"]:
        return []
    value = tree["multiclass"]["f1"]
    return [
        Finding(
            "capture-tells-class",
            severity_of(value, settings["single_column_f1"]),
            "capture",
            value,
            f"The capture alone predicts the class with a macro-F1 of {value:.4f}: features that "
            "identify captures help to classify.",
            "Hold out whole captures as a second test (split.rule: capture), if each class occurs "
            "in several.",
        )
    ]


def _features(records: CodedRecords, format: Format, settings: Mapping[str, Any]) -> list[str]:
    numbers, categories = format.features(
        records.columns, keep=settings["keep"], drop=settings["drop"]
    )
    return [*numbers, *categories, *format.bags(records.columns, drop=settings["drop"])]


def _candidates(records: CodedRecords, format: Format, used: Sequence[str]) -> list[str]:
    """Return the columns of the file and the derived ones, without repetition."""
    ports = [c.name for c in format.columns if c.kind == "port" and c.name in records.columns]
    kinds = [f"{name}_kind" for name in ports]
    return list(dict.fromkeys([*records.columns, *kinds, *used]))


def _over_time(
    records: CodedRecords, format: Format, used: Sequence[str], settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    if not _has_time(records, format):
        return []
    return drift.over_time(
        records,
        # Nearly every bag of words differs, so their distributions always do.
        records.of(name for name in used if name not in format.bags(used)),
        records.columns[format.time],
        smallest=settings["min_records"],
    )


def _has_time(records: CodedRecords, format: Format) -> bool:
    return format.time in records.columns and records.columns[format.time].missing < len(records)


def _captures(records: CodedRecords) -> int:
    return len(records.capture.values)


def _random(settings: Mapping[str, Any], purpose: str) -> np.random.Generator:
    return seeds.generator(settings["seed"], "audit", purpose)
