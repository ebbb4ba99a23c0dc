"""Metadata of a dataset in Croissant, the format in which search engines and libraries read it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ecnet.datasets.declaration import Column, Dataset, Format
from ecnet.errors import InputError
from ecnet.fetch.where import load

_VERSION = "http://mlcommons.org/croissant/1.0"
_TERMS = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty"),
    *("fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField"),
    *("path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("separator", "source", "subField", "transform"),
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: f"cr:{term}" for term in _TERMS},
}
"""Which vocabulary a key belongs to. Validators expect all keys of the specification."""

_LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-NC-SA 4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
}
_ENCODINGS = {
    "delimited": "text/csv",
    "zeek": "text/tab-separated-values",
    "jsonlines": "application/jsonlines",
    "packets": "application/vnd.tcpdump.pcap",
    "frames": "application/vnd.tcpdump.pcap",
}
_TYPES = {"number": "sc:Float", "port": "sc:Integer", "time": "sc:Float"}
"""Of kinds of columns; the others are text."""
_NOT_IN_AN_ID = re.compile(r"[^\w.-]+")


def croissant(dataset: str) -> None:
    """Print the metadata of a dataset in Croissant 1.0 (JSON-LD).

    They describe the files as published, not simulated ones. Beside these files, in the folder of
    a mirror, they can be loaded by libraries that read Croissant.

    dataset: its name, as in params.yaml.

    Raises:
        InputError: there is no dataset of that name, or it is made here of others.
    """
    declared = load(dataset)
    if declared.union:
        raise InputError(f"{dataset}: is not published, but made here of others; name one of those")
    print(json.dumps(described(declared), indent=1, ensure_ascii=False))


def described(dataset: Dataset) -> dict[str, Any]:
    """Return the metadata of a published dataset, as JSON-LD.

    Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _VERSION,
        "name": dataset.title,
        "description": f"Network traffic with labels for intrusion detection: {dataset.size}.",
        "url": dataset.page,
        "license": _LICENCES.get(dataset.licence, dataset.licence),
        "citeAs": dataset.citation,
        "creator": [{"@type": "sc:Person", "name": name} for name in creators(dataset.citation)],
        "datePublished": year(dataset.citation),
        "keywords": ["intrusion detection", "Internet of Things", "network traffic"],
        "rai:dataLimitations": [f"{one.text} ({one.citation})" for one in dataset.known_issues],
        "distribution": [one for format in dataset.formats for one in _files(format)],
        "recordSet": [_records(format) for format in dataset.formats if not format.captured],
    }


def creators(citation: str) -> list[str]:
    """Return the names before the title of a citation."""
    return citation.partition(":")[0].split(", ")


def year(citation: str) -> str:
    """Return the first year that a citation names.

    Raises:
        ValueError: it names none.
    """
    found = re.search(r"\b(?:19|20)\d\d\b", citation)
    if not found:
        raise ValueError(f"no year in: {citation}")
    return found.group()


def _files(format: Format) -> Iterator[dict[str, Any]]:
    """Yield the files of a format as a set, and those of known content each by itself."""
    encoding, sources = _ENCODINGS[format.reader], [s for s in format.sources if not s.companion]
    addresses = [s.url.replace("{stem}", stem) for s in sources for stem in s.stems if s.url]
    yield {
        "@type": "cr:FileSet",
        "@id": format.name,
        "name": format.name,
        "description": format.title + (", without a header line" if format.headerless else ""),
        "encodingFormat": encoding,
        "includes": [name for source in sources for name in (source.pattern, *source.also)],
        **({"url": addresses} if addresses else {}),
    }
    for source in sources:
        if source.sha256:
            yield {
                "@type": "cr:FileObject",
                "@id": source.pattern,
                "name": source.pattern,
                "contentUrl": source.url or source.pattern,
                "contentSize": f"{source.bytes} B",
                "encodingFormat": encoding,
                "sha256": source.sha256,
            }


def _records(format: Format) -> dict[str, Any]:
    """Return the columns of a format: those that are read, and those with the label."""
    columns = [one for one in format.columns if _is_one_value(format, one)]
    headers = {column.header: column for column in columns}
    labels = [name for name in format.labels if name not in headers]
    return {
        "@type": "cr:RecordSet",
        "@id": f"{format.name}-records",
        "name": f"{format.name}-records",
        "description": f"Classes: {', '.join(format.classes)}.",
        "field": [
            *(_field(format, header, _type(column)) for header, column in headers.items()),
            *(_field(format, header, ["sc:Text", "cr:Label"]) for header in labels),
        ],
    }


def _is_one_value(format: Format, column: Column) -> bool:
    """Tell whether a column is one value of a record, and not joined or counted from several."""
    return column.kind != "bag" and not (format.reader == "jsonlines" and " " in column.header)


def _type(column: Column) -> str:
    return "sc:DateTime" if column.format else _TYPES.get(column.kind, "sc:Text")


def _field(format: Format, header: str, kind: str | list[str]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{format.name}-records/{_NOT_IN_AN_ID.sub('-', header)}",
        "name": header,
        "dataType": kind,
        "source": {"fileSet": {"@id": format.name}, "extract": {"column": header}},
    }
