"""Report: all that a run shows, on one page that opens without a network."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ecnet.files import read_json, write_text
from ecnet.render.verdicts import LOOKS
from ecnet.report.contents import PageFiles, sections
from ecnet.report.provenance import data_of
from ecnet.report.verdicts import verdicts

_PAGE = Path(__file__).parent / "page"
_SCRIPTS = ("scheme.js", "tables.js", "figures.js")


def report(
    *,
    shown: list[Path],
    captions: list[Path],
    provenance: Path,
    output: Path,
    settings: dict[str, Any],
    claims: Path | None = None,
) -> None:
    """Write one HTML page that holds its style and its figures, and needs no network.

    shown: the files of the catalogue that the page shows: tables and audits as HTML fragments,
        figures as SVG. For each that is missing the page names the target that makes it.
    captions: how to read each section and each kind of result, as reStructuredText.
    provenance, claims: what the step of this name wrote.
    settings: datasets (name and title, in order), absent (name -> why), seeds (split, weights,
        protocols, transfer and rivals) and sampling (its seed).

    Raises:
        InputError: a file cannot be read, or is not what its step writes.
    """
    recorded = read_json(provenance)
    data = data_of(recorded, provenance, settings["datasets"], settings["absent"])
    files = PageFiles(shown, captions, data, _seeds(settings))
    style, script = _style(), "".join(_own(name) for name in _SCRIPTS)
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            policy=_policy(style, script),
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            sections=sections(files),
            verdicts=verdicts(claims),
            data=data,
            simulated=[one.title for one in data if one.simulated],
            recorded=recorded,
        )
    )
    write_text(output, page)


def _style() -> str:
    """Return the style sheet, with the colours of verdicts."""
    badges = (
        f".badge.{verdict.replace(' ', '-')} "
        f"{{ background: light-dark({look.light}, {look.dark}); }}\n"
        for verdict, look in LOOKS.items()
    )
    return _own("page.css") + "".join(badges)


def _own(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the Content Security Policy: this style sheet and this script, and nothing fetched.

    Attributes may hold style: those of figures do.
    """
    return "; ".join(
        (
            *("default-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src data:"),
            f"script-src {_digest(script)}",
            f"style-src-elem {_digest(style)}",
            "style-src-attr 'unsafe-inline'",
        )
    )


def _digest(content: str) -> str:
    """Return what a policy calls the content of an element."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _seeds(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return in words which seeds a result is made with."""
    split, weights, other = (settings["seeds"][key] for key in ("split", "weights", "protocols"))
    runs = f"Seeds: {_numbered('split', split)} with weights {weights[0]}"
    if weights[1:]:
        runs += f"; split {split[0]} with weights {_listed(weights[1:])}"
    return {
        "": "",
        "runs": runs,
        "protocols": f"{runs}; protocols that are not the default one: {_numbered('split', other)}",
        **{
            kind: f"Seeds: {_numbered('split', settings['seeds'][kind])} with weights {weights[0]}"
            for kind in ("transfer", "rivals")
        },
        "first": f"Seeds: split {split[0]} with weights {weights[0]}",
        "samples": f"Seeds: sampling {settings['sampling']}, {_numbered('split', split)}",
    }


def _numbered(what: str, numbers: list[int]) -> str:
    return f"{what}{'' if len(numbers) == 1 else 's'} {_listed(numbers)}"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
