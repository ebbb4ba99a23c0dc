"""Claims: each claim of the paper, what was measured for it, and the verdict that follows.

The claims are in `ecnet.claims.declared`, the rules in `ecnet.claims.rules`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecnet.claims.declared import CLAIMS, Claim
from ecnet.claims.evidence import Evidence
from ecnet.claims.reported import borne_out
from ecnet.claims.rules import judge
from ecnet.files import read_object, write_json


def claims(*, statistics: Path, counts: list[Path], output: Path, settings: dict[str, Any]) -> None:
    """Write the claims of the paper with a verdict on each, as JSON.

    statistics: what `ecnet statistics` wrote. counts: those of each dataset's sample.
    settings: titles, unknown and whole; see `Evidence`.
    Each row has id, claim, source, rule and `paper` (see `borne_out`), and what `Verdict` holds.

    Raises:
        InputError: a file is not what its step writes.
    """
    found = read_object(statistics, "statistics", ("sources", "comparisons", "models", "scores"))
    evidence = Evidence(
        statistics=found,
        counts=dict(_counted(path) for path in counts),
        **settings,
    )
    write_json(
        output,
        {
            "alpha": evidence.alpha,
            "sources": found["sources"],
            "claims": [_row(claim, evidence) for claim in CLAIMS],
        },
    )


def _row(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": claim.id,
        "claim": claim.claim,
        "source": claim.source,
        "rule": claim.rule,
        "paper": borne_out(claim.reported, signs=claim.rule == "most"),
        **asdict(judge(claim, evidence)),
    }


def _counted(path: Path) -> tuple[str, Any]:
    keys = ("dataset", "source", "format", "files", "published_files", "classes", "paper")
    found = read_object(path, "sample", keys)
    return found["dataset"], found
