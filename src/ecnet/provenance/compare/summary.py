"""The comparison of two runs as Markdown."""

from collections.abc import Iterator

from ecnet.provenance.compare.judgement import Change, Judgement

LARGEST = 20
"""The most rows of the table of changes."""


def markdown(judgement: Judgement) -> str:
    """Return a judgement as Markdown, the verdict first."""
    return "\n".join(_lines(judgement)) + "\n"


def _lines(judgement: Judgement) -> Iterator[str]:
    yield f"## {_verdict(judgement)}"
    yield ""
    yield f"Metrics in both runs: {judgement.compared}; scores that changed: " + str(
        len(judgement.changes)
    )
    yield from _listed("Settings, code or data have changed", judgement.causes)
    yield from _listed("Computed on another machine", judgement.machine)
    yield from _listed("Missing in the new run", judgement.missing)
    yield from _listed("Only in the new run", judgement.added)
    if not judgement.causes:
        yield from _listed("Changed by more than is allowed", judgement.beyond)
    yield from _table(judgement.changes)


def _verdict(judgement: Judgement) -> str:
    if not judgement.passed:
        return "Numbers changed without an explanation"
    if not (judgement.changes or judgement.beyond or judgement.missing or judgement.added):
        return "Nothing changed"
    if judgement.causes:
        return "Numbers changed, explained by settings, code or data"
    return "Numbers changed within what is allowed"


def _listed(heading: str, items: list[str]) -> Iterator[str]:
    if items:
        yield ""
        yield f"{heading}:"
        yield ""
        yield from (f"- {item}" for item in items)


def _table(changes: list[Change]) -> Iterator[str]:
    """Yield the largest changes as a table; means over models."""
    if not changes:
        return
    yield ""
    yield f"The largest changes (of {len(changes)}; means over models):"
    yield ""
    yield "| metrics | score | old | new | change |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for change in changes[:LARGEST]:
        yield (
            f"| {change.metrics} | {change.score} | {change.old:.4f} | {change.new:.4f} "
            f"| {change.new - change.old:+.4f} |"
        )
