"""The audit of any file of a known format: what makes results on it too optimistic."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from ecnet.audit import report
from ecnet.audit.checks import audit
from ecnet.audit.codes import Coder
from ecnet.audit.detect_format import Detected, detect
from ecnet.audit.findings import SEVERITIES
from ecnet.config import params, params_file, validation
from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.files import plain_name, read_json
from ecnet.readers import describe, read
from ecnet.simulate.raw_file import NOTE

_HERE = Path("params.yaml")
UNKNOWN = "not stated"


def run(
    file: Path,
    *,
    format: str = "",
    fail_on: Literal["critical", "warning"] | None = None,
    output: Path | None = None,
    params: Path | None = None,
) -> int:
    """Audit a file, and print what was found.

    file: a native file of a dataset, compressed or not.
    format: `dataset/format`, such as iot-23/zeek; empty: it is detected.
    fail_on: return status 1 if there is a finding of this severity or a worse one.
    output: a folder for the complete audit as CSV, Markdown, HTML and JSON.
    params: the project's params.yaml, which holds the limits; not given: that of this folder.

    Raises:
        InputError: the format of the file is unknown, or it is damaged or has no records; or there
            is no params.yaml of this project.
    """
    what = detect(file, format)
    counts = papers.reproduced().label_counts(what.dataset.name, what.format)
    reported = [asdict(row) for row in counts]
    found = measured(file, what, {**_settings(params, what.dataset.name), "label_counts": reported})
    print(_text(found), end="")
    if output:
        report.write(found, output / plain_name(file.name))
    bad = SEVERITIES[SEVERITIES.index(fail_on) :] if fail_on else ()
    return int(any(finding["severity"] in bad for finding in found["findings"]))


def measured(file: Path, what: Detected, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audit of a file, which is read batch by batch."""
    coder, read_counts, aside, first = Coder(what.format), Counter[str](), 0, "it has no row"
    notices: tuple[str, ...] = ()
    for batch in read(file, what.format, what.source, companions=what.companions):
        notices = batch.notices
        coder.add(batch.records, plain_name(file.name))
        read_counts.update(batch.records["label"])
        if not aside and len(batch.rejected):
            first = describe(batch.rejected)
        aside += len(batch.rejected)
    if not read_counts.total():
        raise InputError(
            f"{file}: contains no record that parses as {what.format.title}: {first}; "
            f"{aside} rows do not parse; correct the file, or name another format with --format"
        )
    for notice in notices:
        print(notice, file=sys.stderr)
    found = audit(
        coder.records(),
        what.dataset,
        what.format,
        read=read_counts,
        aside=aside,
        settings=settings,
    )
    origin = report.origin(
        what.dataset,
        what.format,
        source=_source(file, what.dataset.name),
        files=[file.name],
        settings=settings,
    )
    return origin | found


def _settings(chosen: Path | None, dataset: str) -> dict[str, Any]:
    """Return the limits in params.yaml; this folder may contain that of another project."""
    if not (chosen or _HERE).exists():
        raise InputError(
            f"{chosen or _HERE}: cannot be read, because it does not exist; run in the project's "
            "folder, or name its params.yaml with --params"
        )
    if chosen:
        return params.audit(validation.checked(params_file.read(chosen), str(chosen)), dataset)
    try:
        return params.audit(validation.checked(params_file.read(_HERE)), dataset)
    except InputError as error:
        first, *more = str(error).splitlines()
        others = f" (and {len(more)} more)" if more else ""
        raise InputError(
            f"{first}{others}; if it is not this project's, name the one that is with --params"
        ) from error


def _source(file: Path, dataset: str) -> str:
    """Return the source of a file, from a note beside it or from its provenance."""
    note = file.parent / NOTE
    data = file.resolve().parent.parent.parent
    provenance = data / "provenance" / dataset / f"{file.name}.json"
    for stated in (note, provenance):
        if stated.is_file():
            return str(read_json(stated)["source"])
    return UNKNOWN


def _text(found: Mapping[str, Any]) -> str:
    head = (
        f"{found['files'][0]}: {found['title']}, {found['format']}; source: {found['source']}; "
        f"{found['duplicates']['records']:,} records, {found['rows_set_aside']:,} rows set aside"
    )
    lines = [head]
    for finding in found["findings"]:
        about = f" {finding['subject']}" if finding["subject"] else ""
        lines.append(f"{finding['severity']}: {finding['check']}:{about}")
        lines.append(f"    {finding['meaning']} {finding['remedy']}")
    lines += [f"not run: {skip['check']}: {skip['reason']}" for skip in found["not_run"]]
    counts = Counter(finding["severity"] for finding in found["findings"])
    lines.append(", ".join(f"{name}: {counts[name]}" for name in reversed(SEVERITIES)))
    return "\n".join(lines) + "\n"
