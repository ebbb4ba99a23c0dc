"""Captions: reStructuredText, which Snakemake's own report reads from the same files."""

from pathlib import Path

from docutils.core import publish_parts
from markupsafe import Markup

from ecnet.errors import InputError

_CLOSED = {"file_insertion_enabled": False, "raw_enabled": False, "halt_level": 2}
"""Settings of docutils: include no file, pass no HTML through, stop at a warning."""


def caption(path: Path) -> Markup:
    """Return a caption as HTML (InputError if it cannot be read or is not reStructuredText)."""
    try:
        text = path.read_text(encoding="utf-8")
        settings = _CLOSED | {"warning_stream": False}
        parts = publish_parts(text, writer="html5", settings_overrides=settings)
    except Exception as error:  # docutils raises its own kinds, with the line
        raise InputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error
    return Markup(parts["body"])  # noqa: S704 - docutils has escaped it
