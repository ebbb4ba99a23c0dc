"""Claims: each claim of a paper, what was measured for it, and the verdict that follows."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecnet.claims import devices as measured
from ecnet.claims import transfer
from ecnet.claims.declared import Claim, claims_of
from ecnet.claims.evidence import Evidence
from ecnet.claims.reported import borne_out
from ecnet.claims.rules import headline, judge
from ecnet.datasets import papers as published
from ecnet.files import read_object, write_json

LIGHT = "size"
"""The rule of claims that are judged by what `devices` wrote."""

_SAME = ("alpha", "confidence", "equivalence", "interval", "sources")


def claims(
    *,
    statistics: Path,
    counts: list[Path],
    papers: list[Path],
    transfers: list[Path],
    output: Path,
    settings: dict[str, Any],
    devices: Sequence[Path] = (),
) -> None:
    """Write the claims of papers with a verdict on each, as JSON.

    statistics: what `ecnet statistics` wrote. counts: those of each dataset's sample.
    papers: the paper.yaml of each. transfers: what `transfer` wrote.
    settings: titles, unknown and whole, and bounds if there are devices; see `Evidence`.
    devices: what `devices` wrote; then only the claims that it bears on are judged.
    Each row has paper, id, claim, source, rule, headline, reported (see `borne_out`), comparisons,
    and what `Judgement` holds.

    Raises:
        InputError: a file is not what its step writes.
    """
    keys = (*_SAME, "comparisons", "models", "scores")
    found = read_object(statistics, "statistics", keys)
    evidence = Evidence(
        statistics=found,
        counts=dict(_counted(path) for path in counts),
        transfers=transfer.read(transfers),
        devices=measured.read(devices),
        **settings,
    )
    declared = [published.read(path) for path in papers]
    judged = [claim for paper in declared for claim in claims_of(paper)]
    if devices:
        judged = [claim for claim in judged if claim.rule == LIGHT]
    write_json(
        output,
        {key: found[key] for key in _SAME}
        | {
            "papers": [{"name": paper.name, "title": paper.title} for paper in declared],
            "claims": _rows(judged, evidence),
        },
    )


def _rows(claims: Sequence[Claim], evidence: Evidence) -> list[dict[str, Any]]:
    return [_row(claim, evidence) for claim in claims]


def _row(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    judged = judge(claim, evidence)
    return {
        "paper": claim.paper.name,
        **{key: getattr(claim, key) for key in ("id", "claim", "source", "rule")},
        "headline": headline(claim, judged),
        "reported": borne_out(claim),
        **asdict(judged),
        "comparisons": evidence.comparisons(claim),
    }


def _counted(path: Path) -> tuple[str, Any]:
    keys = ("dataset", "source", "format", "files", "published_files", "classes", "paper")
    found = read_object(path, "sample", keys)
    return found["dataset"], found
