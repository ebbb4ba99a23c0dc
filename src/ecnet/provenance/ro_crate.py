"""A finished run as a Workflow Run RO-Crate: what was run, on which files, and what it made.

The crate holds the workflow, its settings and what is shown of the results. Raw files, samples and
models are not in it: raw files are named with their SHA-256, models in the provenance of tables.
"""

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ecnet import datasets, files
from ecnet.errors import InputError
from ecnet.provenance import snakemake_metadata
from ecnet.report.publish import commit

METADATA = "ro-crate-metadata.json"
WORKFLOW, PARAMS, LOCK, RECORD = (
    *("Snakefile", "params.yaml", "requirements.lock"),
    "results/provenance.json",
)
_FOLDERS = (
    "workflow",
    *(f"results/{name}" for name in ("audit", "figures", "metrics", "scores", "tables")),
)
_SINGLE = (
    *(WORKFLOW, PARAMS, LOCK, "LICENSE", RECORD, "results/report.html"),
    *(f"results/{name}.json" for name in ("claims", "protocols", "statistics")),
)

_CRATE = "https://w3id.org/ro/crate/1.1"
_WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_RUN_PROFILES = ("https://w3id.org/ro/wfrun/process/0.5", "https://w3id.org/ro/wfrun/workflow/0.5")
_SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
_MIT = "https://spdx.org/licenses/MIT"
_CONTEXT = [
    f"{_CRATE}/context",
    {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
]
_ENCODINGS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".yaml": "application/yaml",
}


def ro_crate(folder: Path) -> None:
    """Write a finished run as a Workflow Run RO-Crate 0.5, for archives and registries.

    It holds no record: raw files are named with their SHA-256. The same run gives the same bytes.

    folder: written; it must be new, or empty.

    Raises:
        InputError: the run here is not finished, or the folder is not empty.
    """
    recorded = files.read_object(Path(RECORD), "provenance", ("datasets",))
    times = snakemake_metadata.times()
    if times is None:
        raise InputError(
            f"{snakemake_metadata.METADATA}: records no run; run snakemake --cores all all"
        )
    paths = [path for path in _SINGLE if Path(path).is_file()] + list(files.files(*_FOLDERS))
    with files.atomic_folder(folder) as temporary:
        for path in paths:
            target = temporary / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        described = graph([_file(path) for path in paths], recorded["datasets"], times, _version())
        files.write_json(temporary / METADATA, {"@context": _CONTEXT, "@graph": described})
    size = sum(Path(path).stat().st_size for path in paths)
    print(f"{folder}: {len(paths)} files, {size / 1e6:.1f} MB")


def graph(
    held: list[dict[str, Any]],
    raw: Mapping[str, Any],
    times: tuple[float, float],
    software: str,
) -> list[dict[str, Any]]:
    """Return the entities of a crate.

    held: the entities of its files. raw: dataset -> source and files (name -> SHA-256), as in
    results/provenance.json. times: of the first job's start and the last one's end, in seconds
    since the epoch. software: the version of the code.

    Source: https://www.researchobject.org/workflow-run-crate/profiles/workflow_run_crate
    """
    inputs = [one for name, facts in raw.items() for one in _raw(name, facts)]
    pages = {one["@id"]: one for one in map(_page, raw) if one["@id"].startswith("http")}
    begin, end = (datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds") for time in times)
    workflow = {
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "conformsTo": _at("https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"),
        "version": software,
        "programmingLanguage": _at(_SNAKEMAKE),
    }
    return [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": _all((_CRATE, _WORKFLOW_CRATE)),
            "about": _at("./"),
        },
        _root(held, raw, end),
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": "A run of the workflow",
            "description": f"Snakemake called the jobs of {WORKFLOW}, as {PARAMS} sets them.",
            "instrument": _at(WORKFLOW),
            "startTime": begin,
            "endTime": end,
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "object": _all([PARAMS, LOCK, *(one["@id"] for one in inputs)]),
            "result": _all(one["@id"] for one in held if one["@id"].startswith("results/")),
        },
        *(one | workflow if one["@id"] == WORKFLOW else one for one in held),
        *inputs,
        *pages.values(),
        *_named(),
    ]


def _root(held: list[dict[str, Any]], raw: Mapping[str, Any], end: str) -> dict[str, Any]:
    """Return the entity of the crate itself."""
    sources = "; ".join(f"{datasets.load(name).title}: {of['source']}" for name, of in raw.items())
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": "EcNet, reproduced: a run",
        "description": (
            "Tables, figures, metrics and verdicts of one run of the workflow that reproduces "
            f"the EcNet paper. Records: {sources}. They are not in this crate."
        ),
        "datePublished": end,
        "license": _at(_MIT),
        "author": _at("#authors"),
        "conformsTo": _all((*_RUN_PROFILES, _WORKFLOW_CRATE)),
        "mainEntity": _at(WORKFLOW),
        "mentions": _at("#run"),
        "hasPart": _all(one["@id"] for one in held),
    }


def _named() -> list[dict[str, Any]]:
    """Return the entities that every crate names: authors, language, licence, profiles."""
    page = "https://snakemake.readthedocs.io"
    profiles = zip(
        (*_RUN_PROFILES, _WORKFLOW_CRATE),
        ("Process Run Crate", "Workflow Run Crate", "Workflow RO-Crate"),
        strict=True,
    )
    return [
        {"@id": "#authors", "@type": "Organization", "name": "The EcNet reproduction authors"},
        {
            "@id": _SNAKEMAKE,
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "identifier": _at(page),
            "url": _at(page),
            "version": version("snakemake"),
        },
        {"@id": _MIT, "@type": "CreativeWork", "name": "MIT License", "url": _MIT},
        *(
            {"@id": profile, "@type": "CreativeWork", "name": name, "version": profile[-3:]}
            for profile, name in profiles
        ),
    ]


def _raw(dataset: str, facts: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Yield the entities of a dataset's raw files, which are not in the crate."""
    page, source = _page(dataset), facts["source"]
    for name, digest in sorted(facts["files"].items()):
        yield {
            "@id": f"#{dataset}/{quote(name)}",
            "@type": "CreativeWork",
            "name": f"{dataset}/{name}",
            "description": f"A raw file of {page['name']}; source: {source}.",
            "sha256": digest,
            **({"isPartOf": _at(page["@id"])} if page["@id"].startswith("http") else {}),
        }


def _page(dataset: str) -> dict[str, Any]:
    """Return the entity of a dataset: its page, or a name for one that has none."""
    declared = datasets.load(dataset)
    return {
        "@id": declared.page if declared.page.startswith("http") else f"#{dataset}",
        "@type": "CreativeWork",
        "name": declared.title,
        "license": declared.licence,
        "citation": declared.citation,
    }


def _file(path: str) -> dict[str, Any]:
    """Return the entity of a file in the crate."""
    place = Path(path)
    return {
        "@id": quote(path),
        "@type": "File",
        "name": path,
        "contentSize": str(place.stat().st_size),
        "encodingFormat": _ENCODINGS.get(place.suffix, "text/plain"),
        "sha256": files.sha256(place),
    }


def _version() -> str:
    return f"{version('ecnet')}, commit {commit(Path())}"


def _at(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _all(identifiers: Iterable[str]) -> list[dict[str, str]]:
    return [_at(one) for one in identifiers]
