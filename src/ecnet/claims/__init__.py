"""Claims: each claim of the paper, what was measured for it, and the verdict that follows.

The claims stand in `ecnet.claims.declared`, the rules in `ecnet.claims.rules`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecnet.claims.declared import CLAIMS, Claim
from ecnet.claims.evidence import Evidence
from ecnet.claims.reported import borne_out
from ecnet.claims.rules import judge
from ecnet.errors import InputError
from ecnet.files import read_json, write_json


def claims(*, statistics: Path, counts: list[Path], output: Path, settings: dict[str, Any]) -> None:
    """Write the claims of the paper with a verdict on each, as JSON.

    statistics: what `ecnet statistics` wrote. counts: those of each dataset's sample.
    settings: titles, unknown and whole; see `Evidence`.
    Each row has id, claim, source, rule and `paper` (see `borne_out`), and what `Verdict` holds.

    Raises:
        InputError: a file is not what its step writes.
    """
    found = read_json(statistics)
    evidence = Evidence(
        statistics=_checked(
            statistics, found, "statistics", ("sources", "comparisons", "models", "scores")
        ),
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
    keys = ("dataset", "source", "form", "files", "published_files", "classes", "paper")
    found = _checked(path, read_json(path), "sample", keys)
    return found["dataset"], found


def _checked(path: Path, raw: Any, step: str, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if not isinstance(raw, dict) or key not in raw:
            raise InputError(f"{path}: lacks the key {key}; run the {step} step again")
    return raw
